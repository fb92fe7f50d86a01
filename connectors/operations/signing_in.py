"""Connecting a channel by signing in at the network: out with a question, back with a code, tokens, a channel.

    begin_sign_in ──▶ the network ──▶ return_from_sign_in ──▶ choose_account
      (row, sealed)                     (tokens stored first)    (channel made or reconnected; row gone)

A question that is older than an hour, or was asked by somebody else, is none.
"""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from connectors.kit import errors, registry
from connectors.kit.manifest import KEPT_BY_ENDPOINT, Manifest
from connectors.kit.sign_in import Errand, Owned, SignIn
from connectors.models import Account, PendingSignIn
from connectors.operations.channels import add_channel, demand_admin, reconnect_channel
from connectors.queries.accounts import open_entered
from core import secrets
from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.ids import token_digest
from core.transactions import in_transaction
from core.users.models import User

LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where to send the person, and under which id their way is kept."""

    id: int
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """Who came back: for which platform and channel (0: a new one), and the accounts they may connect."""

    id: int
    platform: str
    channel_id: int
    owned: tuple[Owned, ...]


@in_transaction
def begin_sign_in(
    *,
    actor: User,
    platform: str,
    values: Mapping[str, str],
    redirect: str,
    now: datetime,
    team_id: int | None = None,
    channel_id: int | None = None,
) -> Leaving:
    """Keep what was entered and make the question for the network.

    Takes: values, the settings that the sign-in needs and any others; channel_id, of a channel to reconnect, whose
    settings stand in for what is left empty.
    Raises: Forbidden, NotFound, Invalid (a setting missing), Conflict (this network has no sign-in).
    """
    demand_admin(actor=actor)
    manifest, sign_in = _door(platform)
    entered = {**_known_values(channel_id), **{name: value for name, value in values.items() if value.strip()}}
    _check_needed(manifest, sign_in, entered)
    PendingSignIn.objects.filter(begun_at__lt=now - LASTS).delete()
    state, verifier = randomness.token_urlsafe(32), randomness.token_urlsafe(48)
    row = PendingSignIn(
        digest=token_digest(state),
        platform=platform,
        actor=actor,
        channel_id=channel_id,
        team_id=team_id,
        redirect=redirect,
        begun_at=now,
    )
    _seal(row, {"values": entered, "verifier": verifier})
    row.save()
    try:
        where = sign_in.leave(open_entered(platform, entered), Errand(redirect, state, verifier))
    except errors.ConnectorError:
        raise Invalid(_("These values cannot be used to sign in."), field=sign_in.needs[0]) from None
    record(actor=actor, action="channel.sign_in_begun", object_type="channel", object_id=channel_id, now=now)
    return Leaving(row.pk, where)


def return_from_sign_in(*, actor: User, state: str, code: str, now: datetime) -> Returned:
    """The person is back. The tokens are stored before anything is asked with them. No transaction spans the calls.

    Raises: Forbidden, Conflict (no such question of this person, or the network gave nothing).
    """
    demand_admin(actor=actor)
    row = PendingSignIn.objects.filter(digest=token_digest(state), actor=actor, begun_at__gte=now - LASTS).first()
    kept = _open(row) if row is not None else {}
    if row is None or "tokens" in kept:
        raise Conflict(_("This sign-in has run out or was used already. Begin it again."), code="no_question")
    if not code:
        row.delete()
        raise Conflict(_("The sign-in was called off at the network. Nothing was changed."), code="called_off")
    _manifest, sign_in = _door(row.platform)
    values: dict[str, str] = kept["values"]
    try:
        errand = Errand(row.redirect, state, kept["verifier"])
        tokens = dict(sign_in.exchange(open_entered(row.platform, values), errand, code))
        _keep(row, kept | {"tokens": tokens})
        owned = sign_in.owned(open_entered(row.platform, tokens))
    except errors.ConnectorError as error:
        raise Conflict(_failed(error), code=error.code or "refused") from None
    if not owned:
        raise Conflict(_("Whoever signed in manages no account that could be connected."), code="nothing_owned")
    _keep(row, kept | {"tokens": tokens, "owned": [asdict(one) for one in owned]})
    return Returned(row.pk, row.platform, row.channel_id or 0, tuple(owned))


def get_returned(*, actor: User, sign_in_id: int, now: datetime) -> Returned:
    """The accounts to choose from, once more. Raises: Forbidden, NotFound."""
    row, kept = _returned(actor, sign_in_id, now)
    return Returned(row.pk, row.platform, row.channel_id or 0, tuple(Owned(**one) for one in kept["owned"]))


@in_transaction
def choose_account(*, actor: User, sign_in_id: int, external_id: str, now: datetime) -> int:
    """Connect the chosen account, or reconnect the channel that the sign-in was begun for. Gives: the channel's id.

    Raises: Forbidden, NotFound, Invalid (not among the accounts), Conflict (another account than the channel's; it is
    connected already).
    """
    row, kept = _returned(actor, sign_in_id, now)
    chosen = next((Owned(**one) for one in kept["owned"] if one["external_id"] == external_id), None)
    if chosen is None:
        raise Invalid(_("Choose one of the accounts."), field="external_id")
    manifest, _sign_in = _door(row.platform)
    told = {**kept["values"], **kept["tokens"], **chosen.settings}
    known = {setting.name for setting in manifest.required_settings}
    values = {name: value for name, value in told.items() if name in known}
    given = {name: value for name, value in told.items() if name not in known}
    made = row.channel_id
    if made is None:
        values |= {"external_id": chosen.external_id, "name": kept["values"].get("name") or chosen.name}
        made = add_channel(
            actor=actor, platform=row.platform, values=values, team_id=row.team_id, given=given, now=now
        ).id
    else:
        _demand_same(made, chosen)
        kept_here = {s.name for s in manifest.required_settings if s.kept_by != "channel"}
        values = {name: value for name, value in values.items() if name in kept_here}
        reconnect_channel(actor=actor, channel_id=made, values=values, given=given, now=now)
    row.delete()
    return made


def _demand_same(channel_id: int, chosen: Owned) -> None:
    account = Account.objects.select_related("channel").filter(channel_id=channel_id).first()
    if account is None or account.channel.external_id != chosen.external_id:
        sentence = _("You signed in as %(found)s, which is another account than this channel's. Nothing was changed.")
        raise Conflict(sentence % {"found": chosen.name}, code="wrong_account")


def _door(platform: str) -> tuple[Manifest, SignIn]:
    try:
        connector = registry.get(platform)
    except LookupError:
        raise NotFound(_("There is no such platform.")) from None
    if connector.sign_in is None:
        raise Conflict(_("This network has no sign-in here: paste its token instead."), code="unsupported")
    return connector.manifest, connector.sign_in


def _check_needed(manifest: Manifest, sign_in: SignIn, entered: Mapping[str, str]) -> None:
    """What the network's door asks for, and what the webhook is checked with, which comes with no sign-in."""
    needed = {*sign_in.needs, *(s.name for s in manifest.required_settings if s.kept_by == "endpoint")}
    known = {setting.name: setting for setting in manifest.required_settings}
    for name in sorted(set(entered) - set(known)):
        raise Invalid(_("%(name)s is not a setting of this platform.") % {"name": name}, field=name)
    for name in sorted(needed):
        if not entered.get(name, "").strip():
            raise Invalid(_("%(name)s is missing.") % {"name": _(known[name].label)}, field=name)


