"""What a mask hides: shown to one colleague for a reason and some minutes, counted, on record, kept nowhere else."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from core.audit.models import AuditEntry, Subject
from core.audit.record import subject_token
from core.errors import Forbidden, Invalid, NotFound, Throttled
from core.keys.models import DataKey
from core.users.models import Role
from privacy.models import Reason, Reveal
from privacy.operations.revealing import reveal_mask
from privacy.queries.hidden import Place, get_mask_kind, get_open_value
from tests.privacy.conftest import MAIL, MARKERS, PAGE, PHONE, TEXT
from tickets.intake.apply import apply_items
from tickets.intake.items import StateItem
from tickets.operations.noting import add_note

SHOWN_TO = {Role.AGENT, Role.LEAD, Role.MARKETER}
TOO_FAR = 2


def reveal(actor, message, now, *, index=0, reason="answer_customer", **more):
    more = {"message_id": message.pk, "ticket_id": message.ticket_id} | more
    place = Place(index=index, **{key: more.pop(key) for key in list(more) if key in ("message_id", "note_id")})
    return reveal_mask(actor=actor, place=place, reason=reason, now=now, **more)


@pytest.mark.parametrize(("index", "value", "label"), [(0, PHONE, "PHONE"), (1, MAIL, "EMAIL")])
def test_a_reason_gives_the_value_and_one_entry_without_it(message, agent, now, audited, index, value, label):
    shown = reveal(agent, message, now, index=index)

    assert (shown.value, shown.label, shown.until) == (value, label, now + timedelta(minutes=10))
    row = Reveal.objects.get()
    told = {"ticket_id": message.ticket_id, "reveal_id": row.pk, "index": index, "kind": label,
            "reason": "answer_customer"}  # fmt: skip
    assert audited() == [("reveal.made", agent.pk, "message", message.pk, told)]
    assert AuditEntry.objects.get(action="reveal.made").subject == subject_token(message.customer_id)
    assert (row.actor_id, row.reason, row.until - row.at) == (agent.pk, "answer_customer", timedelta(minutes=10))
    assert value not in repr(shown)


def test_a_note_is_revealed_alike(message, agent, now, audited):
    note = add_note(actor=agent, ticket_id=message.ticket_id, text=TEXT, client_key=uuid.uuid4(), now=now)

    shown = reveal(agent, message, now, message_id=None, note_id=note.pk, index=1)

    assert shown.value == MAIL
    assert audited()[-1][:4] == ("reveal.made", agent.pk, "note", note.pk)


@pytest.mark.parametrize("reason", Reason.values)
def test_every_reason_of_the_list_will_do(message, agent, now, reason):
    assert reveal(agent, message, now, reason=reason, reason_text="Kunden ber om det nå").value == PHONE


WRONG = [
    ({"reason": ""}, "reason"),
    ({"reason": "curious"}, "reason"),
    ({"reason": "other"}, "reason_text"),
    ({"reason": "other", "reason_text": "   ni tegn    "}, "reason_text"),
    ({"reason": "other", "reason_text": "\x00" * 20}, "reason_text"),
    ({"reason": "other", "reason_text": "x" * 501}, "reason_text"),
    ({"note_id": 1}, "message_id"),
    ({"message_id": None}, "message_id"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG)
def test_without_a_proper_reason_nothing_is_shown_and_nothing_kept(message, agent, now, audited, wrong, field):
    with pytest.raises(Invalid) as refused:
        reveal(agent, message, now, **wrong)

    assert refused.value.field == field
    assert (audited(), Reveal.objects.count(), Subject.objects.count()) == ([], 0, 0)


def test_the_words_of_a_reason_are_masked(message, agent, now, traces):
    reveal(agent, message, now, reason="other", reason_text=f"Skal ringe  {PHONE} \n for kunden")

    assert Reveal.objects.get().reason_text == "Skal ringe [PHONE] for kunden"
    assert traces(*MARKERS) == set()


@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_work_with_the_customer(message, make_user, teams, now, audited, role):
    user = make_user(role, teams["first-line"])
    if role in SHOWN_TO:
        assert reveal(user, message, now).value == PHONE
        return
    with pytest.raises(NotFound if role == Role.PRIVACY_OFFICER else Forbidden):
        reveal(user, message, now)
    assert (audited(), Reveal.objects.count()) == ([], 0)


def test_another_teams_case_answers_like_none(message, make_user, teams, now):
    outsider = make_user("agent", teams["marketing"])
    answers = set()
    for ticket_id in (message.ticket_id, message.ticket_id + 999):
        with pytest.raises(NotFound) as refused:
            reveal(outsider, message, now, ticket_id=ticket_id)
        answers.add((refused.value.code, refused.value.message))

    assert (len(answers), Reveal.objects.count()) == (1, 0)


def test_a_message_of_another_case_is_not_in_this_one(message, said, agent, now, audited):
    aside = said(root="root-1")  # somebody else in the same thread: context here, a case of its own there
    elsewhere = said()
    for other in (aside, elsewhere):
        with pytest.raises(NotFound):
            reveal(agent, other, now, ticket_id=message.ticket_id)

    assert (audited(), Reveal.objects.count()) == ([], 0)
    assert reveal(agent, aside, now).value == PHONE


@pytest.mark.parametrize("index", [TOO_FAR, -1, 10**9])
def test_a_mask_that_is_not_there(message, agent, now, audited, index):
    with pytest.raises(NotFound) as refused:
        reveal(agent, message, now, index=index)

    assert (refused.value.code, audited()) == ("gone", [])


def test_an_id_that_no_row_can_have(message, agent, now):
    with pytest.raises(NotFound):
        reveal(agent, message, now, message_id=2**63 - 1)


def test_what_is_erased_or_deleted_is_no_longer_kept(said, agent, now, audited):
    shredded, deleted = said(), said()
    DataKey.objects.filter(pk=shredded.customer.data_key_id).delete()
    gone = {"platform": "facebook", "account_external_id": PAGE, "external_id": deleted.external_id, "at": now}
    apply_items([StateItem(**gone, state="deleted")], now=now)
    for message in (shredded, deleted):
        with pytest.raises(NotFound, match="no longer kept"):
            reveal(agent, message, now)

    assert (audited(), Reveal.objects.count()) == ([], 0)


def test_the_hour_is_counted_for_each_colleague_and_the_refusal_is_on_record(
    message, agent, lead, now, settings, audited
):
    settings.REVEALS_PER_HOUR = 3
    for second in range(3):
        reveal(agent, message, now + timedelta(seconds=second))
    later = now + timedelta(minutes=20)

    with pytest.raises(Throttled) as refused:
        reveal(agent, message, later)

    assert refused.value.after_seconds == 40 * 60
    assert audited()[3:] == [("reveal.limited", agent.pk, "user", agent.pk, {})]
    assert Reveal.objects.count() == 3
    assert reveal(lead, message, later).value == PHONE
    with pytest.raises(Throttled):
        reveal(agent, message, now + timedelta(minutes=60, seconds=-1))
    assert reveal(agent, message, now + timedelta(minutes=60)).value == PHONE
    with pytest.raises(Throttled):
        reveal(agent, message, now + timedelta(minutes=60))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_the_limit(said, agent, now, settings):
    settings.REVEALS_PER_HOUR = 4
    messages = [said() for _ in range(8)]  # each in a case of its own, so that no lock on a case helps
    outcomes = []
    together = threading.Barrier(len(messages))

    def look(message):
        try:
            together.wait(10)
            outcomes.append(reveal(agent, message, now).value)
        except Throttled:
            outcomes.append("limited")
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [PHONE] * 4 + ["limited"] * 4
    assert AuditEntry.objects.filter(action="reveal.limited").count() == 4
    assert AuditEntry.objects.filter(action="reveal.made").count() == 4


def again(actor, message, now, index=0):
    return get_open_value(
        actor=actor, ticket_id=message.ticket_id, place=Place(message_id=message.pk, index=index), now=now
    )


def test_while_it_lasts_the_same_colleague_sees_it_again_without_a_new_entry(message, agent, lead, now, audited):
    assert again(agent, message, now) is None
    reveal(agent, message, now)
    before = audited()
    last = now + timedelta(minutes=10, seconds=-1)

    assert again(agent, message, last).value == PHONE
    assert again(agent, message, now + timedelta(minutes=10)) is None
    assert again(agent, message, now, index=1) is None
    assert again(lead, message, now) is None
    assert audited() == before


def test_who_loses_sight_of_the_case_loses_the_value(message, agent, now, teams):
    reveal(agent, message, now)
    message.ticket.team = teams["marketing"]
    message.ticket.save()

    with pytest.raises(NotFound):
        again(agent, message, now)


def test_an_edited_text_needs_a_new_reveal(message, said, agent, now):
    reveal(agent, message, now)
    said(
        "Ring heller 400 00 099",
        who="customer-1",
        root="root-1",
        external_id="m1",
        version_at=now + timedelta(seconds=1),
    )

    assert again(agent, message, now) is None
    assert reveal(agent, message, now).value == "400 00 099"


def test_what_kind_it_is_can_be_asked_without_seeing_it(message, agent, lead, now, make_user, audited):
    ids = {"ticket_id": message.ticket_id, "place": Place(message_id=message.pk, index=1)}
    assert get_mask_kind(actor=agent, **ids) == "EMAIL"
    with pytest.raises(Forbidden):
        get_mask_kind(actor=make_user("admin"), **ids)
    assert audited() == []


def test_reveals_leave_no_value_in_any_table(message, agent, now, traces):
    reveal(agent, message, now)
    reveal(agent, message, now, index=1)

    assert traces(*MARKERS) == set()
    assert "tickets_message.text" in traces("[PHONE]")
