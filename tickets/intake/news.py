"""What the network says about things already said: hidden, shown, deleted, a post gone, a reaction set or taken
back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from core.secrets import keyed_hash
from tickets.intake.items import PostDeletedItem, ReactionItem, StateItem
from tickets.intake.messages import MessageKey, lock_messages, save_changed, set_state, version_of
from tickets.intake.prepare import Prepared
from tickets.models import Message, MessageState, Post, Reaction, Thread, Tombstone


def apply_states(prepared: Iterable[Prepared]) -> list[Message]:
    """Hide, show, delete. News of a message not here yet leaves a tombstone. Gives: the messages that changed."""
    newest: dict[MessageKey, StateItem] = {}
    for one in prepared:
        if isinstance(one.item, StateItem):
            key = (one.channel.pk, one.item.external_id)
            if key not in newest or _rank(one.item) > _rank(newest[key]):
                newest[key] = one.item
    rows = lock_messages(newest)
    changed = [m for key, m in rows.items() if set_state(m, newest[key].state, version_of(newest[key]))]
    save_changed(changed)
    _bury({key: item for key, item in newest.items() if key not in rows})
    return changed


def _rank(item: StateItem) -> tuple[bool, datetime, str]:
    """A deletion outranks everything, then the later news; equal times are settled by the word."""
    return item.state == "deleted", version_of(item), item.state


def _bury(early: dict[MessageKey, StateItem]) -> None:
    stones = {
        (stone.channel_id, stone.external_id): stone
        for stone in Tombstone.objects.select_for_update()
        .filter(channel_id__in={k[0] for k in early}, external_id__in={k[1] for k in early})
        .order_by("pk")
    }
    fresh = [
        Tombstone(channel_id=key[0], external_id=key[1], state=item.state, version_at=version_of(item))
        for key, item in sorted(early.items(), key=lambda pair: pair[0])
        if key not in stones
    ]
    Tombstone.objects.bulk_create(fresh)
    for key, stone in stones.items():
        if key in early and _outranks(early[key], stone):
            stone.state, stone.version_at = early[key].state, version_of(early[key])
            stone.save(update_fields=["state", "version_at"])


def _outranks(item: StateItem, stone: Tombstone) -> bool:
    return _rank(item) > (stone.state == MessageState.DELETED, stone.version_at, stone.state)


def apply_post_deletions(prepared: Iterable[Prepared]) -> list[Message]:
    """A post is gone, and everything under it: the network tells only of the post. Gives: the messages that changed."""
    gone = [(one, one.item) for one in prepared if isinstance(one.item, PostDeletedItem)]
    if not gone:
        return []
    under = Q(pk__in=[])
    for one, item in gone:
        Post.objects.filter(channel=one.channel, external_id=item.external_id, deleted_at=None).update(
            deleted_at=item.at, text="", masks=[]
        )
        under |= Q(channel=one.channel, post_external_id=item.external_id)
        under |= Q(channel=one.channel, external_root=item.external_id)
    threads = Thread.objects.filter(under)
    messages = list(
        Message.objects.filter(thread__in=threads)
        .exclude(state=MessageState.DELETED)
        .select_for_update()
        .order_by("pk")
    )
    at = max(item.at for _, item in gone)
    for message in messages:
        set_state(message, MessageState.DELETED, at)
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
    stale = [key for key in newest if key in rows and _reaction_version(newest[key]) > rows[key].version_at]
    for key in stale:
        _fill(rows[key], newest[key])
    Reaction.objects.bulk_update([rows[key] for key in stale], ["active", "reaction", "version_at"])
    fresh = sorted(key for key in newest if key not in rows)
    Reaction.objects.bulk_create(
        _fill(Reaction(channel_id=key[0], target_external_id=key[1], actor_hash=key[2]), newest[key]) for key in fresh
    )
    return {(key[0], key[1]) for key in [*stale, *fresh]}


def _reaction_version(item: ReactionItem) -> datetime:
    return item.version_at or item.at


def _reaction_rank(item: ReactionItem) -> tuple[datetime, int, str]:
    return _reaction_version(item), -item.delta, item.reaction


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
