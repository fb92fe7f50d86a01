"""Connections are lent: used again by the next thread, replaced when the server ended them, never shared by a fork."""

import os
import threading

import psycopg2
import pytest
from django.db import connection, connections, transaction

from core.actors import SYSTEM
from core.audit.record import record
from core.pool import base

pytestmark = pytest.mark.django_db(transaction=True)


def _elsewhere(work):
    """Run in a thread of its own, which gives its connection back."""
    out = []

    def run():
        try:
            out.append(work())
        except Exception as error:
            out.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=20)
    return out[0]


def _backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def _drained():
    connection.ensure_connection()  # or this thread would borrow what the tests mean for others
    base.drain()
    yield
    base.drain()


def _idle():
    return sum(len(kept) for kept in base._idle.values())


def test_the_next_thread_borrows_what_the_last_one_gave_back():
    pids = {_elsewhere(_backend) for _ in range(5)}
    assert (len(pids), _idle()) == (1, 1)
    assert pids != {_backend()}


def test_threads_at_work_together_have_a_connection_each_and_few_are_kept():
    together = threading.Barrier(base.KEEP_IDLE + 4)
    pids = []

    def work():
        pids.append(_backend())
        together.wait(timeout=20)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(base.KEEP_IDLE + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert (len(set(pids)), _idle()) == (base.KEEP_IDLE + 4, base.KEEP_IDLE)


def _end(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def _age(seconds):
    """Make the idle connections look as if given back long ago."""
    for place, kept in base._idle.items():
        base._idle[place] = [(since - seconds, one) for since, one in kept]


def test_a_connection_the_server_ended_is_replaced():
    pid = _elsewhere(_backend)
    _end(pid)
    _age(base.TRUST_SECONDS + 1)
    fresh = _elsewhere(_backend)
    assert isinstance(fresh, int)
    assert fresh != pid


def test_one_that_died_while_still_trusted_fails_once_and_is_not_lent_again():
    pid = _elsewhere(_backend)
    _end(pid)
    assert isinstance(_elsewhere(_backend), Exception)
    assert isinstance(_elsewhere(_backend), int)


def test_work_left_open_is_undone_before_the_next_one_borrows(now):
    def leave_open():
        transaction.set_autocommit(False)
        record(actor=SYSTEM, action="x", object_type="y", object_id=1, now=now)
        return connection.connection.info.backend_pid

    def look():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), pg_backend_pid() FROM audit_auditentry")
            return cursor.fetchone()

    pid = _elsewhere(leave_open)
    assert _elsewhere(look) == (0, pid)
    assert _elsewhere(lambda: connection.get_autocommit()) is True


def test_one_in_a_failed_transaction_is_lent_clean():
    def fail():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    assert isinstance(_elsewhere(fail), Exception)
    assert isinstance(_elsewhere(_backend), int)


def test_a_closed_connection_is_not_kept():
    place = base._place(connection.get_connection_params())
    lone = psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})
    lone.close()
    base.give_back(place, lone)
    assert base.borrow(place) is None


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_neither_borrows_nor_closes_its_parents_connections():
    pid = _elsewhere(_backend)
    place = base._place(connection.get_connection_params())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"1"
        try:
            mine = base._place(connection.get_connection_params())
            kept = base._idle[place][0][1]
            base.give_back(place, kept)  # a wrapper that lived through the fork closes
            if mine != place and base.borrow(mine) is None and not kept.closed and len(base._idle[place]) == 1:
                answer = b"0"
        finally:
            os.write(writing, answer)
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"0"
    os.close(reading)
    os.close(writing)
    assert _elsewhere(_backend) == pid
