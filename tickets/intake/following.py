"""Which thread a message follows where conversations have no name of their own: by the names earlier ones are known by.

A mail names what it answers. The thread is that of the first name known on the same channel, so that neither a subject
nor an empty id ever joins two matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from core.secrets import keyed_hash
from tickets.intake.items import MessageItem
from tickets.intake.messages import version_of
from tickets.intake.places import ThreadKey
from tickets.intake.prepare import Prepared
from tickets.models import Thread, ThreadAlias

Pair = tuple[Prepared, MessageItem]
NameKey = tuple[int, bytes]  # (channel id, hash of the name)


def hash_name(name: str) -> bytes:
    """A name as it is stored."""
    return keyed_hash(name, purpose="thread-alias")


def follow(pairs: Sequence[Pair]) -> list[Pair]:
    """Give every message that names others the root of the thread it follows. At most one query.

    Within a batch what is followed stands before what follows it. A message that comes in a later batch than one that
    follows it is found by its own names, which that one has left.
    """
    named = [pair for pair in pairs if pair[1].aliases or pair[1].references]
    if not named:
        return list(pairs)
    roots = _known_roots(named)
    placed: dict[tuple[int, str], Pair] = {}
    for one, item in _followed_first(named):
        keys = [(one.channel.pk, hash_name(name)) for name in (*item.references, *item.aliases)]
        root = next((roots[key] for key in keys if key in roots), item.external_root)
        for key in keys[len(item.references) :]:
            roots.setdefault(key, root)
        placed[one.channel.pk, item.external_id] = (one, replace(item, external_root=root))
    return [placed.get((one.channel.pk, item.external_id), (one, item)) for one, item in pairs]


def _followed_first(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """In order of time, but each after those it names; those that name each other in a ring in order of time alone."""
    ranked = sorted(pairs, key=lambda pair: (version_of(pair[1]), pair[1].external_id))
    own = {
        (one.channel.pk, name): place
        for place, (one, item) in enumerate(ranked)
        for name in set(item.aliases) - set(item.references)
    }
    before = {
        place: {own[key] for name in item.references if (key := (one.channel.pk, name)) in own} - {place}
        for place, (one, item) in enumerate(ranked)
    }
    try:
        order = list(_in_turns(TopologicalSorter(before)))
    except CycleError:
        order = list(range(len(ranked)))
    return (ranked[place] for place in order)


def _in_turns(sorter: TopologicalSorter[int]) -> Iterator[int]:
    """The same order whatever order the pairs came in."""
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def _known_roots(pairs: Iterable[Pair]) -> dict[NameKey, str]:
    wanted = {(one.channel.pk, hash_name(name)) for one, item in pairs for name in (*item.references, *item.aliases)}
    found = ThreadAlias.objects.filter(
        channel_id__in={channel for channel, _ in wanted}, name_hash__in=[hashed for _, hashed in wanted]
    ).values_list("channel_id", "name_hash", "thread__external_root")
    return {key: root for channel, hashed, root in found if (key := (channel, bytes(hashed))) in wanted}


def keep_names(pairs: Iterable[Pair], threads: Mapping[ThreadKey, Thread]) -> None:
    """Remember by which names the threads of these messages are followed; the first to claim a name keeps it."""
    rows: dict[NameKey, ThreadAlias] = {}
    for one, item in pairs:
        thread = threads[one.channel.pk, item.external_root]
        for name in item.aliases:
            key = (one.channel.pk, hash_name(name))
            rows.setdefault(key, ThreadAlias(channel_id=key[0], name_hash=key[1], thread=thread))
    ThreadAlias.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
