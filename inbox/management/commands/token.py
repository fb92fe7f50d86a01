"""`manage.py token create|list|revoke`"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import SYSTEM
from core.clock import now
from core.errors import SamsvarError
from core.users.models import User
from inbox.operations.tokens import create_token, revoke_token
from inbox.queries.tokens import get_tokens
from inbox.scopes import Scope


class Command(BaseCommand):
    """Tokens of scripts. A new one is shown once and kept only as a digest."""

    help = "API tokens: token create --user ingrid@havbris.example --scope tickets:read; token list; token revoke ID"

    def add_arguments(self, parser: CommandParser) -> None:
        """Three actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a token that acts for a user")
        create.add_argument("--user", required=True, help="the user's address")
        create.add_argument("--name", default="command line")
        create.add_argument(
            "--scope",
            action="append",
            choices=[scope.value for scope in Scope],
            help="what it is good for; may be given several times; without it, all that the user's role allows",
        )
        create.add_argument("--json", action="store_true", help="one JSON object on standard output")
        listed = actions.add_parser("list", help="all tokens, without their secrets")
        listed.add_argument("--json", action="store_true", help="one JSON object a line")
        revoke = actions.add_parser("revoke", help="end a token")
        revoke.add_argument("id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with the refusal's sentence."""
        try:
            {"create": self._create, "list": self._list, "revoke": self._revoke}[options["action"]](options)
        except SamsvarError as error:
            raise CommandError(error.message) from None

    def _create(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(email__iexact=options["user"], is_active=True).first()
        if user is None:
            raise CommandError("There is no active user with this address.")
        row, token = create_token(actor=user, user=user, name=options["name"], scopes=options["scope"], now=now())
        if options["json"]:
            told = {"id": row.pk, "user": user.email, "token": token, "scopes": row.scopes}
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(token)

    def _list(self, options: dict[str, Any]) -> None:
        for row in get_tokens():
            if options["json"]:
                self.stdout.write(json.dumps(asdict(row), default=str))
            else:
                state = "revoked" if row.revoked_at else "live"
                self.stdout.write(f"{row.id}  {state}  {row.user}  {row.name}  {' '.join(row.scopes) or 'no scopes'}")

    def _revoke(self, options: dict[str, Any]) -> None:
        row = revoke_token(actor=SYSTEM, token_id=options["id"], now=now())
        self.stdout.write(f"Token {row.pk} is revoked.")
