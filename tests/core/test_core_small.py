"""Cursors, events, jobs, tries and the audit log."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import jobs
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.audit.record import record, record_many
from core.broker import broker
from core.errors import Invalid, Throttled
from core.events import Event, emit, react
from core.jobs import Job, clear_pending, enqueue, send_hint
from core.paging import cut_page, decode_cursor, encode_cursor
from core.throttle import count_try

instants = st.datetimes(timezones=st.just(UTC))
numbers = st.integers(-(2**63) + 1, 2**63 - 1)


@given(at=instants, number=numbers)
def test_a_cursor_gives_back_what_was_packed(at, number):
    cursor = encode_cursor([at, number])
    assert decode_cursor(cursor, (datetime, int)) == (at, number)
    assert cursor.isascii()
    assert "=" not in cursor


plain = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
zones = st.timezones() | st.just(timezone(timedelta(hours=14, seconds=7, microseconds=5)))
anything = st.one_of(
    st.text(max_size=400),
    st.recursive(plain, st.lists, max_leaves=5).map(lambda value: encode_cursor([value, 1])),
    st.lists(st.integers(), max_size=4).map(encode_cursor),
    st.datetimes(timezones=zones).map(lambda at: encode_cursor([at, 1])),
)


@given(cursor=anything)
@hypothesis_settings(max_examples=300, deadline=None)
def test_any_other_word_is_invalid_and_nothing_else(cursor):
    try:
        at, number = decode_cursor(cursor, (datetime, int))
    except Invalid:
        return
    assert at.utcoffset() == timedelta(0)
    assert type(number) is int


@pytest.mark.parametrize("depth", [100, 5_000])
def test_a_deep_cursor_is_invalid(depth):
    import base64

    with pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(b"[" * depth).decode(), (datetime, int))


def test_a_page_says_whether_more_follows():
    rows = [1, 2, 3]
    assert cut_page(rows, 3, lambda row: (row,)).next_cursor == ""
    assert cut_page([], 3, lambda row: (row,)).rows == ()
    page = cut_page(rows, 2, lambda row: (row,))
    assert (page.rows, decode_cursor(page.next_cursor, (int,))) == ((1, 2), (2,))


@dataclass(frozen=True, slots=True)
class Rang(Event):
    """For this file only."""

    times: int


heard = []


def _listen(event):
    heard.append(event.times)
    if event.times < 0:
        raise ValueError("a reaction that fails")


@pytest.fixture
def listening():
    react(Rang, _listen)
    react(Rang, _listen)
    heard.clear()
    return heard


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(listening):
    with pytest.raises(RuntimeError, match="Rang emitted outside a transaction"):
        emit(Rang(1))
    assert listening == []


@transaction.atomic
def _record_and_fail(now):
    record(actor=SYSTEM, action="x", object_type="y", object_id=1, now=now)
    emit(Rang(-1))


@pytest.mark.django_db(transaction=True)
def test_a_reaction_runs_once_inside_and_its_failure_undoes_all(listening, now):
    with transaction.atomic():
        emit(Rang(1))
    assert listening == [1]
    with pytest.raises(ValueError, match="fails"):
        _record_and_fail(now)
    assert AuditEntry.objects.count() == 0


@pytest.fixture
def hints():
    """What was sent to the workers' queue of this file's jobs."""
    name = "core-test-queue"
    broker().delete(name)
    yield lambda: broker().llen(name)
    broker().delete(name)


ONE = Job("core.test.single", "core-test-queue", single=True)
EACH = Job("core.test.each", "core-test-queue")


def test_of_single_jobs_one_hint_waits_until_it_is_cleared(hints):
    clear_pending(ONE)
    for _ in range(3):
        send_hint(ONE)
    assert hints() == 1
    assert 0 < broker().ttl(ONE.pending_key) <= jobs.PENDING_SECONDS
    clear_pending(ONE)
    send_hint(ONE)
    assert hints() == 2
    clear_pending(ONE)
    for number in range(3):
        send_hint(EACH, part_id=number)
    assert hints() == 5


@pytest.mark.django_db(transaction=True)
def test_a_job_is_asked_for_only_when_the_change_is_committed(hints):
    with transaction.atomic():
        enqueue(EACH, part_id=1)
        assert hints() == 0
    assert hints() == 1
    with transaction.atomic():
        enqueue(EACH, part_id=2)
        transaction.set_rollback(True)
    assert hints() == 1


@pytest.fixture
def broker_down(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker.cache_clear()
    yield
    broker.cache_clear()


@pytest.mark.usefixtures("broker_down")
def test_a_broker_that_is_down_is_logged_without_its_address_and_forgiven(caplog):
    send_hint(ONE)
    clear_pending(ONE)
    assert [line.getMessage() for line in caplog.records] == [
        "hint core.test.single not sent: ConnectionError",
        "pending flag of core.test.single not cleared: ConnectionError",
    ]
    count_try(purpose="t", who="x", most=0, seconds=9)  # lets people through


def test_tries_are_counted_per_person_and_purpose(key):
    who, before = str(key()), set(broker().scan_iter("samsvar:try:*"))  # of earlier tests, for longer than ours
    for _ in range(3):
        count_try(purpose="sign-in", who=who, most=3, seconds=60)
    with pytest.raises(Throttled) as refused:
        count_try(purpose="sign-in", who=who, most=3, seconds=60, message="Later.")
    assert (refused.value.after_seconds, refused.value.message) == (60, "Later.")
    count_try(purpose="other", who=who, most=3, seconds=60)
    count_try(purpose="sign-in", who=who + "x", most=3, seconds=60)
    names = set(broker().scan_iter("samsvar:try:*")) - before
    assert len(names) == 3
    assert not any(who in name for name in names)
    assert all(0 < broker().ttl(name) <= 60 for name in names)


@pytest.mark.django_db
def test_the_audit_log_says_who_did_what_to_what(lead, now, django_assert_num_queries):
    with django_assert_num_queries(2):
        record(actor=lead, action="ticket.moved", object_type="ticket", object_id=7, now=now, team_id=None, n=3)
        record_many(actor=SYSTEM, action="x", object_type="ticket", object_ids=[1, 2, 3], now=now)
    first, *rest = AuditEntry.objects.order_by("pk")
    assert (first.at, first.actor_id, first.action, first.object_id) == (now, lead.pk, "ticket.moved", 7)
    assert first.data == {"team_id": None, "n": 3}
    assert [(row.actor_id, row.object_id, row.data) for row in rest] == [(None, n, {}) for n in (1, 2, 3)]


@pytest.mark.django_db
def test_an_act_without_a_name_is_refused_by_the_database(now):
    with pytest.raises(IntegrityError), transaction.atomic():
        record(actor=SYSTEM, action="", object_type="ticket", object_id=7, now=now)
