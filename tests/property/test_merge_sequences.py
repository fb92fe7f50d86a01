"""Merging, splitting and undoing, mixed with what customers say: nothing is lost, nothing stands twice."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import SamsvarError
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Message, Status, Ticket, TicketThread, UndoRecord
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.merging import merge_tickets
from tickets.operations.splitting import split_ticket
from tickets.operations.undoing import undo

PAGE = "104000000000001"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROOTS, PEOPLE = ("c1", "c2", "c3"), ("p1", "p2")
number = st.integers(0, 7)
steps = st.one_of(
    st.tuples(st.just("said"), st.sampled_from(ROOTS), st.sampled_from(PEOPLE)),
    st.tuples(st.just("answered"), st.sampled_from(ROOTS), number),
    st.tuples(st.just("merge"), number, number),
    st.tuples(st.just("split"), number, st.sampled_from(["onward", "chosen"])),
    st.tuples(st.just("undo"), number, number),
    st.tuples(st.just("resolve"), number, number),
    st.tuples(st.just("reopen"), number, number),
    st.tuples(st.just("again"), number, number),
)
OPTIONS = settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class World:
    """A page on which two people speak in three threads, and a colleague who tidies up."""

    def __init__(self, actor):
        self.actor, self.news, self.minute = actor, [], 0

    @property
    def now(self):
        return NOW + timedelta(minutes=self.minute)

    def item(self, name, root, by=None, parent=""):
        return MessageItem(
            platform="facebook", account_external_id=PAGE, external_id=name, at=self.now, external_root=root,
            text=f"word {name}", direction="in" if by else "out", parent_external_id=parent,
            author=Author(by, name=by, scope=PAGE) if by else None,
        )  # fmt: skip

    def do(self, step):
        self.minute += 1
        try:
            with transaction.atomic():
                getattr(self, step[0])(*step[1:])
        except SamsvarError:
            pass  # refused: and nothing changed, which the invariants see

    def said(self, root, person):
        self.news.append(self.item(f"m{len(self.news)}", root, by=person))
        apply_items([self.news[-1]], now=self.now)

    def answered(self, root, which):
        parents = [one.external_id for one in self.news if one.external_root == root and one.direction == "in"]
        if parents:
            self.news.append(self.item(f"m{len(self.news)}", root, parent=parents[which % len(parents)]))
            apply_items([self.news[-1]], now=self.now)

    def again(self, first, last):
        apply_items(self.news[first : first + last + 1], now=self.now)

    def case(self, which):
        found = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
        return found[which % len(found)] if found else 0

    def merge(self, keep, other):
        ids = {"keep_id": self.case(keep), "merge_id": self.case(other)}
        merge_tickets(actor=self.actor, other_person=True, now=self.now, **ids)

    def split(self, which, how):
        pk = self.case(which)
        said = list(Message.objects.filter(ticket=pk).order_by("at", "pk").values_list("pk", flat=True))
        if said:
            chosen = {"onward_from": said[len(said) // 2]} if how == "onward" else {"message_ids": said[1::2]}
            split_ticket(actor=self.actor, ticket_id=pk, now=self.now, **chosen)

    def undo(self, which, _other):
        records = list(UndoRecord.objects.order_by("pk"))
        if records:
            undo(actor=self.actor, uid=records[which % len(records)].uid, now=self.now)

    def resolve(self, which, _other):
        resolve_ticket(actor=self.actor, ticket_id=self.case(which), now=self.now)

    def reopen(self, which, _other):
        reopen_ticket(actor=self.actor, ticket_id=self.case(which), now=self.now)


def belongings():
    return dict(Message.objects.values_list("external_id", "ticket_id"))


def check(world):
    assert Message.objects.count() == len(world.news)
    assert not Message.objects.filter(ticket=None).exists()
    assert not Message.objects.filter(ticket__status=Status.MERGED).exists()
    assert not TicketThread.objects.filter(ticket__status=Status.MERGED).exists()
    doubled = TicketThread.objects.filter(is_open=True).values("thread", "customer").annotate(n=Count("pk"))
    assert not doubled.filter(n__gt=1).exists()
    joined = set(TicketThread.objects.values_list("ticket_id", "thread_id"))
    assert set(Message.objects.values_list("ticket_id", "thread_id")) <= joined
    assert not Ticket.objects.filter(status=Status.MERGED, merged_into=None).exists()
    assert not Ticket.objects.filter(merged_into__status=Status.MERGED).exists()
    assert not TicketThread.objects.filter(is_open=True, ticket__status=Status.DONE).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, sum(n) FROM tickets_count GROUP BY 1 HAVING sum(n) <> 0")
        kept = {status: int(n) for status, n in cursor.fetchall()}
    assert kept == dict(Ticket.objects.order_by().values_list("status").annotate(n=Count("pk")))


@pytest.mark.usefixtures("channel")
@OPTIONS
@given(todo=st.lists(steps, min_size=4, max_size=16))
def test_every_word_stands_in_one_case_and_one_open_case_hears_each_customer_in_a_thread(lead, todo):
    world = World(lead)
    with undone():
        for root, person in (("c1", "p1"), ("c2", "p1"), ("c1", "p2")):
            world.said(root, person)
        for step in todo:
            world.do(step)
            check(world)
        before = belongings()
        apply_items(world.news, now=world.now)  # everything once more, in one batch
        assert belongings() == before
        check(world)


tidying = st.one_of(st.tuples(st.just("merge"), number, number), st.tuples(st.just("split"), number, st.just("onward")))


@pytest.mark.usefixtures("channel")
@OPTIONS
@given(
    talk=st.lists(st.tuples(st.sampled_from(ROOTS), st.sampled_from(PEOPLE)), min_size=3, max_size=8),
    todo=st.lists(tidying, min_size=1, max_size=6),
)
def test_undone_in_reverse_everything_is_where_it_was(lead, talk, todo):
    world = World(lead)
    with undone():
        for root, person in talk:
            world.minute += 1
            world.said(root, person)
        before, open_before = belongings(), set(_open())
        for step in todo:
            world.do(step)
        for record in UndoRecord.objects.order_by("-pk"):
            undo(actor=lead, uid=record.uid, now=world.now)
        assert belongings() == before
        assert set(_open()) == open_before
        check(world)


def _open():
    return TicketThread.objects.filter(is_open=True).values_list("ticket_id", "thread_id", "customer_id")
