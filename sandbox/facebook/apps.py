"""What is asked about an app and not about a page: whose a token is, what it may do, and where the app's news go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.facebook import actions, errors, faults
from sandbox.facebook.call import Call, proof_is_right
from sandbox.facebook.pages import Page, list_pages, page_of_token
from sandbox.facebook.site import PLATFORM, Site

_READING = ("instagram_basic", "instagram_manage_messages")  # asked for by no call that is played here
_ELSEWHERE = "https://old-helpdesk.example/hooks/meta"


def answer(site: Site, sites: Iterable[Site], call: Call) -> dict[str, Any] | None:
    """The answer to a call of this kind; None for one that is about a page."""
    match call.path:
        case ("debug_token",):
            return _debug_token(site, sites, call)
        case ("app",):
            page = _by_token(site, call)
            return {"id": page.app_id, "name": "Samsvar"}
        case (_, "subscriptions") if call.method == "GET":
            return {"data": _subscriptions(sites, call)}
    return None


def _by_token(site: Site, call: Call) -> Page:
    page = page_of_token(site, call.token)
    if page is None:
        raise errors.token_unknown()
    if call.proof and not proof_is_right(call.token, page.app_secret, call.proof):
        raise errors.bad_proof()
    return page


def _of_app(sites: Iterable[Site], token: str) -> list[Page]:
    """The pages of the app whose own token, its id and secret, this is."""
    app_id, bar, secret = token.partition("|")
    pages = [page for site in sites for page in list_pages(site) if page.app_id == app_id]
    if not bar or secret not in {page.app_secret for page in pages}:
        raise errors.token_unknown()
    return [page for page in pages if page.app_secret == secret]


def _subscriptions(sites: Iterable[Site], call: Call) -> list[dict[str, Any]]:
    """One entry for each kind of object that the app hears of."""
    sites = list(sites)
    of_kind: dict[str, list[Page]] = {}
    for page in _of_app(sites, call.token):
        of_kind.setdefault("page" if page.platform == PLATFORM else page.platform, []).append(page)
    return [entry for kind, pages in of_kind.items() if (entry := _subscription(sites, kind, pages))]


def _subscription(sites: list[Site], kind: str, pages: list[Page]) -> dict[str, Any] | None:
    """An app has one address for all pages of a kind, so what is wrong with one page's is wrong with all."""
    by_platform = {site.platform: site for site in sites}
    on = [faults.load(by_platform[page.platform], page.id).get("webhook", {}).get("value") for page in pages]
    fault = next(filter(None, on), None)
    known = next((page for page in pages if page.callback_url), None)
    if fault == "gone" or known is None:
        return None
    address = _ELSEWHERE if fault == "elsewhere" else known.callback_url
    fields = [{"name": name, "version": "v26.0"} for name in sorted(known.subscribed)]
    return {"object": kind, "callback_url": address, "active": fault != "off", "fields": fields}


def _debug_token(site: Site, sites: Iterable[Site], call: Call) -> dict[str, Any]:
    """Asked with the app's own token."""
    if not call.token:
        raise errors.token_missing()
    if "|" in call.token or page_of_token(site, call.token) is None:
        _of_app(sites, call.token)
    page = page_of_token(site, call.params.get("input_token", ""))
    if page is None:
        bad = {"code": 190, "message": "Invalid OAuth access token."}
        return {"data": {"error": bad, "is_valid": False, "scopes": []}}
    return {"data": _token_facts(site, page)}


def _token_facts(site: Site, page: Page) -> dict[str, Any]:
    on = faults.load(site, page.id)
    lost = on.get("missing_scope", {}).get("value")
    scopes = [name for name in (*actions.PERMISSIONS, *_READING) if lost not in ("*", name)]
    ends = on.get("token_ends")
    facts: dict[str, Any] = {
        "app_id": page.app_id,
        "type": "PAGE",
        "application": "Samsvar",
        "expires_at": int(site.clock.now() + ends["value"]) if ends else 0,
        "data_access_expires_at": int(page.created_at) + 90 * 86400,
        "is_valid": "token_dead" not in on,
        "issued_at": int(page.created_at),
        "profile_id": page.id,
        "scopes": scopes,
        "granular_scopes": [{"scope": name, "target_ids": [page.id]} for name in scopes],
        "user_id": "7000000000000001",
    }
    if "token_dead" in on:
        dead = errors.token_dead(on["token_dead"]["value"])
        facts["error"] = {"code": dead.code, "message": dead.message, "subcode": dead.subcode}
    return facts
