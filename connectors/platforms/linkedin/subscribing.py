"""Asking LinkedIn to send a page's notifications to our address.

A subscription belongs to the app, the person who signed in, and the page; it goes away silently with the person's role,
and has an end, before which it is made again. Writing it twice leaves one.
Source: Microsoft Learn, "Organization Social Action Notifications", read 2026-11.
"""

from __future__ import annotations

from datetime import timedelta

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect, Rejected, RejectReason
from connectors.kit.selftest import webhook_of

from .calls import open_api
from .manifest import NOTICE_SCOPES
from .restli import query, record
from .sign_in import managed_pages
from .urns import organization_urn

EVENTS = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
RENEW_AHEAD = timedelta(days=14)


def subscribe(account: Account, address: str, take_over: bool = False) -> bool:
    """Make LinkedIn send the page's notifications to `address`. May be done at any time and again.

    Takes: take_over, whether a subscription that leads to another program is led to us.
    Gives: whether anything was missing or about to end. Raises: Rejected with a finding's code where LinkedIn or the
    settings stand in the way; RetryLater, RateLimited, TokenExpired, NeedsReconnect.
    """
    if not account.credentials.get("app_number"):
        raise Rejected(RejectReason.NOT_ALLOWED, code="webhook_unseen")
    if account.base_url is None and not address.startswith("https://"):
        raise Rejected(RejectReason.NOT_ALLOWED, code="address_unfit")
    person = dict(managed_pages(account)).get(account.external_id, "")
    if not person:
        raise Rejected(RejectReason.NOT_ALLOWED, code="not_managed")
    known = subscription(account, person)
    if known is not None:
        ours = webhook_of(known.text("webhook"), f"/{address.partition('://')[2].partition('/')[2]}").code == "webhook"
        if not ours and not take_over:
            raise Rejected(RejectReason.NOT_ALLOWED, code="webhook_elsewhere")
        if ours and not _ends_soon(account, known):
            return False
    _write(account, person, address)
    return True


def subscription(account: Account, person: str) -> wire.Node | None:
    """The subscription that there is, None for none. Raises: as any read."""
    api = open_api(account, repeatable=True, needs=NOTICE_SCOPES)
    asked = query(q="subscriberAndEventType", subscriber=key_of(account, person))
    found = api.call("GET", f"/rest/eventSubscriptions{asked}").value.children("elements")
    return found[0] if found else None


def key_of(account: Account, person: str) -> str:
    """What names a subscription: the app, the person who signed in, the page, and the kind of news."""
    return record(
        developerApplication=f"urn:li:developerApplication:{account.credentials.get('app_number', '')}",
        user=person,
        entity=organization_urn(account.external_id),
        eventType=EVENTS,
    )


def _ends_soon(account: Account, known: wire.Node) -> bool:
    ends_at = known.moment("expiresAt")
    return ends_at is not None and ends_at - account.clock() <= RENEW_AHEAD


def _write(account: Account, person: str, address: str) -> None:
    """LinkedIn challenges the address before it answers."""
    api = open_api(account, repeatable=True, needs=NOTICE_SCOPES)
    try:
        api.call("PUT", f"/rest/eventSubscriptions/{key_of(account, person)}", body={"webhook": address})
    except Rejected:
        code = "webhook_refused"
    except NeedsReconnect as error:
        if not error.missing:
            raise
        code = "webhooks_not_approved"  # the same permission has just read whom the person manages
    else:
        return
    raise Rejected(RejectReason.NOT_ALLOWED, code=code)
