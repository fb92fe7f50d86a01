"""Media, comments and mentions as the Graph API answers them → items. The time of the news is the time we asked.

Source: fields of IGMedia and IGComment, facebook-business-sdk-codegen api_specs, 2026-04.
"""

from __future__ import annotations

from datetime import datetime

from connectors.kit import wire
from connectors.kit.errors import Unreadable
from tickets.intake.items import AnyItem, Author, MessageItem, PostItem

from .manifest import MANIFEST

MEDIA_FIELDS = "id,caption,media_type,permalink,timestamp,username"
_COMMENT = "id,text,timestamp,username,from{id,username},hidden,parent_id"
COMMENT_FIELDS = f"{_COMMENT},replies{{{_COMMENT}}}"
MENTIONED_FIELDS = "id,text,timestamp,username,media{id,permalink}"
CAPTION_FIELDS = "id,caption,timestamp,username,permalink"


def author_of(value: wire.Node, account: str) -> Author | None:
    """Who wrote; None where only a name is told, since names change hands."""
    person = value.child("from")
    if person is None or not person.id("id"):
        return None
    handle = person.text("username") or value.text("username")
    return Author(person.id("id"), name=handle, handle=handle, scope=account, profile_url=profile_url(handle))


def profile_url(handle: str) -> str:
    """Where people see the profile."""
    return f"https://www.instagram.com/{handle}/" if handle.replace(".", "").replace("_", "").isalnum() else ""


def written_at(value: wire.Node) -> datetime:
    """When it was written. Raises Unreadable when the platform leaves it out, since we ask for it."""
    moment = value.iso_moment("timestamp")
    if moment is None:
        raise Unreadable(value.where("timestamp"))
    return moment


def post_item(value: wire.Node, account: str, asked_at: datetime) -> PostItem:
    """Media of ours, as context of its comments. Raises Unreadable."""
    with wire.building(value.path):
        return PostItem(
            platform=MANIFEST.key,
            account_external_id=account,
            external_id=value.need_id("id"),
            at=min(written_at(value), asked_at),
            version_at=asked_at,
            text=value.text("caption"),
            permalink=value.text("permalink"),
            ours=True,
        )


def comment_items(value: wire.Node, account: str, media: str, asked_at: datetime, root: str = "") -> list[AnyItem]:
    """A comment with the replies below it. Raises Unreadable."""
    comment = value.need_id("id")
    author = author_of(value, account)
    with wire.building(value.path):
        said = MessageItem(
            platform=MANIFEST.key,
            account_external_id=account,
            external_id=comment,
            external_root=root or value.id("parent_id") or comment,
            text=value.text("text"),
            at=min(written_at(value), asked_at),
            version_at=asked_at,
            direction="out" if author and author.external_id == account else "in",
            author=author,
            parent_external_id=root or value.id("parent_id"),
            post_external_id=media,
            state=("hidden" if value.flag("hidden") else "visible") if value.has("hidden") else None,
        )
    below = value.child("replies") or wire.Node({})
    replies = [
        comment_items(each, account, media, asked_at, root=said.external_root) for each in below.children("data")
    ]
    return [said, *(item for items in replies for item in items)]


def mention_item(value: wire.Node, account: str, external_id: str, text: str, asked_at: datetime) -> MessageItem:
    """A mention of our account elsewhere. Only the name of who wrote it is told, so that name is whom we know."""
    handle, media = value.text("username"), value.child("media")
    author = Author(f"@{handle}", name=handle, handle=handle, scope=account, profile_url=profile_url(handle))
    with wire.building(value.path):
        return MessageItem(
            platform=MANIFEST.key,
            account_external_id=account,
            external_id=external_id,
            external_root=external_id,
            text=text,
            kind="mention",
            at=min(written_at(value), asked_at),
            version_at=asked_at,
            author=author if handle else None,
            permalink=(media or value).text("permalink"),
        )
