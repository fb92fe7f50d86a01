"""`manage.py new_connector NAME [--title "Name"] [--family NAME]`: write the first files of a platform."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.scaffold.writing import ConnectorRefused, write_connector
from core.clock import now


class Command(BaseCommand):
    """Needs neither database nor broker: it only writes files into the checkout."""

    help = "Write the folder of a new platform, with every action in its gaps; docs/guides/add-a-connector.md goes on"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Its key, and on wish what people read and whose webhook door it shares."""
        parser.add_argument("name", help="key of the platform: lower-case letters, digits, underscores")
        parser.add_argument("--title", default="", help="what people read; the name when left out")
        parser.add_argument(
            "--family", default="", help="webhook door it shares with its sisters; its own when left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence; nothing is written then."""
        facts = {name: options[name] for name in ("name", "title", "family")}
        try:
            written = write_connector(settings.BASE_DIR, **facts, today=now().date())
        except ConnectorRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write("\n".join(place.as_posix() for place in written))
        self.stdout.write("Go on with docs/guides/add-a-connector.md.")
