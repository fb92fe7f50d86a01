"""The app's webhooks and what it has asked to get over them: X Activity's events one by one, or the older API's all.

Registering and checking again send the challenge first, which the API has awaited when these acts run (`Call.passed`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.x import problems
from sandbox.x.accounts import Row, list_accounts, panel
from sandbox.x.site import XSite, x_time

if TYPE_CHECKING:
    from sandbox.x.acts import Call

Answer = tuple[int, dict[str, Any]]
EVENTS = (
    *("post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete"),
    *("dm.received", "dm.sent", "dm.read", "dm.indicate_typing", "oauth.revoke"),
)
ALL_OLD = "account_activity"
MOST_WEBHOOKS = 1
ELSEWHERE = "https://old-helpdesk.example/hooks/x"


def connect(site: XSite, account: Row, url: str, *, valid: bool = True) -> None:
    """What a person does in X's console: the address, and everything that the account may get over it."""
    hook = _hook_of_url(site, account, url) or _added(site, account, url)
    site.store.run("UPDATE x_webhooks SET valid = ? WHERE id = ?", int(valid), hook)
    site.store.run("DELETE FROM x_subscriptions WHERE account_id = ?", account["id"])
    for event in (ALL_OLD,) if account["webhook"] == "account" else EVENTS:
        _subscribe(site, account["id"], event, hook, "console")
    _forget_unused(site, account)


def address_for(site: XSite, account: Row, event: str) -> str:
    """Where an event of an account goes: "" for nowhere. One of a kind that nobody knows goes where the others do."""
    kinds = (ALL_OLD,) if account["webhook"] == "account" else (event,) if event in EVENTS else EVENTS
    sql = (
        "SELECT w.url FROM x_subscriptions s JOIN x_webhooks w ON w.id = s.webhook_id AND w.valid = 1"
        " WHERE s.account_id = ? AND s.event IN (SELECT value FROM json_each(?)) ORDER BY s.id LIMIT 1"
    )
    row = site.store.row(sql, account["id"], json.dumps(kinds))
    return str(row["url"]) if row else ""


def addresses_of(site: XSite, account: Row) -> list[str]:
    """Every address that gets anything of the account: at most one, unless the app's secret is shared."""
    sql = (
        "SELECT DISTINCT w.url FROM x_subscriptions s JOIN x_webhooks w ON w.id = s.webhook_id AND w.valid = 1"
        " WHERE s.account_id = ? ORDER BY w.url LIMIT 1"
    )
    return [row["url"] for row in site.store.rows(sql, account["id"])]


def is_address(url: object) -> bool:
    """X wants https without a port; an address on this machine may be as it is."""
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return parts.hostname in ("127.0.0.1", "localhost", "::1") or (parts.scheme == "https" and ":" not in parts.netloc)


def list_webhooks(call: Call) -> Answer:
    """GET /2/webhooks."""
    call.as_the_app()
    fault = call.site_switch("webhook")
    rows = [] if fault == "gone" else _hooks(call.site, call.account)
    told = [_shape(row, elsewhere=fault == "elsewhere", invalid=fault == "invalid") for row in rows]
    return 200, {"data": told, "meta": {"result_count": len(told)}}


def register(call: Call) -> Answer:
    """POST /2/webhooks."""
    call.as_the_app()
    url, fault = call.body.get("url"), call.site_switch("webhook")
    if not is_address(url):
        raise problems.named(400, "UrlValidationFailed", "The url does not meet the requirements")
    if fault == "gone":
        for row in _hooks(call.site, call.account):
            _remove(call.site, row["id"])
    known = _hooks(call.site, call.account)
    if any(row["url"] == url for row in known) and fault != "elsewhere":
        raise problems.named(400, "DuplicateUrlFailed", "Webhook URL is already registered")
    if len(known) >= MOST_WEBHOOKS:
        raise problems.named(400, "WebhookLimitExceeded", "Too many webhooks are registered")
    if not call.passed:
        raise problems.named(400, "CrcValidationFailed", "The response to the check was not right")
    panel(call.site, call.account["id"]).change({"webhook": None})
    _added(call.site, call.account, str(url))
    return 200, {"data": _shape(_hooks(call.site, call.account)[-1])}


def check_again(call: Call) -> Answer:
    """PUT /2/webhooks/{number}."""
    call.as_the_app()
    hook = _named(call)
    if not call.passed:
        raise problems.named(400, "CrcValidationFailed", "The response to the check was not right")
    panel(call.site, call.account["id"]).change({"webhook": None})
    call.site.store.run("UPDATE x_webhooks SET valid = 1 WHERE id = ?", hook["id"])
    return 200, {"data": {"valid": True}}


def remove(call: Call) -> Answer:
    """DELETE /2/webhooks/{number}."""
    call.as_the_app()
    hook = _named(call)
    panel(call.site, call.account["id"]).change({"webhook": None})
    _remove(call.site, hook["id"])
    return 200, {"data": {"deleted": True}}


def list_subscriptions(call: Call) -> Answer:
    """GET /2/activity/subscriptions: of all accounts of the app."""
    call.as_the_app()
    ids = [row["id"] for row in list_accounts(call.site) if row["app_secret"] == call.account["app_secret"]]
    rows = [row for each in ids for row in _subscriptions(call.site, each) if row["event"] != ALL_OLD]
    start = int(call.query.get("pagination_token", "0") or 0)
    page = rows[start : start + 5]
    meta: dict[str, Any] = {"total_subscriptions": len(rows)}
    meta |= {"next_token": str(start + 5)} if len(rows) > start + 5 else {}
    return 200, {"data": [_subscription(row) for row in page], "meta": meta}


