"""The demo company: Havbris, its people and its channels, made once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from connectors.kit import registry
from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from core.clock import now
from core.ids import new_token
from core.users.models import Role, User
from inbox.operations.demo_replies import REPLIES
from tickets.models import Brand, Membership, Scope, Team
from tickets.operations.saved_replies import Content, Variant, create_saved_reply

# Known to everyone who reads this: the demo listens on loopback and holds invented people only.
DEMO_PASSWORD = "havbris-demo"  # noqa: S105
DEMO_PAGE = "104000000000001"
DEMO_HANDLE_ID = "1650000000000000111"
DEMO_COMPANY = "96072893"
DEMO_INSTAGRAM = "17841400000000001"
DEMO_MAILBOX = "post@havbris.example"


@dataclass(frozen=True, slots=True)
class Person:
    """One demo colleague."""

    email: str
    name: str
    role: str
    teams: tuple[str, ...] = ()


PEOPLE = (
    Person("ingrid@havbris.example", "Ingrid Solvang", Role.AGENT, ("first-line",)),
    Person("mikko@havbris.example", "Mikko Lahtela", Role.LEAD, ("first-line", "marketing")),
    Person("elias@havbris.example", "Elias Bergström", Role.MARKETER, ("marketing",)),
    Person("astrid@havbris.example", "Astrid Nygaard", Role.ADMIN),
    Person("jonas@havbris.example", "Jonas Holm", Role.PRIVACY_OFFICER),
)


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """One channel of the demo: its settings, and the names of those that are secrets made on the spot."""

    platform: str
    team: str
    values: Mapping[str, str]
    made: tuple[str, ...] = ()


CHANNELS = (
    DemoChannel(
        "facebook",
        "first-line",
        {"external_id": DEMO_PAGE, "name": "Havbris"},
        made=("app_secret", "verify_token", "access_token"),
    ),
    DemoChannel(
        "x",
        "first-line",
        {"external_id": DEMO_HANDLE_ID, "name": "Havbris", "handle": "havbris", "client_id": "havbris-app"},
        made=("app_secret", "access_token", "refresh_token", "client_secret", "app_token"),
    ),
    DemoChannel(
        "linkedin",
        "marketing",
        {"external_id": DEMO_COMPANY, "name": "Havbris"},
        made=("app_secret", "access_token"),
    ),
    DemoChannel(
        "messenger",
        "first-line",
        {"external_id": DEMO_PAGE, "name": "Havbris"},
        made=("app_secret", "verify_token", "access_token"),
    ),
    DemoChannel(
        "instagram",
        "first-line",
        {"external_id": DEMO_INSTAGRAM, "name": "havbris"},
        made=("app_secret", "verify_token", "access_token"),
    ),
    DemoChannel(
        "email",
        "first-line",
        {
            "external_id": DEMO_MAILBOX,
            "name": "Havbris",
            "imap_host": "127.0.0.1",  # with the ports that the sandbox tells when it runs
            "imap_security": "none",
            "smtp_host": "127.0.0.1",
            "smtp_security": "none",
            "username": DEMO_MAILBOX,
            "password": DEMO_PASSWORD,
        },
    ),
)


def seed_demo() -> None:
    """Make the demo company unless somebody is here already, and say who can sign in."""
    with transaction.atomic():
        if not User.objects.exists():
            _make_company()
    _write_sign_ins(settings.HOME / "demo.json")


def _make_company() -> None:
    Brand.objects.create(name="Havbris", slug="havbris", signature="Havbris\nhavbris.example")
    teams = {slug: Team.objects.create(name=name, slug=slug) for slug, name in
             (("first-line", "First line"), ("marketing", "Marketing"))}  # fmt: skip
    for person in PEOPLE:
        user = User(email=person.email, name=person.name, role=person.role)
        user.set_password(DEMO_PASSWORD)
        user.save()
        Membership.objects.bulk_create(Membership(user=user, team=teams[slug]) for slug in person.teams)
    known = registry.keys()
    secrets: dict[tuple[str, str], str] = {}  # sisters share one app, and the token of the page that stands for them
    for channel in CHANNELS:
        if channel.platform in known:
            family = registry.get(channel.platform).manifest.family
            made = {name: secrets.setdefault((family, name), new_token()) for name in channel.made}
            values = {**channel.values, **made}
            team = teams[channel.team]
            add_channel(actor=SYSTEM, platform=channel.platform, values=values, team_id=team.pk, now=now())
    _keep_replies(teams)


def _keep_replies(teams: Mapping[str, Team]) -> None:
    """By the admin, as everything that is set up."""
    admin = User.objects.get(role=Role.ADMIN)
    for reply in REPLIES:
        variants = [Variant(language, text) for language, text in reply.texts.items()]
        team = teams.get(reply.team)
        scope = Scope.TEAM if team else Scope.ALL
        content = Content(reply.title, variants, reply.shortcut, scope, team.pk if team else None)
        create_saved_reply(actor=admin, content=content, now=now())


def _write_sign_ins(path: Path) -> None:
    """For the line `make run` ends with, and for the sign-in page of a demo."""
    known = set(User.objects.values_list("email", flat=True))
    people = [p for p in PEOPLE if p.email in known]
    told = {
        "url_path": "/",
        "sign_ins": [asdict(p) | {"password": DEMO_PASSWORD, "role": str(Role(p.role).label)} for p in people],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told))
    os.replace(fresh, path)
