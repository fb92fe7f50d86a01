"""The API: lists, one ticket, replies; nothing a mask covers ever comes out."""

import pytest

from tests.inbox.api_words import TICKETS, error_of, numbers, replies
from tickets.models import Message, Part

PHONE, EMAIL = "91 23 45 67", "kari.nordmann@post.example"


@pytest.fixture
def script(script_of, people):
    return script_of(people["agent"])


# Lists


def test_a_list_holds_what_its_user_sees_newest_first(script, written, elsewhere):
    first, second = written("Ett"), written("To")

    answer = script.get(TICKETS)

    assert answer.status_code == 200
    assert numbers(answer) == [second.number, first.number]
    assert answer.json()["next"] is None
    row = answer.json()["results"][0]
    assert row["id"] == second.pk
    assert row["url"] == f"{TICKETS}{second.pk}/"
    assert (row["status"], row["platform"], row["visibility"]) == ("open", "facebook", "public")
    assert row["team"]["name"] == "First line"
    assert row["assignee"] is None


def test_pages_follow_each_other_without_gap_or_repeat(script, written):
    made = [written(f"Nummer {n}").number for n in range(7)]

    seen, path, pages = [], f"{TICKETS}?limit=3", 0
    while path:
        answer = script.get(path)
        seen += numbers(answer)
        path = answer.json()["next"]
        pages += 1

    assert seen == sorted(made, reverse=True)
    assert pages == 3


def test_a_case_that_comes_between_two_pages_moves_nothing(script, written):
    made = [written(f"Nummer {n}").number for n in range(4)]
    following = script.get(f"{TICKETS}?limit=2").json()["next"]
    written("Ny", minutes=5)

    assert numbers(script.get(following)) == sorted(made)[1::-1]


def test_search_by_word_name_and_number(script, written):
    parcel, bill = written("Pakken er borte", name="Kari"), written("Faktura", name="Ola")

    assert numbers(script.get(TICKETS, {"q": "pakken"})) == [parcel.number]
    assert numbers(script.get(TICKETS, {"q": "ola"})) == [bill.number]
    assert numbers(script.get(TICKETS, {"q": f"#{bill.number}"})) == [bill.number]
    assert numbers(script.get(TICKETS, {"q": "pakken ola"})) == []
    assert numbers(script.get(TICKETS, {"q": "%"})) == []
    assert len(numbers(script.get(TICKETS, {"q": ""}))) == 2


def test_lists_by_status_and_view(script, written, people, now):
    from tickets.operations.assigning import take_ticket
    from tickets.operations.closing import resolve_ticket

    mine, done, free = written("Min"), written("Ferdig"), written("Ingens")
    take_ticket(actor=people["agent"], ticket_id=mine.pk, now=now)
    resolve_ticket(actor=people["agent"], ticket_id=done.pk, now=now)

    assert numbers(script.get(TICKETS, {"view": "mine"})) == [mine.number]
    assert numbers(script.get(TICKETS, {"status": "done"})) == [done.number]
    assert numbers(script.get(TICKETS, {"view": "unassigned", "status": "open"})) == [free.number]
    assert len(numbers(script.get(TICKETS))) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"status": "lost"}, "status"),
        ({"view": "team"}, "view"),
        ({"sort": "random"}, "sort"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"cursor": "not-ours"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "WzEsMl0"}, "cursor"),
        ({"cursor": "æøå"}, "cursor"),
        ({"cursor": "W" * 401}, "cursor"),
    ],
)
def test_a_question_we_cannot_answer_names_its_field(script, query, field):
    error = error_of(script.get(TICKETS, query), 422)

    assert error["field"] == field


def test_a_list_costs_the_same_for_five_and_for_sixty(script, written, django_assert_num_queries):
    for n in range(5):
        written(f"Nummer {n}")
    with django_assert_num_queries(3):  # token with its user, teams, page
        assert len(numbers(script.get(TICKETS, {"limit": 100}))) == 5
    for n in range(55):
        written(f"Nummer {n}")
    with django_assert_num_queries(3):
        assert len(numbers(script.get(TICKETS, {"limit": 100}))) == 60


# One ticket


def test_one_ticket_with_its_messages_and_notes(script, case, people, now):
    from uuid import uuid4

    from tickets.operations.noting import add_note

    add_note(actor=people["agent"], ticket_id=case.pk, text="Ringt lageret", client_key=uuid4(), now=now)

    body = script.get(f"{TICKETS}{case.pk}/").json()

    assert body["number"] == case.number
    assert body["channel"] == "Havbris"
    assert [m["text"] for m in body["messages"]] == ["Hei, hvor er pakken min?"]
    assert body["messages"][0]["direction"] == "in"
    assert body["messages"][0]["delivery"] is None
    assert [n["text"] for n in body["notes"]] == ["Ringt lageret"]


def test_out_of_sight_and_absent_answer_alike(script, elsewhere):
    answers = [script.get(f"{TICKETS}{pk}/") for pk in (elsewhere.pk, 10**9, 10**30, 0)]
    answers.append(script.post(replies(elsewhere), {"text": "Hei"}, key="k"))

    assert {answer.content for answer in answers} == {answers[0].content}
    assert error_of(answers[0], 404)["code"] == "not_found"


