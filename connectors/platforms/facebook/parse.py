"""Facebook webhook deliveries → items. Pure: the same bytes give the same items.

A delivery may hold many pages and the updates of the sister platforms; only the page fields below are read here.
Fields, items and verbs that we do not know are passed over, since Facebook adds new ones without notice.
Source: Meta, "Webhooks for Pages", read 2026-11; payloads collected by restfb, 2026-05.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.kit import wire
from connectors.kit.base import RawRequest
from tickets.intake.items import (
    AnyItem,
    Attachment,
    Author,
    MessageItem,
    NetworkState,
    PostDeletedItem,
    PostItem,
    ReactionItem,
    StateItem,
)

from .ids import PLATFORM, is_post_of, root_of
from .objects import shown_state

_WRITTEN = {"add": False, "edit": True, "edited": True}  # verb → is it an edit
_STATES: dict[str, NetworkState] = {"hide": "hidden", "unhide": "visible", "remove": "deleted"}
_POSTS = frozenset({"status", "post", "photo", "video", "share", "link", "album", "event"})


@dataclass(frozen=True, slots=True)
class Change:
    """One update of a page. `sent_at` is the platform's time of the update, never later than we received it."""

    page: str
    value: wire.Node
    sent_at: datetime

    @property
    def at(self) -> datetime:
        """When it happened there; a removal does not say, so there it is the time of the update."""
        return self.value.moment("created_time") or self.sent_at

    @property
    def verb(self) -> str:
        """What happened, in the platform's word."""
        return self.value.text("verb")

    def author(self) -> Author | None:
        """Who did it, None where the platform hides it. Payloads of old have `sender_id` and `sender_name`."""
        number, name = self._person()
        return Author(number, name=name, scope=self.page) if number else None

    def by_page(self) -> bool:
        """Is it our own page's doing: ours, or a colleague's on Facebook itself?"""
        return self._person()[0] == self.page

    def _person(self) -> tuple[str, str]:
        person = self.value.child("from")
        if person is None:
            return self.value.id("sender_id"), self.value.text("sender_name")
        return person.id("id"), person.text("name")

    def state(self, external_id: str) -> list[AnyItem]:
        """The network's new state of a message, nothing where the verb is not about that."""
        if self.verb not in _STATES:
            return []
        return [
            StateItem(
                platform=PLATFORM,
                account_external_id=self.page,
                external_id=external_id,
                at=self.sent_at,
                version_at=self.sent_at,
                state=_STATES[self.verb],
            )
        ]


def parse(raw: RawRequest) -> list[AnyItem]:
    """The items in a delivery, in its order. Raises Unreadable naming the place that is not as described."""
    items: list[AnyItem] = []
    for entry in wire.read(raw.body).need_children("entry"):
        page = entry.need_id("id")
        sent_at = min(entry.moment("time") or raw.received_at, raw.received_at)
        for change in entry.children("changes"):
            read = _FIELDS.get(change.text("field"))
            value = change.child("value") if read else None
            if read and value:
                with wire.building(value.path):
                    items += read(Change(page, value, sent_at))
    return items


def _feed(change: Change) -> list[AnyItem]:
    kind = change.value.text("item")
    if kind == "comment":
        return _comment(change)
    if kind in ("reaction", "like"):
        return _reaction(change)
    return _post(change) if kind in _POSTS else []


def _comment(change: Change) -> list[AnyItem]:
    value = change.value
    comment = value.need_id("comment_id")
    if change.verb not in _WRITTEN:
        return change.state(comment)
    parent = value.id("parent_id")
    post = value.id("post_id") or value.id("open_graph_story_id")
    if not post and is_post_of(change.page, parent):
        post = parent
    root = root_of(change.page, comment, parent, post)
    return [
        MessageItem(
            platform=PLATFORM,
            account_external_id=change.page,
            external_id=comment,
            external_root=root,
            text=value.text("message"),
            at=change.at,
            version_at=change.sent_at,
            direction="out" if change.by_page() else "in",
            author=change.author(),
            parent_external_id="" if root == comment else root,
            post_external_id=post,
            state=shown_state(value),
            edited=_WRITTEN[change.verb],
            attachments=_attachments(value),
        )
    ]


def _post(change: Change) -> list[AnyItem]:
    """Our own post is context; a visitor's is context and a message. Albums and events may come without a post."""
    value = change.value
    post = value.need_id("post_id") if value.text("item") in ("status", "post") else value.id("post_id")
    if not post:
        return []
    if change.verb not in _WRITTEN:
        return _post_state(change, post)
    context = _context(change, post)
    return [context] if context.ours else [context, _whole_post(change, post, "post")]


