"""Whatever the order, the batching and the repetition in which news arrives, the rows end the same."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tickets.intake.apply import apply_items
from tickets.intake.items import (
    Attachment,
    Author,
    MessageItem,
    PostDeletedItem,
    PostItem,
    ReactionItem,
    StateItem,
)
from tickets.models import Message, Post, Reaction, Thread, Ticket, TicketThread, Tombstone

PAGE = "104000000000001"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TEXTS = ["Hei!", "Missä minun pakettini on?", "Soita 040 123 4567", "Where is my parcel?", "Moi\nmoi", ""]


def _time(minute):
    return NOW + timedelta(minutes=minute)


def _base(external_id, minute, version):
    return {
        "platform": "facebook",
        "account_external_id": PAGE,
        "external_id": external_id,
        "at": _time(minute),
        "version_at": _time(version),
    }


# What never changes about a message: id → root, post, author (None: hidden; "us": native answer), parent, minute.
WORLD = {
    "c1": ("c1", "P1", "p1", "", -50),
    "c2": ("c1", "P1", "p2", "c1", -45),
    "c3": ("c1", "P1", "p1", "c1", -40),
    "c4": ("c1", "P1", "p1", "c1", -40),  # the same second as c3
    "c5": ("c5", "P2", None, "", -30),
    "c6": ("P3", "P3", "p2", "", 30),  # a visitor's post by a clock that runs ahead
    "n1": ("c1", "P1", "us", "c1", -42),
    "n2": ("c1", "P1", "us", "n1", -38),  # answers the answer
    "n3": ("c5", "P2", "us", "c5", -20),
}
minutes = st.integers(-60, -10)


@st.composite
def message_items(draw):
    external_id = draw(st.sampled_from(sorted(WORLD)))
    root, post, author, parent, minute = WORLD[external_id]
    person = None
    if author and author != "us":
        person = Author(author, name=draw(st.sampled_from(["", f"Person {author}"])), scope=PAGE)
    return MessageItem(
        **_base(external_id, minute, draw(minutes)),
        external_root=root,
        text=draw(st.sampled_from(TEXTS)),
        direction="out" if author == "us" else "in",
        author=person,
        parent_external_id=parent,
        post_external_id=draw(st.sampled_from(["", post])),
        state=draw(st.sampled_from([None, None, "visible", "hidden", "deleted"])),
        edited=draw(st.booleans()),
        permalink=draw(st.sampled_from(["", f"https://fb.example/{external_id}"])),
        attachments=draw(st.sampled_from([(), (Attachment("image", url="https://fb.example/i.jpg"),)])),
    )


@st.composite
def other_items(draw):
    target, minute = draw(st.sampled_from(sorted(WORLD))), draw(minutes)
    post = draw(st.sampled_from(["P1", "P2", "P3"]))
    kind = draw(st.sampled_from(["state", "state", "reaction", "reaction", "post", "post", "gone"]))
    if kind == "state":
        return StateItem(
            **_base(target, minute, minute), state=draw(st.sampled_from(["visible", "hidden", "hidden", "deleted"]))
        )
    if kind == "reaction":
        person, which = draw(st.sampled_from(["p1", "p2"])), draw(st.sampled_from(["like", "love"]))
        base = _base(draw(st.sampled_from(["c1", "P1"])), minute, minute)
        return ReactionItem(**base, actor=person, reaction=which, delta=draw(st.sampled_from([1, -1])))
    if kind == "gone":
        return PostDeletedItem(**_base(post, minute, minute))
    return PostItem(**_base(post, -60, minute), text=draw(st.sampled_from(TEXTS)), ours=True)


@st.composite
def arrivals(draw):
    """The same news twice: once in order of time, one by one; once mixed up, cut in batches, some of it repeated."""
    news = draw(st.lists(st.one_of(message_items(), message_items(), other_items()), min_size=2, max_size=10))
    mixed = draw(st.permutations(news + draw(st.lists(st.sampled_from(news), max_size=3))))
    batches, rest = [], list(mixed)
    while rest:
        size = draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    return sorted(news, key=lambda item: (item.version_at, item.at)), batches


def _messages():
    for m in Message.objects.select_related("thread", "ticket__customer").order_by("external_id"):
        gone = m.state == "deleted"
        identity = m.ticket and m.ticket.customer.identities.get().external_key
        links = (m.thread.external_root, m.parent_external_id, identity, m.customer_id is None)
        yield (
            m.external_id,
            m.state,
            links,
            m.at,
            m.text,
            m.masks,
            m.sealed is None,
            m.attachments,
            (None if gone else (m.permalink, m.language, m.edited_at is not None, m.version_at, bytes(m.content_hash))),
        )


def _tickets():
    for t in Ticket.objects.select_related("customer").order_by("pk"):
        yield (
            t.customer.identities.get().external_key,
            sorted(t.ticket_threads.values_list("thread__external_root", flat=True)),
            (t.customer_name, t.customer.name, t.status, t.priority, t.language, t.team_id, t.visibility, t.trouble),
            (t.opened_at, t.closed_at, t.first_reply_at, t.due_at, t.waiting_since, t.last_message_at, t.preview),
            sorted(t.events.values_list("kind", flat=True)),
            t.previous_id,
        )


def projection():
    """All that the rows say, by the network's names instead of ours; nothing of when or in which order it came."""
    known = Message.objects.values("external_id")
    return {
        "messages": list(_messages()),
        "tickets": sorted(_tickets(), key=lambda row: row[:2]),
        "threads": sorted(Thread.objects.values_list("external_root", "visibility", "post_external_id")),
        "posts": sorted((p.external_id, p.text, p.ours, p.permalink, p.deleted_at is None) for p in Post.objects.all()),
        "reactions": sorted(
            (target, bytes(who), active, which)
            for target, who, active, which in Reaction.objects.values_list(
                "target_external_id", "actor_hash", "active", "reaction"
            )
        ),
        "early": sorted(
            Tombstone.objects.exclude(external_id__in=known).values_list("external_id", "state", "version_at")
        ),
    }


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("channel")
@settings(
    phases=[Phase.explicit, Phase.generate],  # shrinking would outlast the time limit
    max_examples=60,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(arrived=arrivals())
def test_the_rows_are_the_same_in_any_order(arrived):
    in_time, batches = arrived
    with undone():
        for item in in_time:
            apply_items([item], now=NOW)
        expected = projection()
    with undone():
        for batch in batches:
            apply_items(batch, now=NOW)
        found = projection()
        doubled = TicketThread.objects.filter(is_open=True).values("thread", "customer").annotate(n=Count("pk"))
        assert not doubled.filter(n__gt=1).exists()
    for name, rows in expected.items():
        assert found[name] == rows, name
