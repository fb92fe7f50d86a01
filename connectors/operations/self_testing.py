"""Testing a channel: asking its network what is well and what is not, and keeping the answer for the channel's card."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from connectors.kit import errors, registry
from connectors.kit.manifest import Arrival
from connectors.kit.selftest import Finding, all_well, examine, of_error, wrong
from connectors.models import Account
from connectors.operations.channels import demand_admin
from connectors.operations.holding import refresh_account
from connectors.queries.accounts import open_account
from core.audit.record import Actor, record
from core.errors import Conflict, NotFound
from core.secrets import SealBroken

GREETING = "Samsvar"


def test_channel(*, actor: Actor, channel_id: int, now: datetime) -> list[Finding]:
    """Look at everything that the network lets us look at. No transaction spans the calls.

    Gives: findings, those that need somebody first; they are kept on the account.
    Raises: Forbidden, NotFound.
    """
    demand_admin(actor=actor)
    account = account_of(channel_id)
    found = examined(account, now)
    faults = keep_findings(account, found, now)
    record(actor=actor, action="channel.tested", object_type="channel", object_id=channel_id, now=now, faults=faults)
    return found


def keep_findings(account: Account, found: Iterable[Finding], now: datetime) -> int:
    """Show these on the channel's card from now on. Gives: how many need somebody."""
    kept = [_kept(finding) for finding in found]
    Account.objects.filter(pk=account.pk).update(findings=kept, tested_at=now)
    return sum(finding["severity"] == "wrong" for finding in kept)


def is_well(found: Iterable[Finding]) -> bool:
    """Whether nothing of it needs anybody."""
    return all_well(list(found))


def send_test_message(*, actor: Actor, channel_id: int, now: datetime) -> None:
    """Send a short message from the account to itself, where the network has such a thing and nobody else sees it.

    Raises: Forbidden, NotFound, Conflict with the sentence of what went wrong.
    """
    demand_admin(actor=actor)
    account = account_of(channel_id)
    send = registry.get(account.channel.platform).test_message
    if send is None:
        raise Conflict(
            _("This network has no place where only the channel itself would see a test."), code="unsupported"
        )
    try:
        send(open_account(account), f"{GREETING}: {_('this message tests the channel.')}")
    except SealBroken:
        raise Conflict(_("The keys that this channel's sign-in was locked with are lost.")) from None
    except errors.ConnectorError as error:
        failed = of_error(error)
    else:
        record(actor=actor, action="channel.test_sent", object_type="channel", object_id=channel_id, now=now)
        return
    raise Conflict(_("The test message was not sent. Run the self-test to see why."), code=failed.code)


def account_of(channel_id: int) -> Account:
    """The channel's account with what a call needs. Raises: NotFound."""
    account = Account.objects.select_related("channel", "endpoint").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    return account


def examined(account: Account, now: datetime) -> list[Finding]:
    """What the network tells of the account, with one renewal where the token has merely run out."""
    connector = registry.get(account.channel.platform)
    pushed = Arrival.WEBHOOK in connector.manifest.arrives_by and account.endpoint is not None
    path = account.endpoint.webhook_path if pushed and account.endpoint else ""
    for renewed in (False, True):
        try:
            return examine(connector, open_account(account), path)
        except SealBroken:
            return [wrong("keys_lost")]
        except errors.TokenExpired as error:
            if renewed:
                return [of_error(error)]
            refresh_account(account, now=now, hold=False)
            account.refresh_from_db(fields=["credentials"])
    raise AssertionError("unreachable")


def _kept(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "severity": finding.severity.value, "facts": dict(finding.facts)}
