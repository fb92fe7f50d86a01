"""Making a channel's network send its news to us: at connecting, on an admin's word, and whenever it has forgotten.

The address is kept with the endpoint before anything is asked, so that a worker takes up what a break left undone:
each step at the network looks first and does what is missing.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from connectors.kit import errors, registry
from connectors.kit.selftest import Finding, of_error, wrong
from connectors.kit.selftest_words import TEXTS
from connectors.models import Account, Endpoint
from connectors.operations.channels import demand_admin
from connectors.operations.holding import refresh_account
from connectors.operations.self_testing import account_of, examined, keep_findings
from connectors.operations.watching import SETTING_MISSING
from connectors.queries.accounts import open_account
from core.audit.record import Actor, record
from core.errors import Conflict
from core.secrets import SealBroken

log = logging.getLogger(__name__)

LONGEST = 300


def subscribe_channel(
    *, actor: Actor, channel_id: int, origin: str, now: datetime, take_over: bool = False
) -> list[Finding]:
    """Have the network send this channel's news here, then look whether all is well. No transaction spans the calls.

    Takes: origin, where the company's people and networks reach us (https://hjelp.example); take_over, whether another
    program's address may be replaced.
    Gives: findings, kept on the account like a self-test's. Where the network has no such way they are a self-test's.
    Raises: Forbidden, NotFound, Conflict (this network's side is set up by hand).
    """
    demand_admin(actor=actor)
    account = account_of(channel_id)
    endpoint = account.endpoint
    if registry.get(account.channel.platform).subscribe is None or endpoint is None:
        raise Conflict(_("At this network the address is entered by hand."), code="unsupported")
    address = f"{origin.rstrip('/')}{endpoint.webhook_path}"[:LONGEST]
    Endpoint.objects.filter(pk=endpoint.pk).update(address=address)
    failed = _failed(account, address, now=now, take_over=take_over)
    account.refresh_from_db(fields=["credentials"])
    found = examined(account, now)
    if failed is not None and failed.code not in {one.code for one in found}:
        found = [failed, *found]
    faults = keep_findings(account, found, now)
    record(
        actor=actor, action="channel.subscribed", object_type="channel", object_id=channel_id, now=now, faults=faults
    )
    return found


def _failed(account: Account, address: str, *, now: datetime, take_over: bool) -> Finding | None:
    """Ask, with one renewal where the token has merely run out. Gives: what stood in the way, None for nothing."""
    subscribe = registry.get(account.channel.platform).subscribe
    assert subscribe is not None  # noqa: S101  looked at by the caller
    for renewed in (False, True):
        try:
            subscribe(open_account(account), address, take_over)
        except SealBroken:
            return wrong("keys_lost")
        except errors.TokenExpired as error:
            if renewed:
                return of_error(error)
            refresh_account(account, now=now, hold=False)
            account.refresh_from_db(fields=["credentials"])
        except errors.ConnectorError as error:
            return _finding(error, address)
        else:
            return None
    raise AssertionError("unreachable")


def _finding(error: errors.ConnectorError, address: str) -> Finding | None:
    """The error in words; None for a setting that is not there, which the self-test tells better."""
    if error.code == SETTING_MISSING:
        return None
    if not isinstance(error, errors.Rejected) or error.code not in TEXTS:
        return of_error(error)
    parts = urlsplit(address)
    return replace(wrong(error.code), facts={"address": f"{parts.scheme}://{parts.netloc}", "fields": ""})
