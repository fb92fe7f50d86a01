"""Writing on Facebook: public and private answers, hiding, deleting, liking; and asking who somebody is.

Source: Meta, "Comments and @mentions" (2026-04-16) and the Page, Comment and Messages references of v26.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from connectors.kit import wire
from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    Rejected,
    RejectReason,
    RetryLater,
    Unreadable,
)
from connectors.kit.http import path_segment
from connectors.kit.manifest import Action
from connectors.kit.meta_graph import Graph
from connectors.kit.textfit import require_text
from tickets.intake.items import clean_url

from .ids import is_post_of
from .manifest import ENGAGE_SCOPES, MANIFEST, MESSAGE_SCOPES, READ_SCOPES

PERSON_FIELDS = "name,profile_pic"
PAGE_FIELDS = "name,username,link,picture{url}"


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Answer a comment or post: under it, or privately to its author (once, within seven days).

    Raises: Unsupported and Rejected(too_long, empty) before any call; OutcomeUnknown when it may have been sent;
    else as the platform answers.
    """
    MANIFEST.require(part.action)
    if part.action is Action.REPLY_PRIVATE:
        return _reply_privately(account, part)
    return _reply(account, part)


def moderate(account: Account, action: Action, target: str) -> Receipt:
    """Hide, unhide, delete, like or unlike the comment or post `target`. Doing it twice changes nothing.

    Raises: Unsupported before any call; Rejected(not_allowed) when the platform declines; else as it answers.
    """
    MANIFEST.require(action)
    path = path_segment(target)
    graph = Graph(account, repeatable=True, needs=ENGAGE_SCOPES)
    match action:
        case Action.HIDE:
            answer = graph.request(f"{graph.version}/{path}", post_args={"is_hidden": "true"})
        case Action.UNHIDE:
            answer = graph.request(f"{graph.version}/{path}", post_args={"is_hidden": "false"})
        case Action.DELETE:
            answer = graph.delete_object(path)
        case Action.LIKE:
            answer = graph.put_like(path)
        case Action.UNLIKE:
            answer = graph.delete_object(f"{path}/likes")
        case _:
            raise ValueError("an answer is sent, not moderated")
    if answer.get("success") is False:
        raise Rejected(RejectReason.NOT_ALLOWED)
    if answer.get("success") is not True:
        raise RetryLater
    return _receipt(account, graph, target)


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Who a person is, or our own page. None where Facebook will not say, which is usual for mere commenters."""
    ours = external_id == account.external_id
    graph = Graph(account, repeatable=True, needs=READ_SCOPES if ours else ())
    try:
        answer = graph.read(path_segment(external_id), fields=PAGE_FIELDS if ours else PERSON_FIELDS)
    except (Rejected, NeedsReconnect) as error:
        if ours or (isinstance(error, NeedsReconnect) and _dead(error)):
            raise
        return None
    return _page_profile(account, answer) if ours else _person_profile(account, external_id, answer)


def refresh(_account: Account) -> Mapping[str, str]:
    """A page token has no end date and cannot be renewed; once it is dead a person has to log in again."""
    raise NeedsReconnect


def _reply(account: Account, part: OutgoingPart) -> Receipt:
    require_text(part.text, MANIFEST.limits.public_text)
    path = path_segment(part.target_external_id)
    graph = Graph(account, repeatable=False, needs=ENGAGE_SCOPES)
    answer = wire.Node(graph.put_object(path, "comments", message=part.text))
    return _receipt(account, graph, _sent_id(answer, "id"))


def _reply_privately(account: Account, part: OutgoingPart) -> Receipt:
    """Nested values of a form are JSON texts of their own; the old edge `private_replies` is gone."""
    require_text(part.text, MANIFEST.limits.private_text)
    target = part.target_external_id
    if not target:
        raise Rejected(RejectReason.TARGET_GONE)
    named = "post_id" if is_post_of(account.external_id, target) else "comment_id"
    graph = Graph(account, repeatable=False, needs=MESSAGE_SCOPES)
    form = {"recipient": json.dumps({named: target}), "message": json.dumps({"text": part.text})}
    answer = wire.Node(graph.put_object(path_segment(account.external_id), "messages", **form))
    recipient = answer.value.get("recipient_id")
    return _receipt(account, graph, _sent_id(answer, "message_id"), str(recipient or ""))


def _sent_id(answer: wire.Node, key: str) -> str:
    """The new object's id. Without one it was taken all the same, so the outcome is for the echo to tell."""
    try:
        return answer.need_id(key)
    except Unreadable:
        pass
    raise OutcomeUnknown(code="no_id")


def _receipt(account: Account, graph: Graph, external_id: str, recipient: str = "") -> Receipt:
    return Receipt(external_id, graph.answered_at or account.clock(), recipient, graph.pause_seconds)


def _dead(error: NeedsReconnect) -> bool:
    """Is the token itself dead, rather than this one look refused?"""
    return error.code.partition("/")[0] in ("102", "190") or not error.code


def _page_profile(account: Account, answer: wire.Node) -> ProfileItem:
    picture = answer.child("picture")
    data = picture.child("data") if picture else None
    return ProfileItem(
        account.external_id,
        name=answer.text("name"),
        handle=answer.text("username"),
        profile_url=clean_url(answer.text("link")),
        avatar_url=clean_url(data.text("url")) if data else "",
    )


def _person_profile(account: Account, external_id: str, answer: wire.Node) -> ProfileItem:
    return ProfileItem(
        external_id,
        name=answer.text("name"),
        scope=account.external_id,
        avatar_url=clean_url(answer.text("profile_pic")),
    )