def add_subscription(call: Call) -> Answer:
    """POST /2/activity/subscriptions: by the account itself, since messages are private."""
    event, user = call.body.get("event_type"), (call.body.get("filter") or {}).get("user_id")
    if event not in EVENTS:
        raise problems.invalid("event_type is none of those known", "event_type")
    if user != call.account["id"] or (call.as_app and str(event).startswith(("dm.", "oauth."))):
        raise problems.forbidden("You are not permitted to subscribe to this event.")
    if call.site_switch("missing_scope") == ("dm.read" if str(event).startswith("dm.") else "tweet.read"):
        raise problems.forbidden("Forbidden")
    hook = _hook_of_number(call.site, call.account, str(call.body.get("webhook_id", "")))
    if any(row["event"] == event for row in _subscriptions(call.site, user)):
        raise problems.named(409, "DuplicateSubscriptionFailed", "Subscription already exists")
    made = _subscribe(call.site, user, str(event), hook["id"], str(call.body.get("tag", "")))
    return 200, {"data": _subscription(made)}


def change_subscription(call: Call) -> Answer:
    """PUT /2/activity/subscriptions/{number}: over which webhook it goes."""
    call.as_the_app()
    hook = _hook_of_number(call.site, call.account, str(call.body.get("webhook_id", "")))
    sql = "UPDATE x_subscriptions SET webhook_id = ?, tag = ? WHERE id = ?"
    if not call.site.store.run(sql, hook["id"], str(call.body.get("tag", "")), int(call.path["number"])):
        raise problems.not_found(call.path["number"])
    row = call.site.store.row("SELECT * FROM x_subscriptions WHERE id = ?", int(call.path["number"]))
    return 200, {"data": _subscription(row)}


def old_subscribed(call: Call) -> Answer:
    """GET /2/account_activity/webhooks/{number}/subscriptions/all."""
    hook = _named(call)
    rows = _subscriptions(call.site, call.account["id"])
    return 200, {"data": {"subscribed": any((r["event"], r["webhook_id"]) == (ALL_OLD, hook["id"]) for r in rows)}}


def old_subscribe(call: Call) -> Answer:
    """POST to the same place."""
    if old_subscribed(call)[1]["data"]["subscribed"]:
        raise problems.named(400, "DuplicateSubscriptionFailed", "Subscription already exists")
    if call.as_app:
        raise problems.forbidden("You are not permitted to subscribe to this event.")
    _subscribe(call.site, call.account["id"], ALL_OLD, _named(call)["id"], "")
    call.site.store.run("UPDATE x_accounts SET webhook = 'account' WHERE id = ?", call.account["id"])
    return 200, {"data": {"subscribed": True}}


def url_to_check(call: Call, path: str) -> str:
    """The address that must pass the challenge before an act, "" where there is none."""
    if path == "/2/webhooks":
        return str(call.body.get("url", "")) if is_address(call.body.get("url")) else ""
    return str(_named(call)["url"])


def _named(call: Call) -> Row:
    return _hook_of_number(call.site, call.account, call.path["number"])


def _hook_of_number(site: XSite, account: Row, number: str) -> Row:
    found = next((row for row in _hooks(site, account) if str(row["id"]) == number), None)
    if found is None:
        raise problems.named(400, "WebhookIdInvalid", "The webhook was not found or is not of this app")
    return found


def _hooks(site: XSite, account: Row) -> list[Row]:
    return site.store.rows("SELECT * FROM x_webhooks WHERE app_secret = ? ORDER BY id", account["app_secret"])


def _hook_of_url(site: XSite, account: Row, url: str) -> int | None:
    return next((int(row["id"]) for row in _hooks(site, account) if row["url"] == url), None)


def _added(site: XSite, account: Row, url: str) -> int:
    number = site.next_hook()
    site.store.run(
        "INSERT INTO x_webhooks VALUES (?, ?, ?, 1, ?)", number, account["app_secret"], url, site.clock.now()
    )
    return number


def _remove(site: XSite, hook: int) -> None:
    site.store.run("DELETE FROM x_webhooks WHERE id = ?", hook)
    site.store.run("UPDATE x_subscriptions SET webhook_id = 0 WHERE webhook_id = ?", hook)
    site.store.run("DELETE FROM x_subscriptions WHERE webhook_id = 0 AND event = ?", ALL_OLD)


def _forget_unused(site: XSite, account: Row) -> None:
    sql = "DELETE FROM x_webhooks WHERE app_secret = ? AND id NOT IN (SELECT webhook_id FROM x_subscriptions)"
    site.store.run(sql, account["app_secret"])


def _subscriptions(site: XSite, account_id: str) -> list[Row]:
    return site.store.rows("SELECT * FROM x_subscriptions WHERE account_id = ? ORDER BY id", account_id)


def _subscribe(site: XSite, account_id: str, event: str, hook: int, tag: str) -> Row:
    number = site.next_hook()
    site.store.run("INSERT INTO x_subscriptions VALUES (?, ?, ?, ?, ?)", number, account_id, event, hook, tag)
    row = site.store.row("SELECT * FROM x_subscriptions WHERE id = ?", number)
    assert row is not None  # noqa: S101  just written
    return row


def _shape(row: Row, *, elsewhere: bool = False, invalid: bool = False) -> dict[str, Any]:
    url = ELSEWHERE if elsewhere else row["url"]
    made = x_time(row["created_at"])
    return {"created_at": made, "id": str(row["id"]), "url": url, "valid": bool(row["valid"]) and not invalid}


def _subscription(row: Row | None) -> dict[str, Any]:
    assert row is not None  # noqa: S101  just read
    told = {"subscription_id": str(row["id"]), "event_type": row["event"], "filter": {"user_id": row["account_id"]}}
    return told | {"tag": row["tag"]} | ({"webhook_id": str(row["webhook_id"])} if row["webhook_id"] else {})
