"""A draft is saved while the customer's next message is being stored: neither waits for the other, so no knot is tied.

The draft refers to the case and gives the customer a key; the message changes the case and refers to the customer.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import connection, transaction

from tickets.models import Customer, Draft, Message
from tickets.operations.drafting import save_draft

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def held_open(act):
    """`act` done in another connection's transaction, which commits when the block ends."""
    done, release = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                act()
                done.set()
                assert release.wait(timeout=30)
        finally:
            done.set()
            connection.close()

    with ThreadPoolExecutor(1) as hand:
        held = hand.submit(hold)
        assert done.wait(timeout=30)
        try:
            yield
        finally:
            release.set()
        held.result(timeout=30)


@contextmanager
def impatience():
    """Waiting for a lock is an error here."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


@pytest.fixture
def begin_to_write(case_of, agent, now):
    case = case_of("c1", by="p1")
    assert Customer.objects.get().data_key_id is None
    return lambda: save_draft(actor=agent, ticket_id=case.pk, mode="public", text="Hei", base_revision=0, now=now)


@pytest.fixture
def answer(town, take_in):
    return lambda text: take_in(town.comment("c2", text, by="p1", external_root="c1", minute=5))


def test_a_draft_does_not_wait_for_a_message(begin_to_write, answer):
    with held_open(lambda: answer("Hei igjen")), impatience():
        begin_to_write()
    assert (Draft.objects.count(), Message.objects.count()) == (1, 2)


def test_a_message_does_not_wait_for_a_draft(begin_to_write, answer):
    with held_open(begin_to_write), impatience():
        answer("Hei igjen")
    assert (Draft.objects.count(), Message.objects.count()) == (1, 2)
