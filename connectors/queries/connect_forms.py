"""What the connect form of a platform asks for, and why: read from its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.kit.manifest import Setting
from connectors.models import Account
from connectors.queries.channel_cards import demand_card_reader
from core import secrets
from core.errors import NotFound
from core.users.models import User


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to enter. `kept`: a secret of it is stored and stays where the field is left empty."""

    name: str
    label: str
    where: str
    secret: bool
    required: bool
    value: str
    choices: tuple[tuple[str, str], ...]
    kept: bool = False
    error: str = ""
    optional: bool = False  # may be left empty, and is said to be


@dataclass(frozen=True, slots=True)
class ConnectForm:
    """A platform's form. `usual` is asked of everybody; `pasted` only of those who do not sign in at the network;
    `seldom` of hardly anybody. `permissions` are what the sign-in must grant.
    """

    platform: str
    name: str
    usual: tuple[Field, ...]
    pasted: tuple[Field, ...]
    seldom: tuple[Field, ...]
    console: str
    access_note: str
    permissions: tuple[str, ...]
    has_sign_in: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A platform that can be connected. `takes`: what comes in, in the manifest's words; `public`: for all to read."""

    key: str
    name: str
    takes: tuple[str, ...]
    public: bool
    connected: int


def get_offers(*, actor: User) -> tuple[Offer, ...]:
    """Every platform, with how many channels it has. One query. Raises: Forbidden."""
    demand_card_reader(actor=actor)
    connected: dict[str, int] = {}
    for key in Account.objects.values_list("channel__platform", flat=True):
        connected[key] = connected.get(key, 0) + 1
    offers = (registry.get(key).manifest for key in registry.keys())  # noqa: SIM118  a function
    return tuple(
        Offer(
            one.key,
            one.name,
            tuple(sorted(one.receives)),
            "reply_public" in one.actions,
            connected.get(one.key, 0),
        )
        for one in offers
    )


def get_connect_form(
    *,
    actor: User,
    platform: str = "",
    channel_id: int | None = None,
    entered: Mapping[str, str] | None = None,
    wrong: tuple[str, str] = ("", ""),
) -> ConnectForm:
    """The form, filled with what was entered, else with what a channel has; no secret comes back.

    Takes: platform, for a new channel; channel_id, of one to reconnect, whose name and id are not asked for; wrong, a
    field and what is wrong with it. At most one query.
    Raises: Forbidden, NotFound.
    """
    demand_card_reader(actor=actor)
    known = _known(channel_id) if channel_id is not None else None
    try:
        connector = registry.get(known[0] if known else platform)
    except LookupError:
        raise NotFound(_("There is no such platform.")) from None
    manifest, sign_in = connector.manifest, connector.sign_in
    asked = [one for one in manifest.required_settings if not (known and one.kept_by == "channel")]
    fields = {one.name: _field(one, entered or {}, known[1] if known else None) for one in asked}
    given = set(sign_in.gives) if sign_in else set()
    if wrong[0] in fields:
        fields[wrong[0]] = replace(fields[wrong[0]], error=wrong[1])
    fields = {name: replace(one, required=one.required and name not in given) for name, one in fields.items()}
    seldom = {one.name for one in asked if one.seldom}
    free = {one.name for one in asked if one.optional and not one.choices} - (set(sign_in.needs) if sign_in else set())
    fields = {name: replace(one, optional=name in free and known is None) for name, one in fields.items()}
    return ConnectForm(
        platform=manifest.key,
        name=manifest.name,
        usual=tuple(one for name, one in fields.items() if name not in given | seldom),
        pasted=tuple(one for name, one in fields.items() if name in given),
        seldom=tuple(one for name, one in fields.items() if name in seldom - given),
        console=manifest.console,
        access_note=_(manifest.access_note) if manifest.access_note else "",
        permissions=manifest.required_scopes,
        has_sign_in=sign_in is not None,
    )


def _field(setting: Setting, entered: Mapping[str, str], kept: Mapping[str, str] | None) -> Field:
    stored = (kept or {}).get(setting.name, "")
    value = "" if setting.secret else entered.get(setting.name, stored) or setting.default
    labels = setting.choice_labels or setting.choices
    return Field(
        name=setting.name,
        label=_(setting.label),
        where=_(setting.where) if setting.where else "",
        secret=setting.secret,
        required=not setting.optional and not stored and kept is None,
        value=value,
        choices=tuple((choice, _(label)) for choice, label in zip(setting.choices, labels, strict=True)),
        kept=setting.secret and kept is not None and (bool(stored) or setting.kept_by == "endpoint"),
    )


def _known(channel_id: int) -> tuple[str, dict[str, str]]:
    """Platform and settings of a channel. Raises: NotFound."""
    account = Account.objects.select_related("channel").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    try:
        kept: dict[str, str] = json.loads(secrets.unseal(account.credentials, context=account.context))
    except secrets.SealBroken:
        kept = {}
    return account.channel.platform, kept
