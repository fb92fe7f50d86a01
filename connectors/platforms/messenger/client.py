"""Writing and reading on Messenger as the page, and asking who somebody is.

Source: Meta, "Send a Message" (2026-05-05), Messenger changelog (2026-06), edges of v26.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connectors.kit import wire
from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import NeedsReconnect
from connectors.kit.http import path_segment
from connectors.kit.manifest import HANDING, Action
from connectors.kit.meta_graph import Graph, read_person
from connectors.kit.meta_poll import TALKS, Found, Pass, Plan
from connectors.kit.meta_subscriptions import keep_subscribed
from connectors.kit.meta_talks import Talks, hand_over, write_message
from tickets.intake.items import clean_url

from .manifest import FIELDS, MANIFEST, SCOPES

PERSON_FIELDS = "name,first_name,last_name,profile_pic"
_TALKS = Talks(MANIFEST.key, "messenger")


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Write a text or send one file to the person whom the thread is with.

    Raises: Unsupported and Rejected(too_long, empty, window_closed) before any call; OutcomeUnknown when it may have
    been sent; else as the platform answers.
    """
    MANIFEST.require(part.action)
    graph = Graph(account, repeatable=False, needs=SCOPES)
    return write_message(account, graph, path_segment(account.external_id), part, MANIFEST.limits)


def moderate(account: Account, action: Action, target: str) -> Receipt:
    """Take over or hand back the conversation with the person `target`; nothing can be done to a private message.

    Raises: Unsupported before any call; Rejected(not_allowed) when the platform declines; else as it answers.
    """
    MANIFEST.require(action)
    if action not in HANDING:
        raise ValueError("an answer is sent, not moderated")
    graph = Graph(account, repeatable=True, needs=SCOPES)
    return hand_over(graph, path_segment(account.external_id), action, target)


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Who a person is; None where Messenger will not say: without consent, or when they never wrote."""
    answer = read_person(Graph(account, repeatable=True), external_id, PERSON_FIELDS)
    if answer is None:
        return None
    name = answer.text("name") or f"{answer.text('first_name')} {answer.text('last_name')}".strip()
    scope = "" if external_id == account.external_id else account.external_id
    return ProfileItem(external_id, name=name, scope=scope, avatar_url=clean_url(answer.text("profile_pic")))


def refresh(_account: Account) -> Mapping[str, str]:
    """A page token has no end date and cannot be renewed; once it is dead a person has to log in again."""
    raise NeedsReconnect


def watch(account: Account) -> bool:
    """Subscribe to the page's conversations anew where Meta has stopped sending them."""
    graph = Graph(account, repeatable=True, needs=("pages_manage_metadata",))
    return keep_subscribed(graph, path_segment(account.external_id), FIELDS)


def _graph(account: Account) -> Graph:
    return Graph(account, repeatable=True, needs=SCOPES)


def _ask(graph: Graph, account: Account, standing: Pass) -> wire.Node:
    return _TALKS.ask(graph, path_segment(account.external_id), standing.after)


def _read(account: Account, standing: Pass, answer: wire.Node, asked_at: datetime) -> Found:
    unreadable: list[str] = []
    items, more = _TALKS.read(account.external_id, answer, standing.comments_since, asked_at, unreadable)
    return Found([*items], unreadable, enough=not more)


poll = Plan(stages=(TALKS,), graph=_graph, ask=_ask, read=_read).poll
