"""A merge, its undo and what the customer says meanwhile, all at once: every word in one case, one case that hears."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, OperationalError, connection

from core.errors import Conflict
from tickets.intake.apply import apply_items
from tickets.models import Message, Status, Ticket, TicketThread, UndoRecord
from tickets.operations.merging import merge_tickets
from tickets.operations.undoing import undo

WORDS = 12  # in each thread, one by one
ROUNDS = 4


@pytest.mark.django_db(transaction=True)
def test_words_that_arrive_during_merges_and_undos_stand_once_and_in_a_case_that_is_worked_in(case_of, town, lead, now):
    one, two = case_of("c1", by="p1", minute=-50), case_of("c2", by="p1", minute=-50)
    together, knots = Barrier(4), []

    def closing(call):
        def run():
            together.wait(timeout=30)
            try:
                return call()
            finally:
                connection.close()

        return run

    def speak(root):
        for n in range(WORDS):
            item = town.comment(f"{root}-{n}", by="p1", external_root=root, minute=-40 + n)
            for _again in range(20):  # as intake's caller does
                try:
                    apply_items([item], now=now)
                    break
                except (IntegrityError, OperationalError):
                    continue

    def tidy():
        for _round in range(ROUNDS):
            try:
                merge_tickets(actor=lead, keep_id=one.pk, merge_id=two.pk, now=now)
            except Conflict:
                continue

    def take_back():
        done = 0
        while done < ROUNDS:
            record = UndoRecord.objects.filter(used_at=None).first()
            if record is None:
                done += 1
                continue
            try:
                undo(actor=lead, uid=record.uid, now=now)
            except Conflict:
                continue

    calls = [closing(lambda: speak("c1")), closing(lambda: speak("c2")), closing(tidy), closing(take_back)]
    with ThreadPoolExecutor(4) as hands:
        for each in [hands.submit(call) for call in calls]:
            each.result(timeout=100)

    assert knots == []  # all lock threads, cases and their links in one order
    assert Ticket.objects.count() == 2
    assert Message.objects.count() == 2 + 2 * WORDS
    assert not Message.objects.filter(ticket=None).exists()
    assert not Message.objects.filter(ticket__status=Status.MERGED).exists()
    assert sorted(TicketThread.objects.filter(is_open=True).values_list("thread__external_root", flat=True)) == [
        "c1",
        "c2",
    ]
    assert set(Message.objects.values_list("ticket_id", "thread_id")) <= set(
        TicketThread.objects.values_list("ticket_id", "thread_id")
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_who_undo_at_once_one_does(case_of, lead, now):
    one, two = case_of("c1", by="p1"), case_of("c2", by="p1")
    record = merge_tickets(actor=lead, keep_id=one.pk, merge_id=two.pk, now=now)
    together = Barrier(6)

    def take_back(_hand):
        together.wait(timeout=30)
        try:
            return undo(actor=lead, uid=record.uid, now=now).done
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as hands:
        ends = list(hands.map(take_back, range(6)))

    assert sorted(map(str, ends)) == ["1", *["used"] * 5]
