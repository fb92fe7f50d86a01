"""The outermost callable: lifespan, webhooks and sockets are answered here; the rest is Django's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")

from django.core.asgi import get_asgi_application

django_app = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  needs loaded apps
from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402
from servestatic import ServeStaticASGI  # noqa: E402

from connectors.receive import PREFIX, WebhookDoor  # noqa: E402
from core.keys.state import say_lost  # noqa: E402
from inbox.live.consumers import LiveConsumer  # noqa: E402
from inbox.live.hub import Hub  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

pages = ServeStaticASGI(django_app, root=str(settings.STATIC_ROOT), prefix="static")
sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())])))
door = WebhookDoor()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI entry point."""
    kind = scope["type"]
    if kind == "lifespan":
        await _lifespan(receive, send)
    elif kind == "websocket":
        await sockets(scope, receive, send)
    elif scope["path"].startswith(PREFIX):
        await door(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Start the webhook writer and the hub with the process; flush and stop them with it."""
    await receive()
    looked = asyncio.create_task(asyncio.to_thread(_look_at_keys))
    hub = LiveConsumer.hub = Hub()
    door.start()
    await hub.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub.stop()
    door.stop()
    await looked
    await send({"type": "lifespan.shutdown.complete"})


def _look_at_keys() -> None:
    """Lost keys are said at the start, not when the first customer is concerned."""
    try:
        say_lost()
    finally:
        connection.close()
