"""Writing in a private conversation of Meta's, answering a comment in private, and reading what was said there lately.

Source: Meta, "Send a Message" (2026-05-05), "Messenger Platform Policy" (2026-09-28), "Private Replies" (2026-07-02),
the edges conversations and messages of v26.0, read 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tickets.intake.items import Attachment, Author, MessageItem

from . import wire
from .base import Account, OutgoingFile, OutgoingPart, Receipt
from .errors import Rejected, RejectReason, Unreadable
from .manifest import Action, Limits
from .meta_graph import Graph, made_id, require_success
from .textfit import require_text

TALKS_A_PAGE = 25
SHOWN_MESSAGES = 20  # of older ones Meta gives no details, and calls them deleted
_MESSAGE_FIELDS = (
    "id,created_time,from,to,message,sticker,attachments{id,mime_type,name,image_data,video_data,file_url}"
)
TALK_FIELDS = f"id,updated_time,participants,messages.limit({SHOWN_MESSAGES}){{{_MESSAGE_FIELDS}}}"


def write_message(account: Account, graph: Graph, place: str, part: OutgoingPart, limits: Limits) -> Receipt:
    """Write to the person whom the conversation `part.thread_root` is with.

    Takes: place, the path segment of whoever writes; graph, for calls that must not be repeated.
    Raises: Rejected before any call (nobody to write to, too long, empty, window closed); else as the platform answers.
    """
    message = _file_message(part) if part.kind == "attachment" else _text_message(part, limits)
    if not part.thread_root:
        raise Rejected(RejectReason.RECIPIENT_UNAVAILABLE)
    form = {"recipient": {"id": part.thread_root}, "message": message}
    files = {"filedata": _upload(part.files[0])} if part.kind == "attachment" else None
    return _post(graph, place, {**_nested(form), **_grounds(part, account.clock(), limits)}, files)


def reply_privately(graph: Graph, place: str, recipient: dict[str, str], part: OutgoingPart, limits: Limits) -> Receipt:
    """Answer a comment or post, named by `recipient`, to its author alone; the receipt says who that is."""
    return _post(graph, place, _nested({"recipient": recipient, "message": _text_message(part, limits)}), None)


def hand_over(graph: Graph, place: str, action: Action, person: str) -> Receipt:
    """Take the conversation with `person` from another program of the company, or give it back. Repeatable.

    Raises: Rejected(not_allowed) when Meta declines, as it does where the account has no default program.
    Source: Meta, "Conversation Routing", edges take_thread_control and release_thread_control of v26.0, read 2026-11.
    """
    edge = {Action.TAKE_OVER: "take_thread_control", Action.HAND_BACK: "release_thread_control"}[action]
    require_success(graph.request(f"{graph.version}/{place}/{edge}", post_args=_nested({"recipient": {"id": person}})))
    return graph.receipt(person)


def _post(graph: Graph, place: str, form: dict[str, str], files: dict[str, Any] | None) -> Receipt:
    answer = wire.Node(graph.request(f"{graph.version}/{place}/messages", post_args=form, files=files))
    recipient = answer.value.get("recipient_id")
    return graph.receipt(made_id(answer, "message_id"), str(recipient or ""))


def _nested(form: dict[str, Any]) -> dict[str, str]:
    """Nested values of a form are JSON texts of their own."""
    return {name: json.dumps(value) for name, value in form.items()}


def _text_message(part: OutgoingPart, limits: Limits) -> dict[str, Any]:
    require_text(part.text, limits.private_text)
    return {"text": part.text}


def _file_message(part: OutgoingPart) -> dict[str, Any]:
    if len(part.files) != 1:
        raise Rejected(RejectReason.EMPTY)
    return {"attachment": {"type": _file_type(part.files[0].mime), "payload": {"is_reusable": False}}}


def _file_type(mime: str) -> str:
    family = mime.partition("/")[0]
    return family if family in ("image", "video", "audio") else "file"


def _upload(file: OutgoingFile) -> tuple[str, bytes, str]:
    return file.name, file.content, file.mime


def _grounds(part: OutgoingPart, now: datetime, limits: Limits) -> dict[str, str]:
    """On which grounds we may write: an answer at first, later only what a person wrote, at last nothing at all."""
    silence = now - part.heard_at if part.heard_at else None
    if silence is None or limits.unaided_window is None or silence <= limits.unaided_window:
        return {"messaging_type": "RESPONSE"}
    if limits.private_window is not None and silence > limits.private_window:
        raise Rejected(RejectReason.WINDOW_CLOSED)
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


@contextmanager
def noted(unreadable: list[str]) -> Iterator[None]:
    """One odd element must not stop a poll for ever: leave it out and say where it was."""
    try:
        yield
    except Unreadable as error:
        unreadable.append(error.path)


@dataclass(frozen=True, slots=True)
class Talks:
    """How one platform's conversations are read: its word for them, and as whom we ask."""

    platform: str
    word: str

    def ask(self, graph: Graph, place: str, after: str) -> wire.Node:
        """One page of conversations, the latest first."""
        paging = {"after": after} if after else {}
        return graph.read(
            f"{place}/conversations", platform=self.word, fields=TALK_FIELDS, limit=TALKS_A_PAGE, **paging
        )

    def read(
        self, account: str, answer: wire.Node, since: int, asked_at: datetime, unreadable: list[str]
    ) -> tuple[list[MessageItem], bool]:
        """What was said since then, and whether older conversations may hold more of it."""
        items: list[MessageItem] = []
        older = False
        for talk in answer.need_children("data"):
            with noted(unreadable):
                moved = talk.iso_moment("updated_time")
                older = older or (moved is not None and moved.timestamp() < since)
                messages = talk.child("messages") or wire.Node({})
                for message in messages.children("data"):
                    with noted(unreadable):
                        items += self._item(account, talk, message, since, asked_at)
        return items, not older

    def _item(
        self, account: str, talk: wire.Node, message: wire.Node, since: int, asked_at: datetime
    ) -> list[MessageItem]:
        at = message.iso_moment("created_time")
        person = _partner(account, talk)
        if at is None or person is None or at.timestamp() < since:
            return []
        sender = message.child("from")
        ours = sender is not None and sender.id("id") == account
        with wire.building(message.path):
            return [
                MessageItem(
                    platform=self.platform,
                    account_external_id=account,
                    external_id=message.need_id("id"),
                    external_root=person.external_id,
                    text=message.text("message"),
                    kind="dm",
                    visibility="private",
                    direction="out" if ours else "in",
                    author=None if ours else person,
                    at=min(at, asked_at),
                    version_at=asked_at,
                    attachments=_attachments(message),
                )
            ]


def _partner(account: str, talk: wire.Node) -> Author | None:
    """Whom the conversation is with."""
    participants = talk.child("participants") or wire.Node({})
    for each in participants.children("data"):
        if each.id("id") and each.id("id") != account:
            with wire.building(each.path):
                handle = each.text("username")
                return Author(each.id("id"), name=each.text("name") or handle, handle=handle, scope=account)
    return None


def _attachments(message: wire.Node) -> tuple[Attachment, ...]:
    listed = message.child("attachments") or wire.Node({})
    found = [_attachment(each) for each in listed.children("data")]
    if message.text("sticker"):
        found.append(Attachment("sticker", url=message.text("sticker")))
    return tuple(found)


def _attachment(value: wire.Node) -> Attachment:
    shown = value.child("image_data") or value.child("video_data")
    family = value.text("mime_type").partition("/")[0]
    kinds: dict[str, Literal["image", "video", "audio"]] = {"image": "image", "video": "video", "audio": "audio"}
    url = shown.text("url") if shown else value.text("file_url")
    return Attachment(kinds.get(family, "file"), url=url, external_id=value.id("id"), title=value.text("name"))
