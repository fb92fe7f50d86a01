"""The people and the channel that the bench works with, made through the product's own operations."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.hooks import Sender
from bench.house import House

PAGE = "104000000000001"
APP_SECRET = "bench-app-secret"  # noqa: S105  of an invented app
AGENTS = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in: the cookie a browser would send, and a script's token."""

    id: int
    cookie: str
    token: str


def load_django(house: House) -> None:
    """Let this process use the product's code on the house's database. Once per process."""
    import os

    os.environ.update(house.environment())
    importlib.import_module("django").setup()


def forget_connections() -> None:
    """Close this process's database connections, so that a database can be replaced."""
    from django.db import connection

    from core.pool.base import drain

    connection.close()
    drain()


def make_company() -> None:
    """Tables, two teams, a lead, agents, and one connected page."""
    from django.core.management import call_command

    from connectors.operations.channels import add_channel
    from core.actors import SYSTEM
    from core.users.models import User
    from tickets.models import Brand, Membership, Team

    call_command("migrate", verbosity=0, interactive=False)
    Brand.objects.create(name="Havbris", slug="havbris")
    teams = [Team.objects.create(name=name, slug=slug) for slug, name in (("first", "First"), ("second", "Second"))]
    User.objects.create(email="lead@bench.example", name="Lead", role="lead")
    for number in range(AGENTS):
        agent = User.objects.create(email=f"agent{number}@bench.example", name=f"Agent {number}", role="agent")
        Membership.objects.create(user=agent, team=teams[0])
    add_channel(
        actor=SYSTEM,
        platform="facebook",
        values={
            "external_id": PAGE, "name": "Havbris", "app_secret": APP_SECRET,
            "verify_token": "bench-verify", "access_token": "bench-access",
        },
        team_id=teams[0].pk,
        now=datetime.now(UTC),
    )  # fmt: skip


def sender(base: int) -> Sender:
    """The platform's side of the page's endpoint, with ids of its own."""
    from connectors.models import Account

    endpoint = Account.objects.select_related("endpoint").get(channel__external_id=PAGE).endpoint
    assert endpoint is not None  # noqa: S101  add_channel made it
    created_at = int(datetime.now(UTC).timestamp()) - 3600
    return Sender(endpoint.webhook_path, APP_SECRET, PAGE, base, created_at)


def sign_in(*, role: str, count: int) -> list[Person]:
    """Sessions and tokens of colleagues with a role, without the time a password takes."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from core.actors import SYSTEM
    from core.users.models import User
    from inbox.operations.tokens import create_token

    people = []
    for user in User.objects.filter(role=role).order_by("pk")[:count]:
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.save()
        _row, token = create_token(actor=SYSTEM, user=user, name="bench", scopes=None, now=datetime.now(UTC))
        people.append(Person(user.pk, f"sessionid={session.session_key}", token))
    return people
