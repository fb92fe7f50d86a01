"""Posts and comments as the Graph API answers them → items.

An answer says how things are, not what happened: the time of the news is the time we asked.
Source: fields of Comment and PagePost, facebook-business-sdk-codegen api_specs, 2026-04.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors.kit import wire
from connectors.kit.errors import Unreadable
from tickets.intake.items import AnyItem, Attachment, Author, MessageItem, NetworkState, PostItem

from .ids import PLATFORM, root_of

POST_FIELDS = "id,message,from{id,name},created_time,permalink_url,is_hidden,full_picture"
COMMENT_FIELDS = (
    "id,message,from{id,name},created_time,permalink_url,is_hidden,parent{id},"
    "attachment{type,title,url,media{image{src}},target{id}}"
)

_Kind = Literal["image", "video", "audio", "file", "link", "sticker", "share"]
_KINDS: dict[str, _Kind] = {"photo": "image", "sticker": "sticker", "share": "link", "animated_image_share": "image"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One object of an answer: whose page, what it says, when we asked."""

    page: str
    value: wire.Node
    asked_at: datetime

    @property
    def at(self) -> datetime:
        """When it was written. Raises Unreadable when the platform leaves it out, since we ask for it."""
        moment = self.value.iso_moment("created_time")
        if moment is None:
            raise Unreadable(self.value.where("created_time"))
        return moment

    def author(self) -> Author | None:
        """Who wrote it; None where privacy or a permission hides it."""
        person = self.value.child("from")
        if person is None or not person.id("id"):
            return None
        return Author(person.id("id"), name=person.text("name"), scope=self.page)

    def ours(self) -> bool:
        """Did our page write it?"""
        author = self.author()
        return author is not None and author.external_id == self.page


def shown_state(value: wire.Node) -> NetworkState | None:
    """Hidden or visible as the object says; None where it does not say."""
    if not value.has("is_hidden"):
        return None
    return "hidden" if value.flag("is_hidden") else "visible"


def post_items(seen: Seen, kind: Literal["post", "mention"]) -> list[AnyItem]:
    """A post as context, and as a message too when it is a customer's. Raises Unreadable."""
    value = seen.value
    with wire.building(value.path):
        post = value.need_id("id")
        context = PostItem(
            platform=PLATFORM,
            account_external_id=seen.page,
            external_id=post,
            at=seen.at,
            version_at=seen.asked_at,
            text=value.text("message"),
            permalink=value.text("permalink_url"),
            author=seen.author(),
            ours=seen.ours(),
        )
        if context.ours:
            return [context]
        picture = value.text("full_picture")
        message = MessageItem(
            platform=PLATFORM,
            account_external_id=seen.page,
            external_id=post,
            external_root=post,
            text=value.text("message"),
            kind=kind,
            at=seen.at,
            version_at=seen.asked_at,
            author=seen.author(),
            post_external_id=post,
            permalink=value.text("permalink_url"),
            state=shown_state(value),
            attachments=(Attachment("image", url=picture),) if picture else (),
        )
        return [context, message]


def comment_item(seen: Seen, post: str) -> MessageItem:
    """A comment or reply under `post`. Raises Unreadable."""
    value = seen.value
    with wire.building(value.path):
        comment, parent = value.need_id("id"), value.child("parent")
        root = root_of(seen.page, comment, parent.id("id") if parent else "", post)
        return MessageItem(
            platform=PLATFORM,
            account_external_id=seen.page,
            external_id=comment,
            external_root=root,
            text=value.text("message"),
            at=seen.at,
            version_at=seen.asked_at,
            direction="out" if seen.ours() else "in",
            author=seen.author(),
            parent_external_id="" if root == comment else root,
            post_external_id=post,
            permalink=value.text("permalink_url"),
            state=shown_state(value),
            attachments=_attachment(value.child("attachment")),
        )


def _attachment(value: wire.Node | None) -> tuple[Attachment, ...]:
    if value is None:
        return ()
    named = value.text("type")
    kind: _Kind = "video" if named.startswith("video") else _KINDS.get(named, "link")
    media, target = value.child("media"), value.child("target")
    image = media.child("image") if media else None
    picture = image.text("src") if image and kind in ("image", "sticker") else ""
    number = target.id("id") if target else ""
    return (Attachment(kind, url=picture or value.text("url"), external_id=number, title=value.text("title")),)
