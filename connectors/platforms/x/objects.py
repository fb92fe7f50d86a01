"""Posts as API v2 gives them → items. Both families of names are read: `tweet…` of old and `post…` since 2026.

Source: docs.x.com, data dictionary and "Edit posts", read 2026-11; openapi.json 2.167.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from connectors.kit import wire
from connectors.kit.errors import RejectReason, Unreadable
from tickets.intake.items import AnyItem, Attachment, Author, MessageItem, PostItem

from .ids import PLATFORM, edits_of, first_of

POST_FIELDS = (
    "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,entities,attachments,lang,"
    "edit_history_tweet_ids,note_tweet"
)
USER_FIELDS = "name,username"
MEDIA_FIELDS = "type,url,preview_image_url,alt_text,variants"
EXPANSIONS = "author_id,attachments.media_keys,referenced_tweets.id"
ASKED = {
    "tweet_fields": POST_FIELDS,
    "user_fields": USER_FIELDS,
    "media_fields": MEDIA_FIELDS,
    "expansions": EXPANSIONS,
}
PROFILE = "https://x.com/"
_KINDS: dict[str, Literal["image", "video", "file"]] = {"photo": "image", "video": "video", "animated_gif": "video"}


@dataclass(frozen=True, slots=True)
class Included:
    """What an answer tells beside its posts: people and media by id, and who wrote the posts referred to."""

    users: dict[str, wire.Node] = field(default_factory=dict)
    media: dict[str, wire.Node] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: wire.Node) -> Included:
        """Read an answer's `includes`. Raises Unreadable."""
        told = answer.child("includes") or wire.Node({})
        posts = told.children("tweets") + told.children("posts")
        return cls(
            {user.need_id("id"): user for user in _listed(told, "users")},
            {media.need_id("media_key"): media for media in told.children("media")},
            {post.need_id("id"): post.id("author_id") for post in posts},
        )

    def author(self, number: str) -> Author | None:
        """The person with this id, None for none."""
        if not number:
            return None
        user = self.users.get(number, wire.Node({}))
        handle = user.text("username")
        return Author(number, name=user.text("name"), handle=handle, profile_url=f"{PROFILE}{handle}" if handle else "")

    def attachments(self, value: wire.Node) -> tuple[Attachment, ...]:
        """The media that `value` names by key."""
        named = value.child("attachments") or wire.Node({})
        return tuple(_attachment(key, self.media.get(key, wire.Node({}))) for key in named.texts("media_keys"))


@dataclass(frozen=True, slots=True)
class Told:
    """One post of an answer: to which account, with what beside it, as of when; `open_to_all` where we may answer
    whoever writes; `pushed` for one that may have waited on its way, so that its own time orders it, not ours.
    """

    account: str
    value: wire.Node
    included: Included
    as_of: datetime
    open_to_all: bool = False
    pushed: bool = False

    @property
    def at(self) -> datetime:
        """When it was written; a clock of theirs that runs ahead does not count."""
        return min(self.value.iso_moment("created_at") or self.as_of, self.as_of)

    @property
    def version_at(self) -> datetime:
        """Orders what we hear of it: of two versions of the same instant the later one wins."""
        if not self.pushed:
            return self.as_of
        return min(self.at + timedelta(microseconds=edits_of(self.value)), self.as_of)

    def referred(self, kind: str) -> str:
        """The id of the post that this one replied_to, quoted or retweeted."""
        value = self.value
        for reference in value.children("referenced_tweets") or value.children("referenced_posts"):
            if reference.text("type") == kind:
                return reference.need_id("id")
        return ""

    def ours(self) -> bool:
        """Did our account write it?"""
        return self.value.id("author_id") == self.account

    def summons(self) -> bool:
        """Does it mention us, quote us, or answer us? Only then X lets us answer it.

        Source: X API changelog of 23 Feb 2026, read 2026-11.
        """
        named = (self.value.child("entities") or wire.Node({})).children("mentions")
        if any(mention.id("id") == self.account for mention in named):
            return True
        quoted = self.included.writers.get(self.referred("quoted"), "")
        return self.account in (quoted, self.value.id("in_reply_to_user_id"))


