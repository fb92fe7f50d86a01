"""Posts in the shape of API v1.1, as the Account Activity webhook carries them → items.

They do not name their conversation, so a message says what it follows and the intake finds the thread.
Source: docs.x.com, "Account Activity API payloads", read 2026-11; v1.1 tweet object from older knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.kit import wire
from connectors.kit.errors import RejectReason, Unreadable
from tickets.intake.items import AnyItem, Attachment, Author, MessageItem, PostItem

from .ids import PLATFORM, first_of
from .objects import PROFILE, expanded, without_names


@dataclass(frozen=True, slots=True)
class OldPost:
    """One post, told to one of our accounts."""

    account: str
    value: wire.Node
    received_at: datetime

    @property
    def number(self) -> str:
        """Its id, the first one of its versions."""
        named = {**self.value.value, "id": self.value.id("id_str") or self.value.need_id("id")}
        return first_of(wire.Node(named, self.value.path))

    @property
    def at(self) -> datetime:
        """When it was written, never later than we heard of it."""
        return min(_old_moment(self.value) or self.received_at, self.received_at)

    def author(self) -> Author:
        """Who wrote it."""
        user = self.value.child("user") or wire.Node({}, self.value.where("user"))
        number, name = user.id("id_str") or user.need_id("id"), user.text("screen_name")
        return Author(number, name=user.text("name"), handle=name, profile_url=f"{PROFILE}{name}" if name else "")

    def text(self) -> str:
        """The whole text as people read it."""
        whole = self.value.child("extended_tweet") or self.value
        said = whole.text("full_text") or self.value.text("full_text") or self.value.text("text")
        return expanded(said, _with_media(whole.child("entities") or wire.Node({})))

    def summons(self) -> bool:
        """Does it mention, quote or answer us?"""
        whole = self.value.child("extended_tweet") or self.value
        named = (whole.child("entities") or wire.Node({})).children("user_mentions")
        quoted = (self.value.child("quoted_status") or wire.Node({})).child("user") or wire.Node({})
        heard = {quoted.id("id_str"), self.value.id("in_reply_to_user_id_str")}
        return self.account in heard or any(mention.id("id_str") == self.account for mention in named)

    def attachments(self) -> tuple[Attachment, ...]:
        """Pictures and films."""
        whole = self.value.child("extended_tweet") or self.value
        media = (whole.child("extended_entities") or wire.Node({})).children("media")
        return tuple(
            Attachment(
                "image" if each.text("type") == "photo" else "video",
                url=each.text("media_url_https"),
                external_id=each.id("id_str"),
            )
            for each in media
        )


def old_items(post: OldPost) -> list[AnyItem]:
    """Ours is context, unless it answers somebody; a repost is nothing. Raises Unreadable."""
    value = post.value
    with wire.building(value.path):
        if value.child("retweeted_status") is not None:
            return []
        author, number, parent = post.author(), post.number, value.id("in_reply_to_status_id_str")
        ours = author.external_id == post.account
        link = f"{PROFILE}{author.handle or 'i'}/status/{number}"
        if ours and not parent:
            return [
                PostItem(
                    platform=PLATFORM,
                    account_external_id=post.account,
                    external_id=number,
                    at=post.at,
                    version_at=post.at,
                    text=post.text(),
                    permalink=link,
                    author=author,
                    ours=True,
                )
            ]
        return [
            MessageItem(
                platform=PLATFORM,
                account_external_id=post.account,
                external_id=number,
                external_root=value.id("conversation_id_str") or parent or number,
                text=without_names(post.text()) if ours else post.text(),
                kind="mention",
                at=post.at,
                version_at=post.at,
                direction="out" if ours else "in",
                author=author,
                parent_external_id=parent,
                permalink=link,
                attachments=post.attachments(),
                references=(parent,) if parent else (),
                aliases=(number,),
                no_reply="" if ours or post.summons() else RejectReason.NOT_SUMMONED,
            )
        ]


def _with_media(entities: wire.Node) -> wire.Node:
    """Addresses to expand, with those of the post's own media marked as such."""
    own = [{"url": each.text("url"), "media_key": "1"} for each in entities.children("media")]
    return wire.Node({"urls": [*(each.value for each in entities.children("urls")), *own]}, entities.path)


def _old_moment(value: wire.Node) -> datetime | None:
    """`Mon Mar 26 16:33:26 +0000 2018`."""
    said = value.text("created_at")
    if not said:
        return None
    try:
        return datetime.strptime(said, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(value.where("created_at")) from None
