"""What odd webhooks end as, whatever their order and however often they come."""

import random
import unicodedata
from datetime import timedelta

import pytest

from connectors.models import Delivery
from connectors.operations.ingesting import ingest_waiting
from tickets.models import Message, Reaction, Thread, Ticket, Tombstone


@pytest.fixture
def history(comment, page_of, now):
    """One day on a page: a question, its edit, an answer under it, a hide, a removal, a reaction."""

    def later(minutes):
        return {"at": now + timedelta(minutes=minutes)}

    def news(verb, number, minutes):
        value = {"item": "comment", "verb": verb, "comment_id": number, "from": {"id": "7100", "name": "Aino Korhonen"}}
        return page_of({"field": "feed", "value": value}, **later(minutes))

    reaction = {"item": "reaction", "verb": "add", "comment_id": "1_10", "reaction_type": "love",
                "from": {"id": "7200", "name": "Olli"}, "created_time": int(now.timestamp()) + 60}  # fmt: skip
    return [
        comment("1_10", "Missä tilaus?"),
        comment("1_10", "Missä tilaukseni on?", verb="edited", **later(2)),
        comment("1_11", "Sama täällä", person="7300", name="Olli", parent="1_10", **later(3)),
        comment("1_12", "Kiitos", parent="1_10", **later(4)),
        news("hide", "1_11", 5),
        news("unhide", "1_11", 6),
        news("remove", "1_12", 7),
        page_of({"field": "feed", "value": reaction}, **later(8)),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_and_split_news_gives_the_same_rows(history, endpoint, keep, now, seed):
    # given
    late = now + timedelta(hours=1)
    random.Random(seed).shuffle(history)
    # when it comes in any order, in batches, and all of it is run once more
    for start in range(0, len(history), 3):
        keep(endpoint, *history[start : start + 3], received_at=late)
        ingest_waiting(now=late)
    Delivery.objects.update(state="new")
    ingest_waiting(now=late)
    # then
    assert dict(Message.objects.values_list("external_id", "text")) == {
        "1_10": "Missä tilaukseni on?", "1_11": "Sama täällä", "1_12": ""}  # fmt: skip
    assert dict(Message.objects.values_list("external_id", "state")) == {
        "1_10": "visible", "1_11": "visible", "1_12": "deleted"}  # fmt: skip
    assert sorted(Ticket.objects.values_list("customer_name", flat=True)) == ["Aino Korhonen", "Olli"]
    assert list(Reaction.objects.values_list("target_external_id", "reaction", "active")) == [("1_10", "love", True)]
    assert Thread.objects.count() == 1


def test_a_deletion_that_comes_first_leaves_a_stone_and_no_text(take_in, history):
    # when
    take_in(history[6])
    # then
    assert list(Tombstone.objects.values_list("external_id", "state")) == [("1_12", "deleted")]
    assert Message.objects.count() == 0
    # and what was deleted arrives without its words
    take_in(history[3])
    message = Message.objects.get()
    assert (message.external_id, message.text, message.state) == ("1_12", "", "deleted")


def test_news_from_the_future_is_as_new_as_its_arrival(take_in, comment, now):
    # given a clock that runs three years ahead
    take_in(comment("1_10", "tulevaisuus", at=now + timedelta(days=1000)))
    message = Message.objects.get()
    assert (message.at, message.version_at) == (now, now)
    # when a later edit with a right clock comes
    take_in(comment("1_10", "nykyisyys", verb="edited", at=now + timedelta(hours=1)), at=now + timedelta(hours=1))
    # then it counts
    assert Message.objects.get().text == "nykyisyys"


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("comment_id", None, "entry.0.changes.0.value.comment_id"),
        ("comment_id", {"a": "marker"}, "entry.0.changes.0.value.comment_id"),
        ("comment_id", "m" * 300, "entry.0.changes.0.value:external_id"),
        ("message", ["marker"], "entry.0.changes.0.value.message"),
        ("from", "marker", "entry.0.changes.0.value.from"),
        ("created_time", "marker", "entry.0.changes.0.value.created_time"),
        ("created_time", 10**30, "entry.0.changes.0.value.created_time"),
        ("photos", "marker", "entry.0.changes.0.value.photos"),
    ],
)
def test_a_value_of_the_wrong_type_names_its_place_only(take_in, comment, field, value, path):
    # when
    bad, good = take_in(comment("1_10", "Hei", **{field: value}), comment("1_11", "Hei hei"))
    # then
    assert (bad.state, bad.error) == ("unreadable", f"Unreadable {path}")
    assert good.state == "done"
    assert Message.objects.get().external_id == "1_11"


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE tickets_message; --",
        "<script>alert(1)</script>",
        "\u202egnirts\u202c",
        "nul\x00 and \ud83d alone",
        "{{ 7*7 }} {% now %} %s %(id)s",
        "e\u0301" * 50,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "x" * 200_000,
    ],
)
def test_hostile_text_in_every_field_is_stored_clean_and_harms_nothing(take_in, comment, text):
    # when
    (delivery,) = take_in(comment("1_10", text, name=text[:300]))
    # then
    assert delivery.state == "done"
    message = Message.objects.get()
    ticket = Ticket.objects.get()
    for kept in (message.text, ticket.customer_name, ticket.preview):
        assert not {"\x00", "\u202e", "\u202c"} & set(kept)
        assert kept.encode() == unicodedata.normalize("NFC", kept).encode()
    assert len(message.text) <= 100_000
    assert len(ticket.customer_name) <= 200


def test_a_truncated_body_is_kept_for_replay_and_the_whole_one_counts(take_in, comment):
    whole = comment("1_10", "Hei")
    cut, right = take_in(whole[:-20], whole)
    assert (cut.state, right.state) == ("unreadable", "done")
    assert Message.objects.count() == 1


def test_a_stranger_under_the_thread_gets_a_case_of_their_own(take_in, comment):
    take_in(comment("1_10", "Missä?"), comment("1_11", "Minäkin!", person="7300", name="Olli", parent="1_10"))
    assert (Thread.objects.count(), Ticket.objects.count(), Message.objects.count()) == (1, 2, 2)
