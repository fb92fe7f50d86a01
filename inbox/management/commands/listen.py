"""`manage.py listen`: hold the connections on which platforms tell that there is news."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from connectors.operations.listening import Listener


class Command(BaseCommand):
    """In production one process of its own; `make run` listens in its worker. More of them share the accounts."""

    help = "Listen for news on mailboxes and other channels that keep a connection open."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        listener = Listener()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_ignored: listener.stop())
        listener.run()
