"""LinkedIn's notifications → items, as webhooks bring them and as the pull finder answers. Pure.

Both hold the same notifications, so one reader serves both. Actions that we do not know are passed over.
Source: Microsoft Learn, "Organization Social Action Notifications", read 2026-11; that a reply names its root comment
as `parentComment` is taken from the Comments API, whose fields the decorated comment has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.kit import wire
from connectors.kit.base import RawRequest
from connectors.kit.errors import Unreadable
from tickets.intake.items import AnyItem, Author, MessageItem, PostItem, ReactionItem, StateItem

from .urns import (
    PLATFORM,
    Comment,
    actor_urn,
    organization_id,
    organization_urn,
    permalink,
    post_urn,
    reacting_actor,
    read_comment,
)

KIND = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
# A notification does not say when the post was written: any other word on the post is newer than its.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification: whose page, what happened, and when, never later than we received it."""

    page: str
    value: wire.Node
    at: datetime

    def made(self, kind: str) -> wire.Node | None:
        """What came of it, described: a comment or a share. None where LinkedIn leaves the description out."""
        found = self.value.child("decoratedGeneratedActivity")
        return found.child(kind) if found else None

    @property
    def post(self) -> str:
        """The post concerned: by its own name where that is told, else by its activity."""
        described = self.value.child("decoratedSourcePost")
        return post_urn(described.text("entity") if described else "") or post_urn(self.value.text("sourcePost"))

    def by_us(self, owner: str) -> bool:
        """Is `owner` our page?"""
        return owner == organization_urn(self.page)


def parse(raw: RawRequest) -> list[AnyItem]:
    """The items in a delivery, in its order. Raises Unreadable naming the place that is not as described."""
    items: list[AnyItem] = []
    for value in _notifications(wire.read(raw.body)):
        page = organization_id(value.text("organizationalEntity"))
        read = _ACTIONS.get(value.text("action"))
        if read and page:
            at = min(value.moment("lastModifiedAt") or raw.received_at, raw.received_at)
            with wire.building(value.path):
                items += read(Notice(page, value, at))
    return items


def _notifications(delivery: wire.Node) -> list[wire.Node]:
    if delivery.has("elements"):
        return delivery.children("elements")
    return delivery.need_children("notifications") if delivery.text("type") == KIND else []


def _commented(notice: Notice) -> list[AnyItem]:
    """A comment that is new or changed. Without its text it is left to the poll, which reads it whole."""
    said = notice.made("comment")
    if said is None:
        return []
    comment, parent = _comment_of(notice), _parent(notice, said)
    owner, action = said.text("owner"), notice.value.text("action")
    root = parent or comment
    message = MessageItem(
        platform=PLATFORM,
        account_external_id=notice.page,
        external_id=comment.urn,
        external_root=root.urn,
        text=said.text("text"),
        at=notice.at,
        version_at=notice.at,
        direction="out" if notice.by_us(owner) or action == "ADMIN_COMMENT" else "in",
        author=author_of(owner),
        parent_external_id=parent.urn if parent else "",
        post_external_id=notice.post,
        permalink=permalink(comment.post, comment),
        edited=action == "COMMENT_EDIT",
    )
    return [*_context(notice), message]


def _comment_gone(notice: Notice) -> list[AnyItem]:
    return [
        StateItem(
            platform=PLATFORM,
            account_external_id=notice.page,
            external_id=_comment_of(notice).urn,
            at=notice.at,
            version_at=notice.at,
            state="deleted",
        )
    ]


def _liked(notice: Notice) -> list[AnyItem]:
    """One like of one of our posts; who liked stands in the name of the like alone."""
    made = notice.made("like")
    actor = reacting_actor(notice.value.text("generatedActivity")) or actor_urn(made.text("owner") if made else "")
    return [_reaction(notice, "like", actor)] if actor and notice.post else []


def _shared(notice: Notice) -> list[AnyItem]:
    """Somebody passed our post on: with words of their own it is a post to answer, without it is counted."""
    share = notice.made("share")
    owner = actor_urn(share.text("owner")) if share else ""
    if share is None or not owner or notice.by_us(owner):
        return []
    if share.text("text").strip():
        return _post_about_us(notice, share, "post")
    return [_reaction(notice, "share", owner)] if notice.post else []


def _mentioned(notice: Notice) -> list[AnyItem]:
    share = notice.made("share")
    if share is None or notice.by_us(share.text("owner")):
        return []
    return _post_about_us(notice, share, "mention")


def _post_about_us(notice: Notice, share: wire.Node, kind: str) -> list[AnyItem]:
    post = post_urn(share.text("entity")) or post_urn(notice.value.text("generatedActivity"))
    if not post:
        raise Unreadable(share.where("entity"))
    author = author_of(share.text("owner"))
    context = PostItem(
        platform=PLATFORM,
        account_external_id=notice.page,
        external_id=post,
        at=notice.at,
        version_at=notice.at,
        text=share.text("text"),
        permalink=permalink(post),
        author=author,
    )
    message = MessageItem(
        platform=PLATFORM,
        account_external_id=notice.page,
        external_id=post,
        external_root=post,
        text=share.text("text"),
        kind="mention" if kind == "mention" else "post",
        at=notice.at,
        version_at=notice.at,
        author=author,
        post_external_id=post,
        permalink=permalink(post),
    )
    return [context, message]


def _context(notice: Notice) -> list[AnyItem]:
    """Our post that the comment stands under, as far as the notification describes it."""
    post = notice.value.child("decoratedSourcePost")
    if post is None or not notice.post or not notice.by_us(post.text("owner")):
        return []
    return [
        PostItem(
            platform=PLATFORM,
            account_external_id=notice.page,
            external_id=notice.post,
            at=notice.at,
            version_at=LONG_AGO,
            text=post.text("text"),
            permalink=permalink(notice.post),
            ours=True,
        )
    ]


def _reaction(notice: Notice, reaction: str, actor: str) -> ReactionItem:
    return ReactionItem(
        platform=PLATFORM,
        account_external_id=notice.page,
        external_id=notice.post,
        at=notice.at,
        version_at=notice.at,
        reaction=reaction,
        actor=actor,
    )


def _comment_of(notice: Notice) -> Comment:
    """The comment concerned. LinkedIn spells it in two ways in one notification; either may be missing."""
    said = notice.made("comment")
    place = notice.value.text("sourcePost")
    names = (said.text("entity") if said else "", notice.value.text("generatedActivity"))
    comment = next((found for name in names if (found := read_comment(name, place))), None)
    if comment is None:
        raise Unreadable(notice.value.where("generatedActivity"))
    return comment


def _parent(notice: Notice, said: wire.Node) -> Comment | None:
    place = notice.value.text("sourcePost")
    return read_comment(said.text("parentComment"), place) or read_comment(said.text("object"), place)


def author_of(urn: str) -> Author | None:
    """Who wrote: a person or page by URN, since LinkedIn tells no names here. None where it hides that, too."""
    return Author(urn) if actor_urn(urn) else None


_ACTIONS: dict[str, Callable[[Notice], list[AnyItem]]] = {
    "COMMENT": _commented,
    "ADMIN_COMMENT": _commented,
    "COMMENT_EDIT": _commented,
    "COMMENT_DELETE": _comment_gone,
    "LIKE": _liked,
    "SHARE": _shared,
    "SHARE_MENTION": _mentioned,
}
