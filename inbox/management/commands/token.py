"""`manage.py token create --user <email> [--name …] [--json]`"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit.record import record
from core.clock import now
from core.ids import new_token, token_digest
from core.users.models import ApiToken, User


class Command(BaseCommand):
    """Make an API token that acts for a user. It is shown once and kept only as a digest."""

    help = "Make an API token: token create --user ingrid@havbris.example --json"

    def add_arguments(self, parser: CommandParser) -> None:
        """Only `create` so far."""
        parser.add_argument("action", choices=["create"])
        parser.add_argument("--user", required=True, help="the user's address")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError when there is no such active user."""
        user = User.objects.filter(email__iexact=options["user"], is_active=True).first()
        if user is None:
            raise CommandError("There is no active user with this address.")
        token = new_token("sv_")
        row = ApiToken.objects.create(user=user, name=options["name"][:120], digest=token_digest(token))
        record(actor=user, action="token.created", object_type="token", object_id=row.pk, now=now())
        if options["json"]:
            self.stdout.write(json.dumps({"id": row.pk, "user": user.email, "token": token}))
        else:
            self.stdout.write(token)
