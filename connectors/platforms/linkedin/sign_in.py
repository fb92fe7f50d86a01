"""Signing in at LinkedIn: OAuth 2, and the pages that the person manages.

Source: older knowledge of Microsoft Learn's "Authorization Code Flow" and "Organization access control"; tried against
our sandbox alone. LinkedIn knows PKCE for native apps only; here the client secret proves who asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.kit.base import Account
from connectors.kit.json_api import need_credential
from connectors.kit.sign_in import Errand, Owned, SignIn, address

from .calls import open_api
from .manifest import MANIFEST, NOTICE_SCOPES, READ, WRITE_SCOPES
from .restli import encoded, query
from .tokens import SIGN_IN, ask_token
from .urns import organization_id

MOST_PAGES = 20


def leave(account: Account, errand: Errand) -> str:
    """Where LinkedIn asks the person; for reading alone, permission to write is not asked for."""
    writing = account.credentials.get("access") != READ
    wanted = [scope for scope in MANIFEST.required_scopes if writing or scope not in WRITE_SCOPES]
    return address(
        f"{account.base_url or SIGN_IN}/oauth/v2/authorization",
        response_type="code",
        client_id=need_credential(account, "client_id"),
        redirect_uri=errand.redirect,
        scope=" ".join(wanted),
        state=errand.state,
    )


def exchange(account: Account, errand: Errand, code: str) -> Mapping[str, str]:
    """Tokens for a code, with what was entered. Raises: NeedsReconnect when LinkedIn refuses, RetryLater."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": errand.redirect}
    return ask_token(account, form)


def owned(account: Account) -> list[Owned]:
    """The pages that the person administers."""
    api = open_api(account, repeatable=True, needs=NOTICE_SCOPES)
    found = []
    for number in dict.fromkeys(number for number, _person in managed_pages(account)):
        told = api.call("GET", f"/rest/organizations/{encoded(number)}").value
        found.append(Owned(number, told.text("localizedName") or number))
    return found


def managed_pages(account: Account) -> list[tuple[str, str]]:
    """(page's number, the person's URN) for every page that the person administers."""
    api = open_api(account, repeatable=True, needs=NOTICE_SCOPES)
    asked = query(q="roleAssignee", role="ADMINISTRATOR", state="APPROVED", count=MOST_PAGES)
    roles = api.call("GET", f"/rest/organizationAcls{asked}").value.children("elements")
    return [
        (number, role.text("roleAssignee"))
        for role in roles
        if (number := organization_id(role.text("organization") or role.text("organizationTarget")))
    ]


sign_in = SignIn(
    leave, exchange, owned, needs=("client_id",),
    gives=("access_token", "expires_at", "refresh_token", "external_id", "name"),
)  # fmt: skip
