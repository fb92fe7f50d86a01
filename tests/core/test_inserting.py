"""Many new rows by COPY, with ids taken beforehand."""

import uuid
from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.inserting import insert_objects, insert_rows, new_object, take_ids
from tickets.models import Customer, Message, Status, Thread, Ticket, TicketEvent

STORABLE = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture
def thread(channel, now):
    return Thread.objects.create(channel=channel, external_root="r", visibility="public", created_at=now)


@pytest.fixture
def message(channel, thread, now):
    def make(pk, **values):
        common = {"channel_id": channel.pk, "thread_id": thread.pk, "visibility": "public", "content_hash": b"\0\xff\\"}
        times = {"at": now, "received_at": now, "version_at": now}
        given = {"direction": "in", "origin": "customer", "external_id": f"m{pk}"}
        return new_object(Message, id=pk, uid=uuid.uuid4(), **common | times | given | values)

    return make


def test_every_kind_of_value_comes_back_as_it_was(message, now, django_assert_num_queries):
    ids = take_ids({Message: 2})[Message]
    rows = [
        message(next(ids), text="a\tb\\N\nc", masks=[[0, 1, "PHONE\n"]], sealed=b"\0\x80", fold_at=3, edited_at=now),
        message(next(ids), text="\\.", external_id=None, direction="out", state="hidden"),
    ]
    with django_assert_num_queries(1):
        insert_objects(rows)
    names = [field.attname for field in Message._meta.concrete_fields]
    for made, stored in zip(rows, Message.objects.order_by("pk"), strict=True):
        kept = {name: getattr(stored, name) for name in names}
        kept = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in kept.items()}
        assert kept == {name: getattr(made, name) for name in names}
        assert not made._state.adding


@given(texts=st.lists(STORABLE, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_stays_what_it_is(db, now, texts):
    ids = [next(taken) for taken in [take_ids({Customer: len(texts)})[Customer]] for _ in texts]
    with transaction.atomic():
        event = [(f"{n}"[:30], now, {"said": text}) for n, text in enumerate(texts)]
        case = _case(now, ids[0])
        insert_rows(TicketEvent, ("ticket_id", "kind", "at", "data"), ((case.pk, *rest) for rest in event))
        stored = TicketEvent.objects.filter(ticket=case).order_by("pk").values_list("data", flat=True)
        assert [data["said"] for data in stored] == texts
        transaction.set_rollback(True)


def _case(now, customer_id):
    from tickets.models import Brand, Channel

    brand = Brand.objects.create(name="B", slug=f"b{customer_id}")
    channel = Channel.objects.create(brand=brand, platform="facebook", external_id=f"{customer_id}", name="C")
    Customer.objects.create(pk=customer_id, created_at=now)
    return Ticket.objects.create(
        customer_id=customer_id, channel=channel, opened_at=now, last_message_at=now, platform="facebook"
    )


def test_what_is_left_out_has_the_models_default_or_the_databases(db, now):
    case = _case(now, next(take_ids({Customer: 1})[Customer]))
    pk = next(take_ids({Ticket: 1})[Ticket])
    insert_objects(
        [
            new_object(
                Ticket, id=pk, customer_id=case.customer_id, channel_id=case.channel_id, opened_at=now,
                last_message_at=now, platform="facebook", visibility="public",
            )
        ]
    )  # fmt: skip
    made = Ticket.objects.get(pk=pk)
    assert (made.status, made.priority, made.version, made.closed_at, made.subject) == (Status.OPEN, 1, 1, None, "")
    assert made.number > case.number
    # and the triggers of the table have run
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n) FROM tickets_count")
        assert cursor.fetchone() == (2,)


def test_two_objects_share_no_list(message):
    first, second = message(1), message(2)
    first.attachments.append("x")
    assert second.attachments == []


def test_ids_ascend_are_nobody_elses_and_cost_one_statement(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        taken = take_ids({Message: 3, Ticket: 2, Thread: 0})
    lists = {model: list(ids) for model, ids in taken.items()}
    assert [len(lists[model]) for model in (Message, Ticket, Thread)] == [3, 2, 0]
    assert lists[Message] == sorted(set(lists[Message]))
    assert next(take_ids({Message: 1})[Message]) > lists[Message][-1]


def test_nothing_for_no_rows(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_objects([])
        insert_rows(TicketEvent, ("ticket_id", "kind", "at"), [])
        take_ids({Message: 0})


def test_what_the_table_refuses_is_djangos_error(message):
    with pytest.raises(DataError), transaction.atomic():
        insert_objects([message(1, language="x" * 11)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_objects([message(1), message(2, external_id="m1")])
    assert Message.objects.count() == 0


def test_a_default_that_differs_from_row_to_row_must_be_named(db):
    with pytest.raises(LookupError, match="uid needs a value"):
        insert_rows(Message, ("text",), [("a",)])


def test_a_value_of_an_unknown_kind_is_refused(db, now):
    with pytest.raises(TypeError, match="timedelta"):
        insert_rows(TicketEvent, ("ticket_id", "kind", "at"), [(1, "x", timedelta(1))])