def items_of(told: Told) -> list[AnyItem]:
    """A post as items: ours is context, unless it answers somebody; a repost is nothing. Raises Unreadable."""
    with wire.building(told.value.path):
        if told.referred("retweeted") or told.referred("reposted"):
            return []
        if told.ours() and not told.referred("replied_to"):
            return [_context(told)]
        return [_message(told)]


def _context(told: Told) -> PostItem:
    return PostItem(
        platform=PLATFORM,
        account_external_id=told.account,
        external_id=first_of(told.value),
        at=told.at,
        version_at=told.version_at,
        text=readable(told.value),
        permalink=_permalink(told),
        author=told.included.author(told.account),
        ours=True,
    )


def _message(told: Told) -> MessageItem:
    value, ours = told.value, told.ours()
    parent = told.referred("replied_to")
    root = value.id("conversation_id") or parent or first_of(value)
    under_us = bool(parent) and parent == root and value.id("in_reply_to_user_id") == told.account
    text = readable(value)
    return MessageItem(
        platform=PLATFORM,
        account_external_id=told.account,
        external_id=first_of(value),
        external_root=root,
        text=without_names(text) if ours else text,
        kind="comment" if under_us else "mention",
        at=told.at,
        version_at=told.version_at,
        direction="out" if ours else "in",
        author=told.included.author(value.id("author_id")),
        parent_external_id=parent,
        post_external_id=root if under_us else "",
        permalink=_permalink(told),
        edited=edits_of(value) > 0,
        attachments=(*told.included.attachments(value), *_quote(told)),
        no_reply="" if ours or told.open_to_all or told.summons() else RejectReason.NOT_SUMMONED,
    )


def _permalink(told: Told) -> str:
    user = told.included.users.get(told.value.id("author_id"), wire.Node({}))
    return f"{PROFILE}{user.text('username') or 'i'}/status/{told.value.need_id('id')}"


def _quote(told: Told) -> tuple[Attachment, ...]:
    quoted = told.referred("quoted")
    return (Attachment("share", url=f"{PROFILE}i/status/{quoted}", external_id=quoted),) if quoted else ()


def readable(value: wire.Node) -> str:
    """The text as people read it: whole where it is long, unescaped, with addresses in place of X's own short ones."""
    long = value.child("note_tweet") or value.child("note_post")
    holder = long if long is not None and long.text("text") else value
    entities = holder.child("entities") or value.child("entities") or wire.Node({})
    return expanded(holder.text("text"), entities)


def expanded(text: str, entities: wire.Node) -> str:
    """Replace each short address by what it stands for; that of the post's own media stands for nothing."""
    for url in entities.children("urls"):
        short, long = url.text("url"), url.text("expanded_url")
        if short.startswith("https://t.co/"):
            text = text.replace(short, "" if url.has("media_key") or not long else long)
    return html.unescape(text).strip()


def without_names(text: str) -> str:
    """X puts the names of those answered in front of an answer; what we wrote begins behind them."""
    while text.startswith("@"):
        _name, _space, rest = text.partition(" ")
        if not rest:
            break
        text = rest.lstrip()
    return text


def _attachment(key: str, media: wire.Node) -> Attachment:
    kind: Literal["image", "video", "file"] = _KINDS.get(media.text("type"), "file")
    url = media.text("url") or _best_variant(media) or media.text("preview_image_url")
    return Attachment(kind, url=url, external_id=key, title=media.text("alt_text"))


def _best_variant(media: wire.Node) -> str:
    """The film with most bits a second."""
    films = [film for film in media.children("variants") if film.text("content_type") == "video/mp4"]
    return max(films, key=lambda film: film.number("bit_rate") or 0).text("url") if films else ""


def _listed(told: wire.Node, name: str) -> list[wire.Node]:
    """A list, also one that stands inside an object under `data`, as in some events."""
    inner = told.value.get(name)
    if isinstance(inner, dict):
        return (told.child(name) or wire.Node({})).children("data")
    return told.children(name)


def require_posts(answer: wire.Node) -> list[wire.Node]:
    """The posts of a page. Without results X leaves `data` out and says so. Raises Unreadable for anything else."""
    meta = answer.child("meta")
    if meta is None or (not answer.has("data") and meta.number("result_count") != 0):
        raise Unreadable("data" if meta else "meta")
    return answer.children("data")
