"""Working by API: assignee, team, take, status, tags, notes, replies taken back or settled, acts on messages."""

import pytest

from connectors.models import NetworkAction
from core.audit.models import AuditEntry
from inbox.live.models import Hint
from tickets.models import Message, Note, Part, Tag, TicketEvent, TicketTag


@pytest.fixture
def leads(script_of, people):
    return script_of(people["lead"])


# Whose it is


def test_give_to_a_colleague_and_take_back(script, case, people):
    path = f"tickets/{case.pk}/assignee/"

    given = script.put(path, {"assignee_id": people["lead"].pk})
    again = script.put(path, {"assignee_id": people["lead"].pk})
    freed = script.delete(path)

    assert given.json()["assignee"] == {"id": people["lead"].pk, "name": people["lead"].name}
    assert again.json() == given.json()
    assert freed.json()["assignee"] is None
    assert AuditEntry.objects.filter(object_id=case.pk, action__startswith="ticket.").count() == 2


@pytest.mark.parametrize("who", ["missing", None, 0, "2", True, 1.0, 10**9, 2**63])
def test_nobody_to_give_it_to(script, case, refusal, footprint, who):
    before, body = footprint(), {} if who == "missing" else {"assignee_id": who}

    assert refusal(script.put(f"tickets/{case.pk}/assignee/", body), 422)["field"] in ("assignee_id", "assignee")
    assert footprint() == before


def test_an_unknown_name_in_a_body_is_refused(script, case, refusal, footprint, people):
    before = footprint()

    error = refusal(script.put(f"tickets/{case.pk}/assignee/", {"assignee_id": people["lead"].pk, "notify": 1}), 422)

    assert (error["code"], error["field"]) == ("unknown", "notify")
    assert footprint() == before


def test_a_case_that_leaves_ones_sight_is_not_shown_again(script, leads, case, teams):
    other = {"team_id": teams["marketing"].pk}

    answer = script.put(f"tickets/{case.pk}/team/", other)

    assert (answer.status_code, answer.content) == (204, b"")
    assert script.get(f"tickets/{case.pk}/").status_code == 404
    assert leads.put(f"tickets/{case.pk}/team/", other).json()["team"]["name"] == "Marketing"
    assert TicketEvent.objects.filter(kind="moved").count() == 1


def test_taking_once(script, leads, case, refusal):
    taken = script.post(f"tickets/{case.pk}/take/")
    again = script.post(f"tickets/{case.pk}/take/")

    assert taken.json()["assignee"]["name"] == again.json()["assignee"]["name"]
    assert refusal(leads.post(f"tickets/{case.pk}/take/"), 409)["code"] == "taken"


# Where it stands


def test_resolve_and_reopen(script, case, refusal):
    path = f"tickets/{case.pk}/status/"

    assert [script.put(path, {"status": word}).json()["status"] for word in ("done", "done", "open", "open")] == [
        "done", "done", "open", "open"]  # fmt: skip
    assert TicketEvent.objects.filter(kind__in=["resolved", "reopened"]).count() == 2
    assert refusal(script.put(path, {"status": "waiting"}), 422)["field"] == "status"


# Tags


def tags_of(script, ticket):
    return script.get(f"tickets/{ticket.pk}/tags/").json()["tags"]


def test_tags_are_set_whole_and_known_in_any_case(script, case, written):
    path = f"tickets/{case.pk}/tags/"

    assert script.put(path, {"tags": ["Levering", " forsinket  pakke "]}).json() == {
        "tags": ["forsinket pakke", "Levering"]
    }
    before = (TicketEvent.objects.count(), AuditEntry.objects.count(), Hint.objects.count())
    assert script.put(path, {"tags": ["LEVERING", "forsinket pakke"]}).json()["tags"] == ["forsinket pakke", "Levering"]
    assert (TicketEvent.objects.count(), AuditEntry.objects.count(), Hint.objects.count()) == before
    assert script.put(f"tickets/{written().pk}/tags/", {"tags": ["levering"]}).json() == {"tags": ["Levering"]}
    assert script.put(path, {"tags": []}).json() == {"tags": []}

    assert (tags_of(script, case), Tag.objects.count(), TicketTag.objects.count()) == ([], 2, 1)
    assert [e.data for e in AuditEntry.objects.filter(action="ticket.tagged", object_id=case.pk).order_by("pk")] == [
        {"added": 2, "removed": 0}, {"added": 0, "removed": 2}]  # fmt: skip


def test_tags_the_database_holds_to_be_one_are_one(script, case):
    told = script.put(f"tickets/{case.pk}/tags/", {"tags": ["Straße", "STRASSE", "İstanbul", "ΟΔΟΣ", "οδος"]}).json()

    assert told["tags"] == tags_of(script, case)
    assert Tag.objects.count() == TicketTag.objects.count() == len(told["tags"])


@pytest.mark.parametrize(
    "tags",
    [
        None,
        "retur",
        {"a": 1},
        ["x" * 41],
        [""],
        ["  "],
        [5],
        [None],
        ["a\0b"],
        [f"tag {n}" for n in range(21)],
        ["ring 91 23 45 67"],
        ["kari.nordmann@post.example"],
        ["ok", ["nested"]],
    ],
)
def test_tags_we_cannot_take(script, case, refusal, footprint, tags):
    before = footprint()

    assert refusal(script.put(f"tickets/{case.pk}/tags/", {"tags": tags}), 422)["field"] == "tags"
    assert footprint() == before


