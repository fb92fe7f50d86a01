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
from connectors.kit.manifest import KEPT_BY_ENDPOINT, Manifest, Setting
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
    *,
    actor: Actor,
    platform: str,
    values: Mapping[str, str],
    now: datetime,
    team_id: int | None = None,
    given: Mapping[str, str] | None = None,
) -> ConnectedChannel:
    """Connect a page, handle, mailbox or number.

    Takes: values, one for each of the manifest's required settings. A channel with the same app secret and verify token
    as another of its family shares that one's endpoint, since one body may hold updates of both. given: what came with
    a sign-in at the network beside the settings.
    Raises: Forbidden, Invalid (unknown platform, team or setting, missing or unusable value), Conflict (connected
    already).
    """
    demand_admin(actor=actor)
    try:
        manifest = registry.get(platform).manifest
    except LookupError:
        raise Invalid(_("There is no such platform."), field="platform") from None
    _check(manifest, values)
    try:
        with transaction.atomic():
            return _store(actor, manifest, values, now, team_id, given or {})
    except IntegrityError:
        raise Conflict(_("This channel is connected already."), code="exists") from None


def demand_admin(*, actor: Actor) -> None:
    """Channels are an admin's; the shell and the seed act as the system. Raises: Forbidden."""
    if isinstance(actor, User) and not (actor.is_active and actor.role == Role.ADMIN):
        raise Forbidden(_("Your role does not allow this."))


def _check(manifest: Manifest, values: Mapping[str, str], *kept_by: str) -> None:
    """Every setting that these records keep (all of them when none is named), and no other.

    Raises: Invalid for one that is unknown, missing and not optional, or not among its choices.
    """
    known = {s.name: s for s in manifest.required_settings if not kept_by or s.kept_by in kept_by}
    for name in sorted(set(values) - set(known)):
        raise Invalid(_("%(name)s is not a setting of this platform.") % {"name": name}, field=name)
    for setting in sorted(known.values(), key=lambda setting: setting.name):
        value = _value(setting, values)
        if not value and not setting.optional:
            raise Invalid(_("%(name)s is missing.") % {"name": _(setting.label)}, field=setting.name)
        if setting.choices and value not in setting.choices:
            raise Invalid(_("%(name)s must be one of its choices.") % {"name": _(setting.label)}, field=setting.name)


def _value(setting: Setting, values: Mapping[str, str]) -> str:
    """As given, else the default."""
    given = values.get(setting.name, "")
    return given if clean_line(given) else setting.default


def _kept(manifest: Manifest, values: Mapping[str, str], now: datetime, given: Mapping[str, str]) -> bytes:
    """What the account keeps, to be sealed. A token that ends begins its life now where nobody says otherwise."""
    of_account = [setting for setting in manifest.required_settings if setting.kept_by == "account"]
    kept = {**given, **{setting.name: _value(setting, values) for setting in of_account}}
    if manifest.token_days and not kept.get("expires_at"):
        kept["expires_at"] = str(int((now + timedelta(days=manifest.token_days)).timestamp()))
    return json.dumps(kept).encode()


def _store(
    actor: Actor,
    manifest: Manifest,
    values: Mapping[str, str],
    now: datetime,
    team_id: int | None,
    given: Mapping[str, str],
) -> ConnectedChannel:
    channel = _channel(manifest, values, _team(team_id))
    endpoint = _endpoint(manifest, values)
    account = Account(
        channel=channel,
        endpoint=endpoint,
        lane=endpoint.lane,
        next_poll_at=now + FIRST_POLL,
    )
    account.credentials = secrets.seal(_kept(manifest, values, now, given), context=account.context)
    account.save()
    record(actor=actor, action="channel.added", object_type="channel", object_id=channel.pk, now=now)
    return ConnectedChannel(
        channel.pk, channel.platform, channel.external_id, channel.name, endpoint.key, endpoint.webhook_path
    )


def _channel(manifest: Manifest, values: Mapping[str, str], team: Team | None) -> Channel:
    """A new channel, or one that was removed, with the cases it had."""
    external_id, name = _external_id(values["external_id"]), clean_line(values.get("name", ""), 120)
    removed = Channel.objects.filter(platform=manifest.key, external_id=external_id, account__isnull=True)
    channel = removed.select_for_update(of=("self",)).first()
    if channel is None:
        channel = Channel(brand=_brand(), platform=manifest.key, external_id=external_id)
        channel.data_key = new_data_keys(1)[0]
    channel.name, channel.team = name, team
    channel.save()
    return channel


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
    shared = {s.name: values.get(s.name, "") for s in manifest.required_settings if s.kept_by == "endpoint"}
    if not shared:
        # Nothing is pushed to this channel: it has a source to itself, with a secret to sign what must come back.
        shared = {"app_secret": new_key()}
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
def reconnect_channel(
    *,
    actor: Actor,
    channel_id: int,
    values: Mapping[str, str],
    now: datetime,
    given: Mapping[str, str] | None = None,
) -> Account:
    """Give a channel new credentials; what waited for them goes out. What is not named or left empty stays as it was.

    Takes: values, of the manifest's settings those that the account or its webhook address keeps. A new app secret
    counts for every channel of the same app. given: what came with a sign-in at the network beside the settings.
    Raises: Forbidden, NotFound, Invalid.
    Leaves: job SEND.
    """
    demand_admin(actor=actor)
    accounts = Account.objects.select_for_update(of=("self",)).select_related("channel", "endpoint")
    account = accounts.filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    manifest = registry.get(account.channel.platform).manifest
    merged = {**_told_before(account, manifest, values), **_said(values)}
    _check(manifest, {name: value for name, value in merged.items() if name not in KEPT_BY_ENDPOINT}, "account")
    account.credentials = secrets.seal(_kept(manifest, merged, now, given or {}), context=account.context)
    _renew_endpoint(account, {name: merged[name] for name in KEPT_BY_ENDPOINT & merged.keys()})
    account.health, account.health_code, account.missing, account.held_until = Health.OK, "", [], None
    account.health_at, account.next_poll_at = None, now
    account.save(update_fields=[
        *("credentials", "health", "health_code", "missing", "held_until", "health_at", "next_poll_at"),
    ])  # fmt: skip
    record(actor=actor, action="channel.reconnected", object_type="channel", object_id=channel_id, now=now)
    enqueue(SEND)
    return account


def _said(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if clean_line(value)}


def _told_before(account: Account, manifest: Manifest, values: Mapping[str, str]) -> dict[str, str]:
    """What the account keeps of its settings, without the end of a token that another one now replaces."""
    try:
        kept = json.loads(secrets.unseal(account.credentials, context=account.context))
    except secrets.SealBroken:
        return {}
    known = {setting.name for setting in manifest.required_settings if setting.kept_by == "account"}
    gone = {"expires_at"} if clean_line(values.get("access_token", "")) else set()
    return {name: value for name, value in kept.items() if name in known - gone}


def _renew_endpoint(account: Account, values: Mapping[str, str]) -> None:
    """New secrets in place, so that the address at the network stays right."""
    endpoint = account.endpoint
    if endpoint is None or not values:
        return
    for field, value in values.items():
        setattr(endpoint, field, secrets.seal(value.encode(), context=endpoint.context(field)))
    endpoint.save(update_fields=sorted(values))
