"""Writing on X: answers, direct messages, deleting our own, hiding replies; and asking who somebody is.

Source: docs.x.com, "Manage posts", "Manage direct messages", "Hide replies" and "Users lookup", read 2026-11.
"""

from __future__ import annotations

import re

from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import OutcomeUnknown, Rejected, RejectReason, RetryLater, Unreadable
from connectors.kit.http import path_segment
from connectors.kit.manifest import Action
from connectors.kit.textfit import require_text
from tickets.intake.items import clean_url

from .calls import Api, data_of
from .ids import is_message, message_id
from .manifest import MANIFEST, MESSAGE_SCOPES, MODERATE_SCOPES, READ_SCOPES, WRITE_SCOPES
from .objects import PROFILE
from .settings import require_writing

_CONVERSATION = re.compile(r"\d+-\d+|\d+")


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Answer a post in public, or write a direct message.

    Raises: Unsupported and Rejected(too_long, empty, read_only) before any call; OutcomeUnknown when it may have been
    sent; else as the platform answers.
    """
    MANIFEST.require(part.action)
    require_writing(account)
    return _write(account, part) if part.action is Action.REPLY_PRIVATE else _reply(account, part)


def moderate(account: Account, action: Action, target: str) -> Receipt:
    """Hide or show a reply in a conversation of ours, or delete our own post. Doing it twice changes nothing.

    Raises: Unsupported before any call; Rejected(not_allowed) for a direct message; else as the platform answers.
    """
    MANIFEST.require(action)
    require_writing(account)
    path = path_segment(target)
    if is_message(target):
        raise Rejected(RejectReason.NOT_ALLOWED)
    api = Api(account, repeatable=True, needs=MODERATE_SCOPES)
    if action is Action.DELETE:
        answer, done = api.delete_tweet(path, user_auth=False), "deleted"
    else:
        act = api.hide_reply if action is Action.HIDE else api.unhide_reply
        answer, done = act(path, user_auth=False), "hidden"
    if data_of(answer).value.get(done) is not (action is not Action.UNHIDE):
        raise RetryLater
    return Receipt(target, api.answered_at or account.clock())


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Who a person is, or our own account. None for one who is gone or suspended."""
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    try:
        fields = "name,username,profile_image_url"
        user = data_of(api.get_user(id=path_segment(external_id), user_fields=fields, user_auth=False))
    except Rejected:
        return None
    handle = user.text("username")
    if not handle:
        return None
    return ProfileItem(
        external_id,
        name=user.text("name"),
        handle=handle,
        profile_url=f"{PROFILE}{handle}",
        avatar_url=clean_url(user.text("profile_image_url")),
    )


def _reply(account: Account, part: OutgoingPart) -> Receipt:
    require_text(part.text, MANIFEST.limits.public_text)
    target = part.target_external_id
    if not target or is_message(target):
        raise Rejected(RejectReason.TARGET_GONE)
    api = Api(account, repeatable=False, needs=WRITE_SCOPES)
    answer = api.create_tweet(text=part.text, in_reply_to_tweet_id=target, user_auth=False)
    return Receipt(_made(answer, "id"), api.answered_at or account.clock())


def _write(account: Account, part: OutgoingPart) -> Receipt:
    """In the conversation where there is one; else to who wrote the post that is answered in private."""
    require_text(part.text, MANIFEST.limits.private_text)
    api = Api(account, repeatable=False, needs=MESSAGE_SCOPES)
    if _CONVERSATION.fullmatch(part.thread_root):
        answer = api.create_direct_message(dm_conversation_id=part.thread_root, text=part.text, user_auth=False)
    elif part.recipient:
        person = path_segment(part.recipient)
        answer = api.create_direct_message(participant_id=person, text=part.text, user_auth=False)
    else:
        raise Rejected(RejectReason.RECIPIENT_UNAVAILABLE)
    made = message_id(_made(answer, "dm_event_id"))
    return Receipt(made, api.answered_at or account.clock(), part.recipient)


def _made(answer: object, name: str) -> str:
    """The new id. Without one it was taken all the same, so the outcome is for the echo to tell."""
    try:
        return data_of(answer).need_id(name)
    except Unreadable:
        pass
    raise OutcomeUnknown(code="no_id")
