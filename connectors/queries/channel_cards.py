"""The channels as admins care for them: how each fares in each direction, what is wrong and what mends it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.kit.manifest import Action, Arrival, Manifest
from connectors.kit.selftest import Severity
from connectors.kit.selftest_words import TEXTS
from connectors.models import Account, Health
from connectors.queries.channel_lines import code_text
from connectors.queries.tokens import TokenWarning, token_warnings
from core import secrets
from core.errors import Forbidden, NotFound
from core.users.models import Role, User
from tickets.models import Message, Part, PartState, Ticket


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding of a self-test in words; `fix` is "" where nothing is to be done."""

    code: str
    severity: str
    words: str
    fix: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What the network counts against what was paid for. `share` of it is used, in twelfths, None without a bound.

    The numbers are written with narrow spaces; `most` and `left` are "" without a bound.
    """

    used: str
    most: str
    left: str
    unit: str
    share: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """One channel. `state` is one word for all of it, `since` when it began and `until` when it ends by itself;
    `receives` and `sends` one for each direction: yes, late, rests, stopped, no.
    """

    id: int
    platform: str
    name: str
    external_id: str
    team: str
    state: str
    since: datetime | None
    until: datetime | None
    days_left: int
    receives: str
    sends: str
    pushed: bool
    trouble: str
    missing: tuple[str, ...]
    budget: Budget | None
    quiet_since: datetime | None
    waiting: int
    last_in_at: datetime | None
    last_out_at: datetime | None
    tested_at: datetime | None
    findings: tuple[FindingView, ...]
    webhook_path: str
    access_note: str
    takes_test: bool
    test_note: str
    sets_itself_up: bool
    has_sign_in: bool
    paused: bool

    @property
    def faults(self) -> tuple[FindingView, ...]:
        """What the last self-test found that needs somebody."""
        return tuple(one for one in self.findings if one.severity == Severity.WRONG)

    @property
    def repair(self) -> str:
        """What a button may mend of the findings: "missing", "elsewhere" where another program loses by it, or ""."""
        codes = {one.code for one in self.findings} if self.sets_itself_up else set()
        return "elsewhere" if ELSEWHERE in codes else "missing" if codes & MENDABLE else ""


ELSEWHERE = "webhook_elsewhere"
MENDABLE = frozenset({"webhook_missing", "webhook_refused", "not_subscribed", "address_unfit", "webhooks_not_approved"})

# Word of the state → the chip that says it.
TONES = {"well": "ok", "receives_only": "ok", "sends_only": "ok", "paused": "", "stopped": "danger"}


def get_cards(*, actor: User, now: datetime) -> tuple[Card, ...]:
    """Every channel, by name. Three queries. Raises: Forbidden for all but admins."""
    demand_card_reader(actor=actor)
    accounts = Account.objects.select_related("channel__team", "endpoint").order_by("channel__name", "channel_id")
    warnings = {one.channel_id: one for one in token_warnings(now)}
    waiting = _waiting()
    return tuple(_card(account, warnings, waiting) for account in accounts)


def get_card(*, actor: User, channel_id: int, now: datetime) -> Card:
    """One channel. Three queries. Raises: Forbidden, NotFound."""
    demand_card_reader(actor=actor)
    account = Account.objects.select_related("channel__team", "endpoint").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    return _card(account, {one.channel_id: one for one in token_warnings(now)}, _waiting())


def demand_card_reader(*, actor: User) -> None:
    """Channels are cared for by admins alone. Raises: Forbidden."""
    if not (actor.is_active and actor.role == Role.ADMIN):
        raise Forbidden(_("Your role does not allow this."))


@dataclass(frozen=True, slots=True)
class Removal:
    """What stays and what goes with a channel."""

    cases: int
    messages: int
    open_cases: int
    waiting: int


def get_removal(*, actor: User, channel_id: int) -> Removal:
    """The numbers to ask with. Four queries. Raises: Forbidden."""
    demand_card_reader(actor=actor)
    cases = Ticket.objects.filter(channel_id=channel_id)
    return Removal(
        cases=cases.count(),
        messages=Message.objects.filter(channel_id=channel_id).count(),
        open_cases=cases.exclude(status="done").count(),
        waiting=_waiting().get(channel_id, 0),
    )


def finding_views(kept: list[dict[str, Any]]) -> tuple[FindingView, ...]:
    """Kept findings in words; one of a version that said more is left out."""
    return tuple(_finding(one) for one in kept if one.get("code") in TEXTS)


def _finding(one: dict[str, Any]) -> FindingView:
    words, fix = TEXTS[one["code"]]
    facts = {name: _(value) if name == "setting" else value for name, value in one.get("facts", {}).items()}
    return FindingView(one["code"], one["severity"], _(words) % facts, _(fix) % facts if fix else "")


def _waiting() -> dict[int, int]:
    queued = Part.objects.filter(state=PartState.QUEUED).order_by().values_list("message__channel_id")
    return dict(queued.annotate(n=Count("id")))


def _card(account: Account, warnings: dict[int, TokenWarning], waiting: dict[int, int]) -> Card:
    channel, connector = account.channel, registry.get(account.channel.platform)
    manifest, ending = connector.manifest, warnings.get(account.channel_id)
    receives, sends = _directions(account, manifest)
    state = _state(account, receives, sends, ending)
    pushed = Arrival.WEBHOOK in manifest.arrives_by
    return Card(
        id=channel.pk,
        platform=channel.platform,
        name=channel.name,
        external_id=channel.external_id,
        team=channel.team.name if channel.team else "",
        state=state,
        since=account.paused_at or account.health_at,
        until=account.held_until if account.health in (Health.LIMITED, Health.CREDITS) else None,
        days_left=max(0, ending.days_left) if ending else 0,
        receives=receives,
        sends=sends,
        pushed=pushed,
        trouble=code_text(channel.platform, account.health_code) if account.health != Health.OK else "",
        missing=tuple(account.missing),
        budget=_budget(account.allowance),
        quiet_since=account.quiet_since,
        waiting=waiting.get(channel.pk, 0),
        last_in_at=account.last_in_at,
        last_out_at=account.last_out_at,
        tested_at=account.tested_at,
        findings=finding_views(account.findings),
        webhook_path=account.endpoint.webhook_path if pushed and account.endpoint else "",
        access_note=_(manifest.access_note) if manifest.access_note and state in ("credits", "receives_only") else "",
        takes_test=connector.test_message is not None,
        test_note=_(manifest.test_note) if manifest.test_note else "",
        sets_itself_up=connector.subscribe is not None and account.endpoint is not None,
        has_sign_in=connector.sign_in is not None,
        paused=account.paused_at is not None,
    )


def _directions(account: Account, manifest: Manifest) -> tuple[str, str]:
    """What comes in and what goes out, each in one word."""
    answers = bool({Action.REPLY_PUBLIC, Action.REPLY_PRIVATE} & manifest.actions) and not _is_read_only(
        account, manifest
    )
    able = ("yes" if manifest.arrives_by else "no", "yes" if answers else "no")
    word = None
    if account.paused_at is not None or account.health in (Health.CREDITS, Health.LIMITED):
        word = "rests"
    elif account.health == Health.RECONNECT:
        word = "stopped"
    elif account.health == Health.SILENT:
        return "late" if able[0] == "yes" else "no", able[1]
    receives, sends = (word if word and one == "yes" else one for one in able)
    return receives, sends


def _is_read_only(account: Account, manifest: Manifest) -> bool:
    """Whether its settings say that nothing may be written."""
    if manifest.read_only is None:
        return False
    name, value = manifest.read_only
    try:
        kept = json.loads(secrets.unseal(account.credentials, context=account.context))
    except secrets.SealBroken:
        return False
    return bool(kept.get(name) == value)


def _state(account: Account, receives: str, sends: str, ending: TokenWarning | None) -> str:
    if account.paused_at is not None:
        return "paused"
    by_health = {Health.RECONNECT: "stopped", Health.CREDITS: "credits", Health.LIMITED: "limited"}
    if account.health in by_health:
        return by_health[Health(account.health)]
    if ending is not None:
        return "ends"
    if account.quiet_since is not None:
        return "quiet"
    if account.health == Health.SILENT:
        return "receives_late"
    if sends == "no":
        return "receives_only"
    return "sends_only" if receives == "no" else "well"


def _budget(told: dict[str, Any]) -> Budget | None:
    if not told:
        return None
    used, most = int(told.get("used", 0)), told.get("most")
    share = min(12, round(12 * used / most)) if most else None
    left = _grouped(max(0, int(most) - used)) if most else ""
    return Budget(_grouped(used), _grouped(int(most)) if most else "", left, _(str(told.get("unit", ""))), share)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
