"""Posts and comments as LinkedIn's API answers them → items.

An answer says how things are, not what happened: the time of the news is the time we asked.
Source: Microsoft Learn, "Comments API" and "Posts API", read 2026-11.
"""

from __future__ import annotations

import re
from datetime import datetime

from connectors.kit import wire
from connectors.kit.errors import Unreadable
from tickets.intake.items import Attachment, MessageItem, PostItem

from .parse import author_of
from .urns import PLATFORM, organization_urn, permalink, post_urn, read_comment

_ESCAPED = re.compile(r"\\([(){}\[\]@*_~|<>\\#])")
_NAMED = re.compile(r"@\[((?:[^\[\]\\]|\\.){1,200})\]\(urn:li:[\w:-]{1,100}\)", re.ASCII)
_TAGGED = re.compile(r"\{hashtag\|\\?#\|((?:[^{}|\\]|\\.){1,100})\}")


def plain_text(commentary: str) -> str:
    r"""A post's text without the marks of LinkedIn's "little text": `@[Name](urn:…)`, `{hashtag|\#|word}`, `\(`."""
    text = _TAGGED.sub(r"#\1", _NAMED.sub(r"\1", commentary))
    return _ESCAPED.sub(r"\1", text)


def post_item(page: str, value: wire.Node, asked_at: datetime) -> PostItem | None:
    """A post of ours that stands; None for drafts and the like. Raises Unreadable."""
    post = post_urn(value.need_id("id"))
    if not post:
        raise Unreadable(value.where("id"))
    if value.text("lifecycleState") not in ("", "PUBLISHED") or value.text("author") != organization_urn(page):
        return None
    at = value.moment("publishedAt") or value.moment("createdAt")
    if at is None:
        raise Unreadable(value.where("publishedAt"))
    with wire.building(value.path):
        return PostItem(
            platform=PLATFORM,
            account_external_id=page,
            external_id=post,
            at=min(at, asked_at),
            version_at=asked_at,
            text=plain_text(value.text("commentary")),
            permalink=permalink(post),
            ours=True,
        )


def comment_item(page: str, value: wire.Node, post: str, asked_at: datetime) -> MessageItem:
    """A comment or reply under `post`. Raises Unreadable."""
    place = value.text("object")
    comment = read_comment(value.text("commentUrn"), place, post)
    comment = comment or read_comment(f"urn:li:comment:({post_urn(place) or post},{value.id('id')})")
    if comment is None:
        raise Unreadable(value.where("commentUrn"))
    parent = read_comment(value.text("parentComment"), comment.post)
    made, said = value.child("created"), value.child("message")
    at = made.moment("time") if made else None
    if at is None:
        raise Unreadable(value.where("created.time"))
    with wire.building(value.path):
        return MessageItem(
            platform=PLATFORM,
            account_external_id=page,
            external_id=comment.urn,
            external_root=(parent or comment).urn,
            text=said.text("text") if said else "",
            at=min(at, asked_at),
            version_at=asked_at,
            direction="out" if value.text("actor") == organization_urn(page) else "in",
            author=author_of(value.text("actor")),
            parent_external_id=parent.urn if parent else "",
            post_external_id=post,
            permalink=permalink(comment.post, comment),
            edited=_changed_at(value) > at,
            attachments=tuple(map(_attachment, value.children("content"))),
        )


def answers_of(value: wire.Node) -> int:
    """How many replies stand under a comment."""
    summary = value.child("commentsSummary")
    if summary is None:
        return 0
    return max(summary.number(name) or 0 for name in ("totalFirstLevelComments", "aggregatedTotalComments"))


def _changed_at(value: wire.Node) -> datetime:
    changed, made = value.child("lastModified"), value.child("created")
    moments = [node.moment("time") for node in (changed, made) if node]
    return next(moment for moment in moments if moment)


def _attachment(value: wire.Node) -> Attachment:
    thing = value.child("entity")
    name = (thing.text("image") or thing.text("digitalmediaAsset")) if thing else ""
    return Attachment("image" if value.text("type") == "IMAGE" else "link", url=value.text("url"), external_id=name)
