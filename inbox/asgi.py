"""The outermost callable: lifespan, webhooks and sockets are answered here; the rest is Django's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")

from django.core.asgi import get_asgi_application

django_app = get_asgi_application()

from channels.routing import URLRouter  # noqa: E402  needs loaded apps
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402
from servestatic import ServeStaticASGI  # noqa: E402

from analysis.personal_data import find  # noqa: E402
from connectors.kit.registry import families  # noqa: E402
from connectors.receive import PREFIX, WebhookDoor  # noqa: E402
from core.collector import calm_collector  # noqa: E402
from core.jobs import sender  # noqa: E402
from core.keys.state import say_lost  # noqa: E402
from inbox.live.consumers import LiveConsumer  # noqa: E402
from inbox.live.hub import Hub  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

pages = ServeStaticASGI(django_app, root=str(settings.STATIC_ROOT), prefix="static")
sockets = AllowedHostsOriginValidator(URLRouter([path("live/", LiveConsumer.as_asgi())]))
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
    calm_collector()
    await send({"type": "lifespan.startup.complete"})
    rest = asyncio.create_task(_load_rest())
    await receive()
    rest.cancel()
    await hub.stop()
    door.stop()
    await looked
    await send({"type": "lifespan.shutdown.complete"})


LOAD_DOOR_AFTER, LOAD_REST_AFTER = 1.0, 2.0  # seconds, one after the other: the first page comes before both


async def _load_rest() -> None:
    """What no page needs. First what the first webhook would wait for: the platforms, and Celery for its hint; then
    what the first action would: the API, passkeys and the patterns of personal data."""
    await asyncio.sleep(LOAD_DOOR_AFTER)
    await asyncio.to_thread(families)
    await asyncio.to_thread(sender)
    await asyncio.sleep(LOAD_REST_AFTER)
    for load in (partial(import_module, "inbox.api.urls"), partial(import_module, "fido2.server"), partial(find, "")):
        await _quiet_moment()
        await asyncio.to_thread(load)


QUIET_SECONDS, QUIET_TRIES = 0.2, 60


async def _quiet_moment() -> None:
    """Half a minute at most until no webhook has come for a moment: loading holds up those that come meanwhile."""
    for _ in range(QUIET_TRIES):
        if door.idle_seconds() >= QUIET_SECONDS:
            return
        await asyncio.sleep(0.5)


def _look_at_keys() -> None:
    """Lost keys are said at the start, not when the first customer is concerned."""
    try:
        say_lost()
    finally:
        connection.close()