def _known_values(channel_id: int | None) -> dict[str, str]:
    """The settings of a channel that is to be reconnected. Raises: NotFound."""
    if channel_id is None:
        return {}
    account = Account.objects.select_related("channel", "endpoint").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    names = {s.name for s in registry.get(account.channel.platform).manifest.required_settings}
    try:
        kept = json.loads(secrets.unseal(account.credentials, context=account.context))
        for field_name in KEPT_BY_ENDPOINT if account.endpoint else ():
            context = account.endpoint.context(field_name)  # type: ignore[union-attr]  # looked at above
            kept[field_name] = secrets.unseal(getattr(account.endpoint, field_name), context=context).decode()
    except secrets.SealBroken:
        return {}
    return {name: value for name, value in kept.items() if name in names and value}


def _returned(actor: User, sign_in_id: int, now: datetime) -> tuple[PendingSignIn, dict[str, Any]]:
    demand_admin(actor=actor)
    row = PendingSignIn.objects.filter(pk=sign_in_id, actor=actor, begun_at__gte=now - LASTS).first()
    kept = _open(row) if row is not None else {}
    if row is None or "owned" not in kept:
        raise NotFound(_("This sign-in has run out or was used already. Begin it again."))
    return row, kept


def _failed(error: errors.ConnectorError) -> str:
    if isinstance(error, errors.NeedsReconnect):
        return _("The network did not accept the sign-in. Compare client ID, secret and the return address there.")
    return _("The network did not answer as it should. Begin the sign-in again.")


def _open(row: PendingSignIn) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(secrets.unseal(row.sealed, context=row.context))
    except secrets.SealBroken:
        return {}
    return kept


def _seal(row: PendingSignIn, kept: Mapping[str, Any]) -> None:
    row.sealed = secrets.seal(json.dumps(kept).encode(), context=row.context)


def _keep(row: PendingSignIn, kept: Mapping[str, Any]) -> None:
    _seal(row, kept)
    row.save(update_fields=["sealed"])