def test_a_tag_once_in_any_case_by_the_database_itself(db):
    from django.db import IntegrityError, transaction

    Tag.objects.create(name="Retur")
    for name in ("RETUR", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tag.objects.create(name=name)


# Notes


def test_a_note_is_stored_once(script, case, footprint):
    first = script.post(f"tickets/{case.pk}/notes/", {"text": "Ringt lageret"}, key="one")
    before = footprint()
    again = script.post(f"tickets/{case.pk}/notes/", {"text": "Ringt lageret"}, key="one")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["text"] == "Ringt lageret"
    assert footprint() == before
    assert Note.objects.count() == 1


def test_a_notes_key_is_needed_and_not_for_another_case(script, case, written, refusal, footprint):
    script.post(f"tickets/{case.pk}/notes/", {"text": "Ringt"}, key="one")
    before = footprint()

    assert refusal(script.post(f"tickets/{case.pk}/notes/", {"text": "Hei"}), 422)["code"] == "key_missing"
    assert footprint() == before
    other = written()
    assert refusal(script.post(f"tickets/{other.pk}/notes/", {"text": "Ringt"}, key="one"), 409)["code"] == "key_reused"
    assert Note.objects.count() == 1


@pytest.mark.parametrize("text", [None, "", "  ", "x" * 10_001, 5, ["Hei"], "a\0b"])
def test_a_note_we_cannot_take(script, case, refusal, footprint, text):
    before = footprint()

    assert refusal(script.post(f"tickets/{case.pk}/notes/", {"text": text}, key="k"), 422)["field"] == "text"
    assert footprint() == before


# Replies


def test_a_reply_that_waits_can_be_taken_back(script, case, refusal):
    made = script.post(f"tickets/{case.pk}/replies/", {"text": "Hei", "undo_seconds": 30}, key="one").json()
    assert made["undo_until"] is not None

    assert script.post(f"tickets/{case.pk}/replies/{made['id']}/undo/").status_code == 204
    assert Message.objects.filter(direction="out").count() == 0
    assert refusal(script.post(f"tickets/{case.pk}/replies/{made['id']}/undo/"), 404)["code"] == "not_found"


@pytest.mark.parametrize("seconds", [-1, 31, "5", 1.5, None])
def test_an_undo_window_we_do_not_offer(script, case, refusal, seconds):
    body = {"text": "Hei", "undo_seconds": seconds}

    assert refusal(script.post(f"tickets/{case.pk}/replies/", body, key="k"), 422)["field"] == "undo_seconds"


@pytest.mark.parametrize(
    ("act", "state", "becomes"),
    [("retry", "failed", "queued"), ("retry", "unknown", "queued"), ("confirm", "unknown", "sent")],
)
def test_a_reply_is_settled(script, case, replied, act, state, becomes):
    message = replied(state)

    answer = script.post(f"tickets/{case.pk}/replies/{message.pk}/{act}/")

    assert answer.status_code == 200
    assert answer.json()["delivery"]["state"] == becomes
    assert Part.objects.get().state == becomes


@pytest.mark.parametrize(("act", "state", "code"), [("undo", "sending", "too_late"), ("retry", "sent", "not_failed"),
                                                    ("confirm", "failed", "not_unknown")])  # fmt: skip
def test_a_reply_there_is_nothing_to_settle_about(script, case, replied, refusal, footprint, act, state, code):
    message = replied(state)
    before = footprint()

    assert refusal(script.post(f"tickets/{case.pk}/replies/{message.pk}/{act}/"), 409)["code"] == code
    assert footprint() == before


def test_another_cases_reply_is_not_reached_through_ones_own(script, case, elsewhere, replied, refusal):
    message = replied("failed")
    other = Message.objects.get(ticket=elsewhere)

    for pk in (other.pk, 10**9, 10**30):
        assert refusal(script.post(f"tickets/{case.pk}/replies/{pk}/retry/"), 404)["code"] == "not_found"
        error = refusal(script.post(f"tickets/{case.pk}/messages/{pk}/actions/", {"action": "hide"}), 404)
        assert error["code"] == "not_found"
    assert refusal(script.post(f"tickets/{elsewhere.pk}/replies/{message.pk}/retry/"), 404)["code"] == "not_found"


def test_a_repeated_key_finds_its_reply_behind_two_hundred_newer_messages(script, case, written):
    path = f"tickets/{case.pk}/replies/"
    first = script.post(path, {"text": "Hei"}, key="one")
    sample = case.messages.get(direction="in")
    for n in range(201):
        sample.pk, sample.uid, sample.external_id = None, f"{n:032x}", f"copy-{n}"
        sample.at = sample.received_at.replace(year=2999)
        sample.save()

    again = script.post(path, {"text": "Hei"}, key="one")

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


# On the network


def test_an_act_is_asked_for_once(script, case, refusal):
    path = f"tickets/{case.pk}/messages/{case.messages.get().pk}/actions/"

    first, again = script.post(path, {"action": "hide"}), script.post(path, {"action": "hide"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert (first.json()["action"], first.json()["state"]) == ("hide", "queued")
    assert NetworkAction.objects.count() == 1
    for wrong in ("block", "edit", "", None, 3):
        assert refusal(script.post(path, {"action": wrong}), 422)["field"] == "action"
