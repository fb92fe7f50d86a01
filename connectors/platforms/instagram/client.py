"""Writing on Instagram: under comments, to people, and about what stands; asking who somebody is; reading mentions.

Source: Meta, "Private Replies" (2026-07-02), "Mentions", and the edges replies, mentions and messages of v26.0.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.kit import wire
from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import Rejected, RejectReason
from connectors.kit.http import path_segment
from connectors.kit.manifest import HANDING, Action
from connectors.kit.meta_graph import Graph, made_id, read_person, require_success
from connectors.kit.meta_standing import gone, stands
from connectors.kit.meta_subscriptions import keep_subscribed
from connectors.kit.meta_talks import hand_over, reply_privately, write_message
from connectors.kit.textfit import require_text
from tickets.intake.items import AnyItem, clean_url

from .ids import mentioned_at
from .login import ME, login_of, reader
from .manifest import MANIFEST
from .objects import CAPTION_FIELDS, MENTIONED_FIELDS, mention_item, profile_url

PERSON_FIELDS = "name,username,profile_pic"
ACCOUNT_FIELDS = "name,username,profile_picture_url"


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Answer a comment or mention for all to see, answer a comment in private (once, within seven days), or write in a
    conversation.

    Raises: Unsupported and Rejected(too_long, empty, window_closed) before any call; OutcomeUnknown when it may have
    been sent; else as the platform answers.
    """
    MANIFEST.require(part.action)
    if part.action is Action.REPLY_PUBLIC:
        return _reply(account, part)
    if part.visibility != "private":
        raise Rejected(RejectReason.NOT_ALLOWED, code="file_in_public")
    login = login_of(account)
    graph = Graph(account, repeatable=False, needs=login.messages, host=login.host)
    if part.thread_root or part.kind == "attachment":
        return write_message(account, graph, ME, part, MANIFEST.limits)
    if not part.target_external_id:
        raise Rejected(RejectReason.TARGET_GONE)
    return reply_privately(graph, ME, {"comment_id": part.target_external_id}, part, MANIFEST.limits)


def moderate(account: Account, action: Action, target: str) -> Receipt:
    """Hide, unhide or delete the comment `target`, or take over or hand back the conversation with the person
    `target`. Doing it twice changes nothing.

    Raises: Unsupported before any call; Rejected(not_allowed) when the platform declines; else as it answers.
    """
    MANIFEST.require(action)
    path, login = path_segment(target), login_of(account)
    if action in HANDING:
        talks = Graph(account, repeatable=True, needs=login.messages, host=login.host)
        return hand_over(talks, ME, action, target)
    graph = Graph(account, repeatable=True, needs=login.comments, host=login.host)
    match action:
        case Action.HIDE | Action.UNHIDE:
            hide = "true" if action is Action.HIDE else "false"
            answer = graph.request(f"{graph.version}/{path}", post_args={"hide": hide})
        case Action.DELETE:
            answer = graph.delete_object(path)
        case _:
            raise ValueError("an answer is sent, not moderated")
    require_success(answer)
    return graph.receipt(target)


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Who a person is, or our own account. None where Instagram will not say: it tells of people who wrote to us."""
    ours = external_id == account.external_id
    graph = reader(account)
    answer = read_person(graph, external_id, ACCOUNT_FIELDS if ours else PERSON_FIELDS)
    if answer is None:
        return None
    handle = answer.text("username")
    return ProfileItem(
        external_id,
        name=answer.text("name") or handle,
        handle=handle,
        scope="" if ours else account.external_id,
        profile_url=profile_url(handle),
        avatar_url=clean_url(answer.text("profile_pic") or answer.text("profile_picture_url")),
    )


def watch(account: Account) -> bool:
    """Subscribe to the account's news anew where Meta has stopped sending them."""
    login = login_of(account)
    return keep_subscribed(reader(account), ME, login.fields)


def read(account: Account, external_id: str) -> list[AnyItem]:
    """What a mention says, which its webhook only names. Nothing for a name that is not a mention's.

    Raises: Rejected(target_gone) when it stands no more; else as the platform answers.
    """
    found = mentioned_at(external_id)
    if found is None:
        return []
    media, comment = found
    edge, named, fields, text = (
        ("mentioned_comment", f"comment_id({comment})", MENTIONED_FIELDS, "text")
        if comment
        else ("mentioned_media", f"media_id({media})", CAPTION_FIELDS, "caption")
    )
    if not (comment or media).isdigit():
        raise Rejected(RejectReason.TARGET_GONE, code="bad_id")
    answer = reader(account).read(path_segment(account.external_id), fields=f"{edge}.{named}{{{fields}}}")
    told = answer.child(edge)
    if told is None:
        raise Rejected(RejectReason.TARGET_GONE)
    return [mention_item(told, account.external_id, external_id, told.text(text), account.clock())]


def recheck(account: Account, external_ids: Sequence[str]) -> Sequence[AnyItem]:
    """News of those comments that are gone, of which Instagram never tells. One call, for one comment."""
    graph = reader(account)
    comments = [one for one in external_ids if mentioned_at(one) is None]
    return [gone(MANIFEST.key, account, one) for one in comments if not stands(graph, one)]


def _reply(account: Account, part: OutgoingPart) -> Receipt:
    """Replies are one level deep: an answer to a reply goes to the comment it stands under."""
    require_text(part.text, MANIFEST.limits.public_text)
    login = login_of(account)
    graph = Graph(account, repeatable=False, needs=login.comments, host=login.host)
    mention = mentioned_at(part.target_external_id)
    if mention is not None:
        media, comment = mention
        form = {"media_id": media, **({"comment_id": comment} if comment else {}), "message": part.text}
        path = f"{path_segment(account.external_id)}/mentions"
    else:
        form, path = {"message": part.text}, f"{path_segment(part.thread_root or part.target_external_id)}/replies"
    answer = wire.Node(graph.request(f"{graph.version}/{path}", post_args=form))
    return graph.receipt(made_id(answer, "id"))
