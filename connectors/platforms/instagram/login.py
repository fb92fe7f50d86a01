"""The two ways an account is signed in: which host answers, which scopes count, and how long the token lives.

Source: Meta, "Instagram API with Instagram Login" and "with Facebook Login", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect, RetryLater
from connectors.kit.meta_graph import GRAPH_HOST, Graph

from .manifest import INSTAGRAM_LOGIN

ME = "me"  # the page behind the account, or the account itself: whoever the token is for
_LONG_LIFE_SECONDS = 60 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Login:
    """What differs between the two. `fields` are what the token's owner must send us."""

    host: str
    comments: tuple[str, ...]
    messages: tuple[str, ...]
    reads: tuple[str, ...]
    fields: frozenset[str]


_THROUGH_PAGE = Login(
    GRAPH_HOST,
    comments=("instagram_manage_comments",),
    messages=("instagram_manage_messages",),
    reads=("instagram_basic",),
    # The account's own fields are the app's; the page need only be subscribed at all.
    fields=frozenset({"feed"}),
)
_ITS_OWN = Login(
    "graph.instagram.com",
    comments=("instagram_business_manage_comments",),
    messages=("instagram_business_manage_messages",),
    reads=("instagram_business_basic",),
    fields=frozenset(
        {"comments", "mentions", "messages", "message_reactions", "messaging_postbacks", "messaging_seen", "standby"}
    ),
)


def login_of(account: Account) -> Login:
    """How this account is signed in."""
    return _ITS_OWN if account.credentials.get("login") == INSTAGRAM_LOGIN else _THROUGH_PAGE


def reader(account: Account) -> Graph:
    """For reads."""
    login = login_of(account)
    return Graph(account, repeatable=True, needs=login.reads, host=login.host)


def refresh(account: Account) -> Mapping[str, str]:
    """A new token for sixty days, for an account with a login of its own; the page's token cannot be renewed.

    The token travels in a header, though Meta's examples have it in the address.
    Raises: NeedsReconnect where only a person can help; else as the platform answers.
    """
    login = login_of(account)
    if login is not _ITS_OWN:
        raise NeedsReconnect
    graph = Graph(account, repeatable=True, needs=login.reads, host=login.host)
    answer = wire.Node(graph.request("refresh_access_token", args={"grant_type": "ig_refresh_token"}))
    token, seconds = answer.text("access_token"), answer.number("expires_in") or _LONG_LIFE_SECONDS
    if not token:
        raise RetryLater
    until = account.clock() + timedelta(seconds=min(seconds, _LONG_LIFE_SECONDS))
    return {**account.credentials, "access_token": token, "expires_at": str(int(until.timestamp()))}
