"""Asking X to send an account's news to our address: the app's webhook first, then what should come over it.

    webhook of ours? ──no──▶ register (X checks the address at once) ──▶ subscribe what is missing
          └──yes, invalid──▶ let X check it again ─────────────────────────┘

Each step looks first and does what is missing, so a break between two is mended by the next run. The app's own token
keeps the webhook, the account's own token asks for its events, since messages are told to nobody else.
Source: docs.x.com, "V2 Webhooks API", "X Activity API" and "Account Activity API" quickstarts, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect, Rejected, RejectReason
from connectors.kit.http import path_segment
from connectors.kit.selftest import webhook_of

from .calls import Api
from .manifest import MESSAGE_SCOPES, OLD_ACTIVITY, READ_SCOPES
from .parse import TAG
from .settings import setting

POST_EVENTS = ("post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete")
MESSAGE_EVENTS = ("dm.received", "dm.sent", "dm.read")
ALL_OLD_EVENTS = "account_activity"  # the older API knows no single events
MOST_PAGES = 10

TAKEN, CHECK_FAILED, BAD_ADDRESS = "WebhookLimitExceeded", "CrcValidationFailed", "UrlValidationFailed"
THERE_ALREADY = frozenset({"DuplicateUrlFailed", "DuplicateSubscriptionFailed", "http/409"})


def subscribe(account: Account, address: str, take_over: bool = False) -> bool:
    """Make X send this account's news to `address`. May be done at any time and again.

    Takes: take_over, whether the one address that the app may have is taken from another program.
    Gives: whether anything was missing. Raises: Rejected with a finding's code where X or the settings stand in the
    way; RetryLater, RateLimited, TokenExpired, NeedsReconnect (of the account's own token).
    """
    if not setting(account, "app_token"):
        raise Rejected(RejectReason.NOT_ALLOWED, code="webhook_unseen")
    if account.base_url is None and not takes(address):
        raise Rejected(RejectReason.NOT_ALLOWED, code="address_unfit")
    with of_the_app():
        hook, made = _kept_webhook(account, address, take_over)
    return _subscribed(account, hook) or made


def takes(address: str) -> bool:
    """X posts to https alone, and to no address with a port in it."""
    parts = urlsplit(address)
    return parts.scheme == "https" and ":" not in parts.netloc


def registered(account: Account) -> list[wire.Node]:
    """The app's webhooks. Raises: as any read with the app's token."""
    api = Api(account, repeatable=True, as_app=True)
    return wire.read(api.request("GET", "/2/webhooks").content).children("data")


def ours_among(hooks: list[wire.Node], webhook_path: str) -> wire.Node | None:
    """The one that leads to us."""
    return next((one for one in hooks if webhook_of(one.text("url"), webhook_path).code == "webhook"), None)


def missing_events(account: Account, hook: str) -> list[str]:
    """What is not sent over the webhook `hook` and should be, by X's names. Raises: as any read."""
    if setting(account, "push") == OLD_ACTIVITY:
        return [] if _old_subscribed(account, hook) else [ALL_OLD_EVENTS]
    sent = {event for event, (_number, over) in _existing(account).items() if over == hook}
    return [event for event in wanted_events(account) if event not in sent]


def wanted_events(account: Account) -> tuple[str, ...]:
    """Every event costs, so messages are asked for only where they are read."""
    return POST_EVENTS + (MESSAGE_EVENTS if setting(account, "messages") == "yes" else ())


@contextmanager
def of_the_app() -> Iterator[None]:
    """A refusal of the app's token is none of the account's, whose reading and sending goes on."""
    try:
        yield
    except NeedsReconnect as error:
        code = error.code if error.code and not error.code.startswith("http/") else "app_token_dead"
    else:
        return
    raise Rejected(RejectReason.NOT_ALLOWED, code=code)


def _kept_webhook(account: Account, address: str, take_over: bool) -> tuple[str, bool]:
    """The number of a webhook of ours that X is content with, and whether that needed anything."""
    path, hooks = urlsplit(address).path, registered(account)
    ours = ours_among(hooks, path)
    if ours is None:
        return _registered_anew(account, address, hooks if take_over else []), True
    if not ours.flag("valid"):
        _checked_again(account, ours.need_id("id"))
        return ours.need_id("id"), True
    return ours.need_id("id"), False


def _registered_anew(account: Account, address: str, replaceable: list[wire.Node]) -> str:
    """Register; where the app has its one address already, in place of that one. Of several none is guessed."""
    try:
        return _register(account, address)
    except Rejected as error:
        if error.code != "webhook_elsewhere" or len(replaceable) != 1:
            raise
    api = Api(account, repeatable=True, as_app=True)
    api.request("DELETE", f"/2/webhooks/{path_segment(replaceable[0].need_id('id'))}")
    return _register(account, address)


def _register(account: Account, address: str) -> str:
    api = Api(account, repeatable=True, as_app=True)  # the same address twice is refused, not doubled
    with _in_our_words():
        try:
            made = wire.read(api.request("POST", "/2/webhooks", json={"url": address}).content)
        except Rejected as error:
            known = ours_among(registered(account), urlsplit(address).path) if error.code in THERE_ALREADY else None
            if known is None:
                raise
            return known.need_id("id")
    return (made.child("data") or wire.Node({}, "data")).need_id("id")


def _checked_again(account: Account, hook: str) -> None:
    api = Api(account, repeatable=True, as_app=True)
    with _in_our_words():
        answer = wire.read(api.request("PUT", f"/2/webhooks/{path_segment(hook)}").content)
    if not (answer.child("data") or answer).flag("valid"):
        raise Rejected(RejectReason.NOT_ALLOWED, code="webhook_refused")


@contextmanager
def _in_our_words() -> Iterator[None]:
    """X's names for what is wrong with an address, as the self-test's."""
    told = {TAKEN: "webhook_elsewhere", CHECK_FAILED: "webhook_refused", BAD_ADDRESS: "address_unfit"}
    try:
        yield
    except Rejected as error:
        code = told.get(error.code, error.code)
    else:
        return
    raise Rejected(RejectReason.NOT_ALLOWED, code=code)


def _subscribed(account: Account, hook: str) -> bool:
    """Ask for every event that is missing. One that the plan or a scope does not allow leaves the others alone."""
    if setting(account, "push") == OLD_ACTIVITY:
        return _old_subscribe(account, hook)
    with of_the_app():
        known = _existing(account)
    wanted = wanted_events(account)
    missing = [event for event in wanted if known.get(event, ("", ""))[1] != hook]
    refused = [event for event in missing if not _ask_for(account, event, known.get(event, ("", ""))[0], hook)]
    if len(refused) == len(wanted):
        raise Rejected(RejectReason.NOT_ALLOWED, code="not_subscribed")
    return len(missing) > len(refused)


def _existing(account: Account) -> dict[str, tuple[str, str]]:
    """The app's subscriptions to our account: event → (its number, the webhook that it goes over)."""
    api = Api(account, repeatable=True, as_app=True)
    found: dict[str, tuple[str, str]] = {}
    asked: dict[str, str] = {}
    for _page in range(MOST_PAGES):
        answer = wire.read(api.request("GET", "/2/activity/subscriptions", params=asked).content)
        for one in answer.children("data"):
            if (one.child("filter") or wire.Node({})).id("user_id") == account.external_id:
                found[one.text("event_type")] = (one.id("subscription_id"), one.id("webhook_id"))
        following = (answer.child("meta") or wire.Node({})).text("next_token")
        if not following:
            break
        asked = {"pagination_token": following}
    return found


def _ask_for(account: Account, event: str, number: str, hook: str) -> bool:
    """One subscription, made or led to our webhook. Gives: False where X does not allow this one."""
    tagged = {"tag": f"{TAG}{account.external_id}", "webhook_id": hook}
    try:
        if number:
            api = Api(account, repeatable=True, as_app=True)
            with of_the_app():
                api.request("PUT", f"/2/activity/subscriptions/{path_segment(number)}", json=tagged)
        else:
            scopes = MESSAGE_SCOPES if event in MESSAGE_EVENTS else READ_SCOPES
            asked = {"event_type": event, "filter": {"user_id": account.external_id}, **tagged}
            api = Api(account, repeatable=True, needs=scopes)
            api.request("POST", "/2/activity/subscriptions", json=asked)
    except Rejected as error:
        return error.code in THERE_ALREADY
    return True


def _old_path(hook: str) -> str:
    return f"/2/account_activity/webhooks/{path_segment(hook)}/subscriptions/all"


def _old_subscribed(account: Account, hook: str) -> bool:
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    answer = wire.read(api.request("GET", _old_path(hook)).content)
    return (answer.child("data") or wire.Node({})).flag("subscribed")


def _old_subscribe(account: Account, hook: str) -> bool:
    if _old_subscribed(account, hook):
        return False
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    try:
        api.request("POST", _old_path(hook))
    except Rejected as error:
        if error.code in THERE_ALREADY:
            return False
        raise Rejected(RejectReason.NOT_ALLOWED, code="not_subscribed") from None
    return True
