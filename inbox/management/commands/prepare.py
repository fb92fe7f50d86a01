"""`manage.py prepare`: what `make run` does between the servers and the services.

Migrate, collect static files, compile catalogues, seed once.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inbox.operations.preparing import collect_static_files, migrate
from inbox.operations.seeding import seed_demo
from inbox.operations.translating import compile_catalogues


class Command(BaseCommand):
    """Safe to run at every start."""

    help = "Bring database, static files and translations up to date; seed the demo company once"

    def handle(self, *args: Any, **options: Any) -> None:
        """Quiet when there is nothing to do."""
        compile_catalogues()
        migrate()
        collect_static_files()
        if settings.DEMO:
            seed_demo()
