"""The web process: `python -m inbox.serve`. Takes over a listening socket when one is handed down, so that a restart
of this process refuses no connection.
"""

from __future__ import annotations

import os
import socket

import uvicorn

GRACE_SECONDS = 3


def main() -> None:
    """Serve until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")
    from django.conf import settings

    from core.turns import take_short_turns
    from inbox.logs import withhold_crash_texts

    take_short_turns()
    withhold_crash_texts()
    config = uvicorn.Config(
        "inbox.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=65_536,
        ws_per_message_deflate=False,  # frames are small; deflate costs more than it saves
        access_log=False,
        log_config=None,  # the house's own lines, see inbox/logs.py
        log_level="debug" if settings.LOG_LEVEL == "DEBUG" else "warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=_inherited(settings.LISTEN_FD))


def _inherited(descriptor: int) -> list[socket.socket] | None:
    return [socket.socket(fileno=descriptor)] if descriptor >= 0 else None


if __name__ == "__main__":
    main()