def _post_state(change: Change, post: str) -> list[AnyItem]:
    """A post that goes takes all under it along; a visitor's is a message that goes, too."""
    if change.verb != "remove":
        return change.state(post)
    gone = PostDeletedItem(
        platform=PLATFORM,
        account_external_id=change.page,
        external_id=post,
        at=change.sent_at,
        version_at=change.sent_at,
    )
    return [gone] if change.by_page() else [gone, *change.state(post)]


def _context(change: Change, post: str) -> PostItem:
    return PostItem(
        platform=PLATFORM,
        account_external_id=change.page,
        external_id=post,
        at=change.at,
        version_at=change.sent_at,
        text=change.value.text("message"),
        author=change.author(),
        ours=change.by_page(),
    )


def _whole_post(change: Change, post: str, kind: str) -> MessageItem:
    """A post that a customer wrote, as the first message of its own thread."""
    return MessageItem(
        platform=PLATFORM,
        account_external_id=change.page,
        external_id=post,
        external_root=post,
        text=change.value.text("message"),
        kind="mention" if kind == "mention" else "post",
        at=change.at,
        version_at=change.sent_at,
        author=change.author(),
        post_external_id=post,
        state=shown_state(change.value),
        edited=_WRITTEN[change.verb],
        attachments=_attachments(change.value),
    )


def _reaction(change: Change) -> list[AnyItem]:
    """Who is hidden cannot be counted once, and a like of the page itself has no target: both are passed over."""
    value, author = change.value, change.author()
    target = value.id("comment_id") or value.id("post_id")
    if not target or author is None or change.verb not in ("add", "edit", "edited", "remove"):
        return []
    return [
        ReactionItem(
            platform=PLATFORM,
            account_external_id=change.page,
            external_id=target,
            at=change.at,
            version_at=change.sent_at,
            reaction=value.text("reaction_type") or "like",
            actor=author.external_id,
            delta=-1 if change.verb == "remove" else 1,
        )
    ]


def _mention(change: Change) -> list[AnyItem]:
    """A post or comment elsewhere that tags our page. On our own posts `feed` tells the same, with its author."""
    value = change.value
    post, comment = value.id("post_id"), value.id("comment_id")
    if is_post_of(change.page, post) or value.text("item") not in ("post", "comment"):
        return []
    if value.text("item") == "post":
        post = value.need_id("post_id")
        if change.verb not in _WRITTEN:
            return _post_state(change, post)
        return [_context(change, post), _whole_post(change, post, "mention")]
    comment = value.need_id("comment_id")
    if change.verb not in _WRITTEN:
        return change.state(comment)
    return [
        MessageItem(
            platform=PLATFORM,
            account_external_id=change.page,
            external_id=comment,
            external_root=root_of(change.page, comment, value.id("parent_id"), post),
            text=value.text("message"),
            kind="mention",
            at=change.at,
            version_at=change.sent_at,
            author=change.author(),
            post_external_id=post,
            edited=_WRITTEN[change.verb],
            attachments=_attachments(value),
        )
    ]


def _rating(change: Change) -> list[AnyItem]:
    """A recommendation of our page. Facebook still lets apps subscribe to these, though it may send none any more."""
    value = change.value
    if value.text("item") == "comment":
        return _comment(change)
    if value.text("item") != "rating":
        return []
    story = value.need_id("open_graph_story_id")
    if change.verb not in _WRITTEN:
        return change.state(story)
    reviewer = value.id("reviewer_id")
    return [
        MessageItem(
            platform=PLATFORM,
            account_external_id=change.page,
            external_id=story,
            external_root=story,
            text=value.text("review_text"),
            kind="review",
            at=change.at,
            version_at=change.sent_at,
            author=Author(reviewer, name=value.text("reviewer_name"), scope=change.page) if reviewer else None,
            edited=_WRITTEN[change.verb],
        )
    ]


def _attachments(value: wire.Node) -> tuple[Attachment, ...]:
    """What came along. A photo post names its picture in `link`, an album of pictures in `photos`."""
    kind, link = value.text("item"), value.text("link")
    pictures = value.texts("photos") or [picture for picture in (value.text("photo"),) if picture]
    if kind == "photo" and not pictures and link:
        pictures = [link]
    number = value.id("photo_id")
    found = [Attachment("image", url=url, external_id=number if len(pictures) == 1 else "") for url in pictures]
    video = value.text("video") or (link if kind == "video" else "")
    if video:
        found.append(Attachment("video", url=video, external_id=value.id("video_id")))
    if link and kind in ("share", "link", "status", "post"):
        found.append(Attachment("link", url=link, external_id=value.id("share_id")))
    return tuple(found)


_FIELDS: dict[str, Callable[[Change], list[AnyItem]]] = {"feed": _feed, "mention": _mention, "ratings": _rating}
