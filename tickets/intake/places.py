"""Where things were said: posts and threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.inserting import insert_objects, new_object
from core.rows import update_rows
from tickets.intake.items import MessageItem, PostItem
from tickets.intake.prepare import Prepared, masked_name
from tickets.models import Post, Thread
from tickets.sealing import masks_json

ThreadKey = tuple[int, str]  # (channel id, external root)
PostKey = tuple[int, str]  # (channel id, external id)
Pair = tuple[Prepared, MessageItem]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # older than any news of a post


@dataclass(frozen=True, slots=True)
class Threads:
    """The threads of a batch's messages by key, and the ids of those that are new with it."""

    by_key: dict[ThreadKey, Thread]
    new: set[int]

    def names(self) -> Iterator[PostKey]:
        """What the posts that they hang under may be called."""
        return ((t.channel_id, name) for t in self.by_key.values() for name in (t.external_root, t.post_external_id))


class Known(dict[ThreadKey, "Thread | None"]):
    """Threads looked up, None where there is none under that name."""


def known_threads(messages: Iterable[Pair]) -> Known:
    """The threads that these messages may belong to: of their root, and of the post they stand under. One query."""
    wanted = {(one.channel.pk, name) for one, item in messages for name in (item.external_root, item.post_external_id)}
    return _look_up(key for key in wanted if key[1])


def ensure_threads(messages: Sequence[Pair], known: Known, ids: Iterator[int], *, now: datetime) -> Threads:
    """The thread of every message, made where new. At most two statements, one more for roots not looked up before."""
    firsts: dict[ThreadKey, MessageItem] = {}
    for prepared, item in messages:
        key = (prepared.channel.pk, item.external_root)
        if key not in firsts or (item.post_external_id and not firsts[key].post_external_id):
            firsts[key] = item
    known.update(_look_up(firsts.keys() - known.keys()))
    found = {key: thread for key in firsts if (thread := known[key])}
    _learn_posts(found, firsts)
    made = [
        new_object(
            Thread,
            id=next(ids),
            channel_id=channel_id,
            external_root=root,
            visibility=item.visibility,
            post_external_id=item.post_external_id,
            created_at=now,
        )
        for (channel_id, root), item in sorted(firsts.items(), key=lambda pair: pair[0])
        if (channel_id, root) not in found
    ]
    insert_objects(made)
    return Threads(found | {(thread.channel_id, thread.external_root): thread for thread in made}, {t.pk for t in made})


def under_visitor_posts(pairs: Sequence[Pair], known: Known) -> list[Pair]:
    """What is said under a visitor's post belongs to that post's thread, not to a thread of its own.

    Known by the thread that the post itself made. A comment that comes before its visitor's post keeps its own thread.
    """
    roots = {(one.channel.pk, item.external_id) for one, item in pairs if item.external_id == item.external_root}
    roots &= {(one.channel.pk, item.external_id) for one, item in pairs if item.kind == "post"}
    roots |= {
        key for one, item in pairs if item.post_external_id and known[key := (one.channel.pk, item.post_external_id)]
    }
    return [
        (one, replace(item, external_root=item.post_external_id))
        if (one.channel.pk, item.post_external_id) in roots
        else (one, item)
        for one, item in pairs
    ]


# Shared between those who bring messages; whoever moves a thread to another case locks it for themselves alone, so that
# what arrives meanwhile waits here and then finds where it belongs (tickets/case_locks.py).
_LOCKED = """
    SELECT * FROM tickets_thread WHERE channel_id = ANY(%s) AND external_root = ANY(%s) ORDER BY id FOR KEY SHARE
"""


def _look_up(keys: Iterable[ThreadKey]) -> Known:
    known = Known((key, None) for key in keys)
    if known:
        found = Thread.objects.raw(_LOCKED, [list({k[0] for k in known}), list({k[1] for k in known})])
        known.update({key: t for t in found if (key := (t.channel_id, t.external_root)) in known})
    return known


def _learn_posts(known: dict[ThreadKey, Thread], firsts: dict[ThreadKey, MessageItem]) -> None:
    learnt = [t for key, t in known.items() if not t.post_external_id and firsts[key].post_external_id]
    for thread in learnt:
        thread.post_external_id = firsts[thread.channel_id, thread.external_root].post_external_id
    update_rows(learnt, ["post_external_id"])


def apply_posts(prepared: Iterable[Prepared]) -> None:
    """Insert posts, or bring them up to date where the news is newer. At most three statements."""
    newest: dict[PostKey, tuple[Prepared, PostItem]] = {}
    for one in prepared:
        if isinstance(one.item, PostItem):
            key = (one.channel.pk, one.item.external_id)
            if key not in newest or _rank(one, one.item) > _rank(*newest[key]):
                newest[key] = (one, one.item)
    if not newest:
        return
    rows = {(p.channel_id, p.external_id): p for p in _known_posts(newest)}
    fresh = [_fill(Post(channel=one.channel, external_id=item.external_id), one, item)
             for key, (one, item) in sorted(newest.items(), key=lambda pair: pair[0]) if key not in rows]  # fmt: skip
    stale = [_fill(rows[key], one, item) for key, (one, item) in newest.items()
             if key in rows and _rank(one, item) > (rows[key].version_at, rows[key].text)]  # fmt: skip
    Post.objects.bulk_create(fresh)
    update_rows(stale, ["text", "masks", "author_name", "permalink", "published_at", "version_at", "ours"])


def bury_posts(gone: Mapping[PostKey, datetime]) -> None:
    """Take the text of deleted posts; a post not here yet leaves its mark. At most two statements, and one per post."""
    if not gone:
        return
    known = {(post.channel_id, post.external_id): post for post in _known_posts(gone)}
    for key, post in known.items():
        if post.deleted_at is None:
            post.text, post.masks, post.deleted_at = "", [], gone[key]
            post.save(update_fields=["text", "masks", "deleted_at"])
    Post.objects.bulk_create(
        Post(channel_id=key[0], external_id=key[1], version_at=NEVER, deleted_at=gone[key])
        for key in sorted(gone.keys() - known.keys())
    )


def _known_posts(keys: Iterable[PostKey]) -> Iterable[Post]:
    keys = set(keys)
    found = Post.objects.filter(channel_id__in={k[0] for k in keys}, external_id__in={k[1] for k in keys})
    return [post for post in found.select_for_update().order_by("pk") if (post.channel_id, post.external_id) in keys]


def _rank(one: Prepared, item: PostItem) -> tuple[datetime, str]:
    """Newer news wins; equal times are settled by the text, the same way whatever the order."""
    assert one.reading is not None  # noqa: S101  every PostItem is read
    return item.version_at or item.at, one.reading.masked.text


def _fill(post: Post, one: Prepared, item: PostItem) -> Post:
    assert one.reading is not None  # noqa: S101  every PostItem is read
    if post.deleted_at is None:
        post.text, post.masks = one.reading.masked.text, masks_json(one.reading.masked)
    post.author_name = masked_name(item.author.name) if item.author else ""
    post.ours = item.ours
    post.permalink = item.permalink or post.permalink
    post.published_at = min(filter(None, (post.published_at, item.at)))
    post.version_at = item.version_at or item.at
    return post