def test_nothing_a_mask_covers_comes_out(script, written, people):
    case = written(f"Ring meg på {PHONE} eller skriv til {EMAIL}")
    sent = script.post(replies(case), {"text": f"Vi ringer {PHONE}."}, key="k")
    told = [script.get(TICKETS), script.get(f"{TICKETS}{case.pk}/"), sent, script.get(TICKETS, {"q": "ring"})]

    for answer in told:
        assert answer.status_code in (200, 201)
        text = answer.content.decode()
        for secret in (PHONE, PHONE.replace(" ", ""), "234567", EMAIL, "kari.nordmann"):
            assert secret not in text
    detail = told[1].json()["messages"][0]
    assert [mask["label"] for mask in detail["masks"]] == ["PHONE", "EMAIL"]
    for mask in detail["masks"]:
        assert 0 <= mask["start"] < mask["end"] <= len(detail["text"])
    assert numbers(script.get(TICKETS, {"q": "91 23"})) == []


# Replies


def test_a_reply_is_stored_once_and_waits_to_be_sent(script, case, people):
    answer = script.post(replies(case), {"text": "Den kommer i dag."}, key="one")

    assert answer.status_code == 201
    body = answer.json()
    assert (body["direction"], body["origin"], body["text"]) == ("out", "ours", "Den kommer i dag.")
    assert body["author"] == people["agent"].name
    assert body["delivery"] == {"state": "queued", "reason": None}
    part = Part.objects.get()
    assert (part.message_id, part.state, part.attempts) == (body["id"], "queued", 0)


def test_the_same_key_gives_the_same_reply(script, case, counted):
    first = script.post(replies(case), {"text": "Den kommer i dag."}, key="one")
    before = counted()
    again = script.post(replies(case), {"text": "Den kommer i dag."}, key="one")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert counted() == before


def test_the_same_key_with_another_text_or_case_is_refused(script, case, written, counted):
    other = written("En annen sak")
    script.post(replies(case), {"text": "Den kommer i dag."}, key="one")
    before = counted()

    answers = [script.post(replies(case), {"text": "Noe annet."}, key="one"),
               script.post(replies(other), {"text": "Den kommer i dag."}, key="one")]  # fmt: skip

    assert [error_of(answer, 409)["code"] for answer in answers] == ["key_reused", "key_reused"]
    assert counted() == before


def test_two_peoples_keys_never_meet(script_of, people, case):
    scripts = [script_of(people["agent"]), script_of(people["lead"])]

    answers = [script.post(replies(case), {"text": "Den kommer."}, key="one") for script in scripts]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Part.objects.count() == 2


@pytest.mark.parametrize("key", ["", "   ", "k" * 256])
def test_without_a_key_nothing_is_stored(script, case, key, counted):
    before = counted()

    error = error_of(script.post(replies(case), {"text": "Hei"}, key=key), 422)

    assert (error["code"], error["field"]) == ("key_missing", "Idempotency-Key")
    assert counted() == before


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "text"),
        ({"text": ""}, 422, "text"),
        ({"text": "  \n "}, 422, "text"),
        ({"text": None}, 422, "text"),
        ({"text": ["Hei"]}, 422, "text"),
        ({"text": {"a": 1}}, 422, "text"),
        ({"text": True}, 422, "text"),
        ({"text": "a\0b"}, 422, "text"),
        ({"text": "a\ud800b"}, 422, "text"),
        ({"text": "x" * 8001}, 422, "text"),
        ({"text": "x" * 100_001}, 422, "text"),
        ({"text": "Hei", "thread_id": "one"}, 422, "thread_id"),
        ({"text": "Hei", "thread_id": 0}, 422, "thread_id"),
        ({"text": "Hei", "thread_id": 2**63}, 422, "thread_id"),
        ({"text": "Hei", "thread_id": 10**400}, 422, "thread_id"),
        ({"text": "Hei", "thread_id": 999_999}, 422, "visibility"),
        ({"text": "Hei", "visibility": "note"}, 422, "visibility"),
        (["Hei"], 422, "non_field_errors"),
        ("Hei", 422, "non_field_errors"),
        (None, 422, "non_field_errors"),
    ],
)
def test_a_reply_we_cannot_take_leaves_nothing(script, case, body, status, field, counted):
    before = counted()

    error = error_of(script.post(replies(case), body, key="k"), status)

    assert error.get("field") == field
    assert counted() == before


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"NaN", "application/json", 400),
        (b"text=Hei", "application/x-www-form-urlencoded", 415),
        (b"Hei", "text/plain", 415),
    ],
)
def test_a_body_we_cannot_read_leaves_nothing(script, case, raw, content_type, status, counted):
    before = counted()

    error_of(script.post(replies(case), None, key="k", raw=raw, content_type=content_type), status)

    assert counted() == before


def test_a_closed_case_takes_no_reply(script, case, people, now, counted):
    from tickets.operations.closing import resolve_ticket

    resolve_ticket(actor=people["agent"], ticket_id=case.pk, now=now)
    before = counted()

    assert error_of(script.post(replies(case), {"text": "Hei"}, key="k"), 409)["code"] == "closed"
    assert counted() == before


def test_an_auditor_reads_and_writes_nothing(script_of, people, case, counted):
    script = script_of(people["auditor"])
    before = counted()

    assert numbers(script.get(TICKETS)) == [case.number]
    assert script.get(f"{TICKETS}{case.pk}/").status_code == 200
    assert error_of(script.post(replies(case), {"text": "Hei"}, key="k"), 403)["code"] == "forbidden"
    assert counted() == before


def test_a_privacy_officer_sees_no_cases(script_of, people, case):
    script = script_of(people["privacy_officer"])

    assert numbers(script.get(TICKETS)) == []
    assert error_of(script.get(f"{TICKETS}{case.pk}/"), 404)["code"] == "not_found"


def test_texts_are_stored_masked(script, case):
    script.post(replies(case), {"text": f"Vi ringer {PHONE}."}, key="k")

    message = Message.objects.get(direction="out")
    assert PHONE not in message.text
    assert message.sealed is not None
