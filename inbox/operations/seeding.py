"""The demo company: Havbris, its people and its Facebook page, made once."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from core.clock import now
from core.ids import new_token
from core.users.models import Role, User
from tickets.models import Brand, Membership, Team

# Known to everyone who reads this: the demo listens on loopback and holds invented people only.
DEMO_PASSWORD = "havbris-demo"  # noqa: S105
DEMO_PAGE = "104000000000001"


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


def seed_demo() -> None:
    """Make the demo company unless somebody is here already, and say who can sign in."""
    with transaction.atomic():
        if not User.objects.exists():
            _make_company()
    _write_sign_ins(settings.HOME / "demo.json")


def _make_company() -> None:
    Brand.objects.create(name="Havbris", slug="havbris")
    teams = {slug: Team.objects.create(name=name, slug=slug) for slug, name in
             (("first-line", "First line"), ("marketing", "Marketing"))}  # fmt: skip
    for person in PEOPLE:
        user = User(email=person.email, name=person.name, role=person.role)
        user.set_password(DEMO_PASSWORD)
        user.save()
        Membership.objects.bulk_create(Membership(user=user, team=teams[slug]) for slug in person.teams)
    page = {
        "external_id": DEMO_PAGE,
        "name": "Havbris",
        "app_secret": new_token(),
        "verify_token": new_token(),
        "access_token": new_token(),
    }
    add_channel(actor=SYSTEM, platform="facebook", values=page, team_id=teams["first-line"].pk, now=now())


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
