"""Writing on Facebook: public and private answers, hiding, deleting, liking; and asking who somebody is.

Source: Meta, "Comments and @mentions" (2026-04-16) and the Page, Comment and Messages references of v26.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.kit import wire
from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import NeedsReconnect, Rejected, RejectReason
from connectors.kit.http import path_segment
from connectors.kit.manifest import Action
from connectors.kit.meta_graph import Graph, made_id, read_person, require_success
from connectors.kit.meta_standing import gone, stands
from connectors.kit.meta_subscriptions import keep_subscribed
from connectors.kit.meta_talks import reply_privately
from connectors.kit.textfit import require_text
from tickets.intake.items import AnyItem, clean_url

from .ids import is_post_of
from .manifest import ENGAGE_SCOPES, FIELDS, MANIFEST, MESSAGE_SCOPES, READ_SCOPES

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
    require_success(answer)
    return graph.receipt(target)


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Who a person is, or our own page. None where Facebook will not say, which is usual for mere commenters."""
    if external_id == account.external_id:
        graph = Graph(account, repeatable=True, needs=READ_SCOPES)
        return _page_profile(account, graph.read(path_segment(external_id), fields=PAGE_FIELDS))
    answer = read_person(Graph(account, repeatable=True), external_id, PERSON_FIELDS)
    return _person_profile(account, external_id, answer) if answer else None


def refresh(_account: Account) -> Mapping[str, str]:
    """A page token has no end date and cannot be renewed; once it is dead a person has to log in again."""
    raise NeedsReconnect


def watch(account: Account) -> bool:
    """Subscribe to the page's news anew where Meta has stopped sending them."""
    graph = Graph(account, repeatable=True, needs=("pages_manage_metadata",))
    return keep_subscribed(graph, path_segment(account.external_id), FIELDS)


def recheck(account: Account, external_ids: Sequence[str]) -> Sequence[AnyItem]:
    """News of those comments that are gone, though no webhook told. One call, for one comment."""
    graph = Graph(account, repeatable=True, needs=READ_SCOPES)
    return [gone(MANIFEST.key, account, one) for one in external_ids if not stands(graph, one)]


def _reply(account: Account, part: OutgoingPart) -> Receipt:
    require_text(part.text, MANIFEST.limits.public_text)
    path = path_segment(part.target_external_id)
    graph = Graph(account, repeatable=False, needs=ENGAGE_SCOPES)
    answer = wire.Node(graph.put_object(path, "comments", message=part.text))
    return graph.receipt(made_id(answer, "id"))


def _reply_privately(account: Account, part: OutgoingPart) -> Receipt:
    target = part.target_external_id
    if not target:
        raise Rejected(RejectReason.TARGET_GONE)
    named = "post_id" if is_post_of(account.external_id, target) else "comment_id"
    graph = Graph(account, repeatable=False, needs=MESSAGE_SCOPES)
    return reply_privately(graph, path_segment(account.external_id), {named: target}, part, MANIFEST.limits)


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
