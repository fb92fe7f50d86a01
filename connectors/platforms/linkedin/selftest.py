"""What can be found out about a connected LinkedIn page.

Source: older knowledge of LinkedIn's token introspection, organization access control and event subscriptions; tried
against our sandbox alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect
from connectors.kit.marks import gettext_noop
from connectors.kit.selftest import Finding, ends, note, webhook_of, well, wrong

from .calls import open_api
from .manifest import MANIFEST, POST_SCOPES, READ, WRITE_SCOPES
from .restli import encoded
from .sign_in import managed_pages
from .subscribing import subscription
from .tokens import introspect


def self_test(account: Account, webhook_path: str) -> Iterator[Finding]:
    """The app's secret and what the token may do, whether the person manages the page, and the app's webhook."""
    try:
        allowed = list(_allowed(account))
        yield from allowed
        if any(finding.code in ("wrong_secret", "sign_in_dead") for finding in allowed):
            return
        pages = managed_pages(account)
        if account.external_id not in {number for number, _person in pages}:
            yield wrong("not_managed")
            return
        page = open_api(account, repeatable=True, needs=POST_SCOPES)
        told = page.call("GET", f"/rest/organizations/{encoded(account.external_id)}").value
        yield well("signed_in", name=told.text("localizedName") or account.name)
        if account.credentials.get("access") == READ:
            yield note("read_only")
        yield from _webhook(account, dict(pages)[account.external_id], webhook_path)
    except NeedsReconnect as error:
        if error.code != "version":
            raise
        yield wrong("version")


def _allowed(account: Account) -> Iterator[Finding]:
    """What LinkedIn says of the token; it asks for the app's id and secret first."""
    if not account.credentials.get("client_id"):
        return
    told = introspect(account)
    if told is None:
        yield wrong("wrong_secret")
        return
    if not told.flag("active"):
        yield wrong("sign_in_dead")
        return
    granted = told.text("scope").replace(",", " ").split()
    writing = account.credentials.get("access") != READ
    wanted = [scope for scope in MANIFEST.required_scopes if writing or scope not in WRITE_SCOPES]
    missing = [scope for scope in wanted if scope not in granted]
    yield wrong("missing_permission", scopes=", ".join(missing)) if missing else well("permissions")
    end = told.number("expires_at")
    if end and not account.credentials.get("refresh_token"):
        yield from ends(datetime.fromtimestamp(end, UTC), account.clock())


def _webhook(account: Account, person: str, webhook_path: str) -> Iterator[Finding]:
    """The subscription of this page, kept under the app's number and the person who signed in."""
    app = account.credentials.get("app_number", "")
    if not app:
        yield note("webhook_unseen", setting=gettext_noop("Number of the app, to look at its webhook"))
        return
    known = subscription(account, person)
    yield webhook_of(known.text("webhook"), webhook_path) if known is not None else note("webhook_missing")
