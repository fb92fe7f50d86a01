"""What the network says about things already said: hidden, shown, deleted, a post gone, a reaction set or taken
back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from core.rows import update_rows
from core.secrets import keyed_hash
from tickets.intake.items import MessageItem, PostDeletedItem, ReactionItem, StateItem
from tickets.intake.messages import MessageKey, is_state_news, lock_messages, save_changed, set_state, version_of
from tickets.intake.places import PostKey, bury_posts
from tickets.intake.prepare import Prepared
from tickets.models import Message, MessageState, Reaction, Thread, Tombstone

StateNews = tuple[bool, datetime, str]  # (is it a deletion, as of when, the state): the greatest one holds


def apply_states(prepared: Iterable[Prepared]) -> list[Message]:
    """Hide, show, delete, also where a message tells its own state. News of a message not here yet leaves a tombstone.

    Gives: the messages that changed.
    """
    newest: dict[MessageKey, StateNews] = {}
    for one in prepared:
        if isinstance(one.item, StateItem | MessageItem) and one.item.state:
            key = (one.channel.pk, one.item.external_id)
            news = (one.item.state == "deleted", version_of(one.item), one.item.state)
            newest[key] = max(newest.get(key, news), news)
    if not newest:
        return []
    rows = lock_messages(newest)
    moved = [(m, newest[key]) for key, m in rows.items() if is_state_news(m, newest[key][2], newest[key][1])]
    changed = [m for m, (_, at, state) in moved if set_state(m, state, at)]
    save_changed(m for m, _ in moved)
    _bury({key: news for key, news in newest.items() if key not in rows})
    return changed


def _bury(early: dict[MessageKey, StateNews]) -> None:
    stones = {
        (stone.channel_id, stone.external_id): stone
        for stone in Tombstone.objects.select_for_update()
        .filter(channel_id__in={k[0] for k in early}, external_id__in={k[1] for k in early})
        .order_by("pk")
    }
    fresh = [
        Tombstone(channel_id=key[0], external_id=key[1], state=state, version_at=at)
        for key, (_, at, state) in sorted(early.items())
        if key not in stones
    ]
    Tombstone.objects.bulk_create(fresh)
    for key, stone in stones.items():
        known = (stone.state == MessageState.DELETED, stone.version_at, stone.state)
        if early.get(key, known) > known:
            _, stone.version_at, stone.state = early[key]
            stone.save(update_fields=["state", "version_at"])


def apply_post_deletions(prepared: Iterable[Prepared], dead: dict[PostKey, datetime]) -> list[Message]:
    """A post is gone, and everything under it: the network tells only of the post.

    What comes later under it goes the same way. Takes: dead, posts of the batch's threads that were gone before.
    Gives: the messages that changed.
    """
    gone = {
        (one.channel.pk, one.item.external_id): one.item.at for one in prepared if isinstance(one.item, PostDeletedItem)
    }
    bury_posts(gone)
    dead = gone | dead
    under = Q(pk__in=[])
    for channel_id, post in dead:
        under |= Q(channel_id=channel_id, post_external_id=post) | Q(channel_id=channel_id, external_root=post)
    if not dead:
        return []
    messages = list(
        Message.objects.filter(thread__in=Thread.objects.filter(under))
        .exclude(state=MessageState.DELETED)
        .select_for_update()
        .order_by("pk")
    )
    for message in messages:
        set_state(message, MessageState.DELETED, max(dead.values()))
    save_changed(messages)
    return messages


def apply_reactions(prepared: Iterable[Prepared]) -> set[MessageKey]:
    """Count each person's reaction once, the newest word of each.

    Gives: what was reacted to, where the count changed.
    """
    newest: dict[tuple[int, str, bytes], ReactionItem] = {}
    for one in prepared:
        if isinstance(one.item, ReactionItem):
            hashed = keyed_hash(one.item.actor, purpose=f"reaction:{one.channel.pk}")
            key = (one.channel.pk, one.item.external_id, hashed)
            if key not in newest or _reaction_rank(one.item) > _reaction_rank(newest[key]):
                newest[key] = one.item
    if not newest:
        return set()
    rows = _locked_reactions(newest)
    stale = [key for key in newest if key in rows and _reaction_rank(newest[key]) > _row_rank(rows[key])]
    for key in stale:
        _fill(rows[key], newest[key])
    update_rows([rows[key] for key in stale], ["active", "reaction", "version_at"])
    fresh = sorted(key for key in newest if key not in rows)
    Reaction.objects.bulk_create(
        _fill(Reaction(channel_id=key[0], target_external_id=key[1], actor_hash=key[2]), newest[key]) for key in fresh
    )
    return {(key[0], key[1]) for key in [*stale, *fresh]}


def _reaction_version(item: ReactionItem) -> datetime:
    return item.version_at or item.at


def _reaction_rank(item: ReactionItem) -> tuple[datetime, int, str]:
    return _reaction_version(item), -item.delta, item.reaction


def _row_rank(row: Reaction) -> tuple[datetime, int, str]:
    return row.version_at, -1 if row.active else 1, row.reaction


def _locked_reactions(keys: Iterable[tuple[int, str, bytes]]) -> dict[tuple[int, str, bytes], Reaction]:
    wanted = set(keys)
    found = (
        Reaction.objects.filter(channel_id__in={k[0] for k in wanted}, target_external_id__in={k[1] for k in wanted})
        .select_for_update()
        .order_by("pk")
    )
    return {k: r for r in found if (k := (r.channel_id, r.target_external_id, bytes(r.actor_hash))) in wanted}


def _fill(row: Reaction, item: ReactionItem) -> Reaction:
    row.active = item.delta > 0
    row.reaction = item.reaction
    row.version_at = _reaction_version(item)
    return row


def tickets_of(keys: Sequence[MessageKey] | set[MessageKey]) -> set[int]:
    """The tickets whose messages stand under these (channel, external id) keys."""
    wanted = set(keys)
    if not wanted:
        return set()
    found = Message.objects.filter(
        channel_id__in={k[0] for k in wanted}, external_id__in={k[1] for k in wanted}, ticket__isnull=False
    ).values_list("channel_id", "external_id", "ticket_id")
    return {ticket for channel, external, ticket in found if (channel, external) in wanted and ticket is not None}
