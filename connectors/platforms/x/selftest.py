"""What can be found out about a connected X account.

X tells nowhere what a token may do; what was granted is known from the sign-in, and the rest by trying two reads, the
cheapest there are. Source: docs.x.com, "Users lookup", "Webhooks", "Direct Messages lookup", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect, RateLimited, Rejected
from connectors.kit.http import path_segment
from connectors.kit.selftest import Finding, note, of_error, well, wrong
from connectors.kit.selftest_words import TEXTS

from .calls import Api, data_of
from .manifest import MANIFEST, MESSAGE_SCOPES, NOBODY, READ_SCOPES
from .settings import setting
from .subscribing import missing_events, of_the_app, ours_among, registered

NO_PLAN = "client-not-enrolled"
APP_TOKEN = next(one.label for one in MANIFEST.required_settings if one.name == "app_token")


def self_test(account: Account, webhook_path: str) -> Iterator[Finding]:
    """Whose token it is, what it may do, whether the plan lets it, and the app's webhook."""
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    try:
        me = data_of(api.get_me(user_auth=False))
        if me.id("id") != account.external_id:
            yield wrong("wrong_account", found=f"@{me.text('username')}")
            return
        yield well("signed_in", name=f"@{me.text('username')}")
        yield from _reading(account, api)
    except NeedsReconnect as error:
        if error.code != NO_PLAN:
            raise
        yield wrong("no_plan", code=error.code)
        return
    if setting(account, "answers") == NOBODY:
        yield note("read_only")
    yield from _webhook(account, webhook_path)


def _reading(account: Account, api: Api) -> Iterator[Finding]:
    lacking = _not_granted(account)
    person = path_segment(account.external_id)
    looks: list[tuple[str, Callable[[], object]]] = [
        (READ_SCOPES[0], partial(api.get_users_mentions, person, max_results=5, user_auth=False)),
        (MESSAGE_SCOPES[0], partial(api.get_direct_message_events, max_results=1, user_auth=False)),
    ]
    for scope, look in looks:
        if scope == MESSAGE_SCOPES[0] and setting(account, "messages") != "yes":
            continue
        try:
            look()
        except RateLimited as error:
            if scope == READ_SCOPES[0]:
                raise
            yield of_error(error)
        except Rejected:
            lacking = list(dict.fromkeys([*lacking, scope]))
    yield wrong("missing_permission", scopes=", ".join(lacking)) if lacking else well("permissions")


def _not_granted(account: Account) -> list[str]:
    """What the sign-in was refused, where we were there when it was made."""
    granted = account.credentials.get("scope", "").split()
    wanted = [scope for scope in MANIFEST.required_scopes if not scope.startswith("dm.")]
    if setting(account, "messages") == "yes":
        wanted += MESSAGE_SCOPES
    return [scope for scope in wanted if scope not in granted] if granted else []


def _webhook(account: Account, webhook_path: str) -> Iterator[Finding]:
    """The app's addresses, and what is sent over ours; without the app's own token neither can be seen."""
    if not setting(account, "app_token"):
        yield note("webhook_unseen", setting=APP_TOKEN)
        return
    try:
        with of_the_app():
            known = registered(account)
            ours = ours_among(known, webhook_path)
            missing = missing_events(account, ours.need_id("id")) if ours is not None else []
    except Rejected as error:
        yield wrong(error.code) if error.code in TEXTS else of_error(error)
        return
    if not known:
        yield note("webhook_missing")
    elif ours is None:
        yield wrong("webhook_elsewhere")
    elif not ours.flag("valid"):
        yield wrong("webhook_refused")
    elif missing:
        yield wrong("not_subscribed", fields=", ".join(missing))
    else:
        yield well("webhook")
