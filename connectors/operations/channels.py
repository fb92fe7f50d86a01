"""Connecting a channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from connectors.jobs import SEND
from connectors.kit import registry
from connectors.kit.manifest import Manifest
from connectors.models import Account, Endpoint, Health, Lane
from core import secrets
from core.audit.record import Actor, record
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_key
from core.jobs import enqueue
from core.keys.models import new_data_keys
from core.users.models import Role, User
from tickets.intake.items import ItemError, clean_id, clean_line
from tickets.models import Brand, Channel, Team

FIRST_POLL = timedelta(minutes=1)  # leaves a moment to finish the platform's side of the connection


@dataclass(frozen=True, slots=True)
class ConnectedChannel:
    """What whoever connects a channel needs to know afterwards."""

    id: int
    platform: str
    external_id: str
    name: str
    endpoint_key: str
    webhook_path: str


def add_channel(
    *, actor: Actor, platform: str, values: Mapping[str, str], now: datetime, team_id: int | None = None
) -> ConnectedChannel:
    """Connect a page, handle, mailbox or number.

    Takes: values, one for each of the manifest's required settings. A channel with the same app secret and verify token
    as another of its family shares that one's endpoint, since one body may hold updates of both.
    Raises: Forbidden, Invalid (unknown platform, team or setting, missing or unusable value), Conflict (connected
    already).
    """
    _demand_admin(actor)
    try:
        manifest = registry.get(platform).manifest
    except LookupError:
        raise Invalid(_("There is no such platform."), field="platform") from None
    _check(manifest, values)
    try:
        with transaction.atomic():
            return _store(actor, manifest, values, now, team_id)
    except IntegrityError:
        raise Conflict(_("This channel is connected already."), code="exists") from None


def _demand_admin(actor: Actor) -> None:
    """Channels are an admin's; the shell and the seed act as the system. Raises: Forbidden."""
    if isinstance(actor, User) and not (actor.is_active and actor.role == Role.ADMIN):
        raise Forbidden(_("Your role does not allow this."))


def _check(manifest: Manifest, values: Mapping[str, str], *kept_by: str) -> None:
    """Every setting that these records keep (all of them when none is named), and no other. Raises: Invalid."""
    known = {s.name for s in manifest.required_settings if not kept_by or s.kept_by in kept_by}
    for name in sorted(set(values) - known):
        raise Invalid(_("%(name)s is not a setting of this platform.") % {"name": name}, field=name)
    for name in sorted(name for name in known if not clean_line(values.get(name, ""))):
        raise Invalid(_("%(name)s is missing.") % {"name": name}, field=name)


def _store(
    actor: Actor, manifest: Manifest, values: Mapping[str, str], now: datetime, team_id: int | None
) -> ConnectedChannel:
    channel = Channel(
        brand=_brand(),
        platform=manifest.key,
        external_id=_external_id(values["external_id"]),
        name=clean_line(values.get("name", ""), 120),
        team=_team(team_id),
        data_key=new_data_keys(1)[0],
    )
    channel.save()
    endpoint = _endpoint(manifest, values)
    account = Account(
        channel=channel,
        endpoint=endpoint,
        lane=endpoint.lane,
        next_poll_at=now + FIRST_POLL,
    )
    kept = {s.name: values[s.name] for s in manifest.required_settings if s.kept_by == "account"}
    account.credentials = secrets.seal(json.dumps(kept).encode(), context=account.context)
    account.save()
    record(actor=actor, action="channel.added", object_type="channel", object_id=channel.pk, now=now)
    return ConnectedChannel(
        channel.pk, channel.platform, channel.external_id, channel.name, endpoint.key, endpoint.webhook_path
    )


def _team(team_id: int | None) -> Team | None:
    """The team that gets the channel's cases; the first one unless another is named. Raises: Invalid."""
    if team_id is None:
        return Team.objects.order_by("pk").first()
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise Invalid(_("Choose one of the teams."), field="team")
    return team


def _brand() -> Brand:
    """The first brand; every installation has one."""
    return Brand.objects.order_by("pk").first() or Brand.objects.create(name="Brand", slug="brand")


def _external_id(value: str) -> str:
    try:
        return clean_id(value, "external_id")
    except ItemError:
        raise Invalid(_("This is not an identifier of the platform."), field="external_id") from None


def _endpoint(manifest: Manifest, values: Mapping[str, str]) -> Endpoint:
    shared = {s.name: values[s.name] for s in manifest.required_settings if s.kept_by == "endpoint"}
    for endpoint in Endpoint.objects.filter(family=manifest.family).order_by("pk"):
        if _secrets_of(endpoint) == (shared.get("app_secret", ""), shared.get("verify_token", "")):
            return endpoint
    endpoint = Endpoint(family=manifest.family, key=new_key(), lane=Lane.objects.create(), data_key=new_data_keys(1)[0])
    for field in ("app_secret", "verify_token"):
        sealed = secrets.seal(shared.get(field, "").encode(), context=endpoint.context(field))
        setattr(endpoint, field, sealed)
    endpoint.save()
    return endpoint


def _secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """App secret and verify token; nothing when their key is lost, so that such an endpoint is never shared."""
    try:
        return tuple(
            secrets.unseal(getattr(endpoint, field), context=endpoint.context(field)).decode()
            for field in ("app_secret", "verify_token")
        )
    except secrets.SealBroken:
        return ()


@transaction.atomic
def reconnect_channel(*, actor: Actor, channel_id: int, values: Mapping[str, str], now: datetime) -> Account:
    """Give a channel new credentials; what waited for them goes out.

    Takes: values, the manifest's settings that the account keeps.
    Raises: Forbidden, NotFound, Invalid.
    Leaves: job SEND.
    """
    _demand_admin(actor)
    account = Account.objects.select_for_update().select_related("channel").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    manifest = registry.get(account.channel.platform).manifest
    _check(manifest, values, "account")
    account.credentials = secrets.seal(json.dumps(dict(values)).encode(), context=account.context)
    account.health, account.health_code, account.missing, account.held_until = Health.OK, "", [], None
    account.save(update_fields=["credentials", "health", "health_code", "missing", "held_until"])
    record(actor=actor, action="channel.reconnected", object_type="channel", object_id=channel_id, now=now)
    enqueue(SEND)
    return account
