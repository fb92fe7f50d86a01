"""Exact search for a personal value: by keyed hash, in any usual spelling, for a reason, within what one sees."""

import uuid
from datetime import timedelta

import pytest

from core.errors import Forbidden, Invalid, Throttled
from core.users.models import Role
from privacy.models import ValueSearch
from privacy.operations.revealing import reveal_mask
from privacy.operations.searching import search_value
from privacy.queries.hidden import Place
from tests.privacy.conftest import MARKERS, PAGE, TEXT
from tickets.intake.apply import apply_items
from tickets.intake.items import StateItem
from tickets.models import MaskedValue, Message
from tickets.operations.noting import add_note
from tickets.value_hashes import stored_hashes, wanted_hashes


def found(actor, value, now, **more):
    rows = search_value(actor=actor, value=value, reason="identify_customer", now=now, **more)
    return [row.ticket_id for row in rows]


def gone(external_id, now):
    return StateItem(platform="facebook", account_external_id=PAGE, external_id=external_id, at=now, state="deleted")


MEETS = [
    ("PHONE", "400 00 012", "40000012"),
    ("PHONE", "400 00 012", "+47 400 00 012"),
    ("PHONE", "+47 400 00 012", "0047 40000012"),
    ("PHONE", "+47 400 00 012", "400-00-012"),
    ("PHONE", "040 987 6543", "+358 40 9876543"),
    ("EMAIL", "Kari@Post.Example", "kari@post.example"),
    ("NATIONAL_ID", "010190-12345", "010190 12345"),
    ("IBAN", "NO93 8601 1117 947", "no9386011117947"),
    ("PLATE", "AB 12345", "ab12345"),
]
MISSES = [
    ("PHONE", "+46 400 00 012", "+47 400 00 012"),
    ("PHONE", "400 00 012", "400 00 013"),
    ("EMAIL", "kari@post.example", "kar@post.example"),
    ("IBAN", "NO93 8601 1117 947", "8601 1117 947"),
]


@pytest.mark.parametrize(("label", "stored", "asked"), MEETS)
def test_spellings_of_one_value_meet(label, stored, asked):
    assert stored_hashes(label, stored) & wanted_hashes(asked)


@pytest.mark.parametrize(("label", "stored", "asked"), MISSES)
def test_other_values_do_not(label, stored, asked):
    assert not stored_hashes(label, stored) & wanted_hashes(asked)


@pytest.mark.parametrize("asked", ["400 00 012", "+47 400 00 012", "0047-40000012", "KARI.marker@post.example"])
def test_who_wrote_the_value_is_found(message, said, agent, now, asked, audited, traces):
    said("Hei, uten nummer")
    second = said(f"Igjen: {TEXT}", minutes=5)

    assert found(agent, asked, now) == [second.ticket_id, message.ticket_id]
    search = ValueSearch.objects.get()
    told = {"found": 2, "reason": "identify_customer"}
    assert audited() == [("value.searched", agent.pk, "value_search", search.pk, told)]
    assert traces(*MARKERS) == set()


def test_notes_and_our_own_replies_are_found_too(said, agent, now):
    from connectors.operations.replying import queue_reply

    noted, answered = said("Hei"), said("Hallo", minutes=1)
    add_note(actor=agent, ticket_id=noted.ticket_id, text=TEXT, client_key=uuid.uuid4(), now=now)
    queue_reply(actor=agent, ticket_id=answered.ticket_id, thread_id=answered.thread_id, visibility="public",
                text=f"Ring oss: {TEXT}", client_key=uuid.uuid4(), undo_seconds=0, now=now)  # fmt: skip

    assert sorted(found(agent, "40000012", now)) == sorted([noted.ticket_id, answered.ticket_id])


def test_only_cases_one_sees(message, make_user, teams, now, lead):
    outsider = make_user("agent", teams["marketing"])

    assert found(outsider, "40000012", now) == []
    assert found(lead, "40000012", now) == [message.ticket_id]


@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_may_reveal(message, make_user, teams, now, role, audited):
    user = make_user(role, teams["first-line"])
    if role in (Role.AGENT, Role.LEAD, Role.MARKETER):
        assert found(user, "40000012", now) == [message.ticket_id]
        return
    with pytest.raises(Forbidden):
        found(user, "40000012", now)
    assert audited() == []


@pytest.mark.parametrize(
    ("value", "reason", "field"),
    [("", "other", "reason_text"), ("", "legal_request", "value"), ("+ 1-2 3", "legal_request", "value"),
     ("1" * 201, "legal_request", "value"), ("40000012", "", "reason")],
)  # fmt: skip
def test_a_search_needs_a_value_and_a_reason(agent, now, value, reason, field, audited):
    with pytest.raises(Invalid) as refused:
        search_value(actor=agent, value=value, reason=reason, now=now)

    assert (refused.value.field, audited(), ValueSearch.objects.count()) == (field, [], 0)


def test_searches_and_reveals_are_counted_together(message, agent, now, settings, audited):
    settings.REVEALS_PER_HOUR = 2
    reveal_mask(
        actor=agent, ticket_id=message.ticket_id, place=Place(message_id=message.pk), reason="legal_request", now=now
    )
    found(agent, "40000012", now)

    with pytest.raises(Throttled):
        found(agent, "40000012", now + timedelta(minutes=1))

    assert [entry[0] for entry in audited()] == ["reveal.made", "value.searched", "reveal.limited"]


def test_an_edit_moves_the_hashes_and_a_deletion_takes_them(message, said, agent, now):
    assert MaskedValue.objects.count() == 3  # a phone number has two
    said(
        "Nytt nummer: 400 00 099",
        who="customer-1",
        root="root-1",
        external_id="m1",
        version_at=now + timedelta(seconds=1),
    )
    assert (found(agent, "40000012", now), found(agent, "40000099", now)) == ([], [message.ticket_id])
    assert MaskedValue.objects.count() == 2

    apply_items([gone("m1", now)], now=now)

    assert (MaskedValue.objects.count(), found(agent, "40000099", now)) == (0, [])


def test_an_edit_without_a_value_takes_them(message, said, now):
    said("Glem det", who="customer-1", root="root-1", external_id="m1", version_at=now + timedelta(seconds=1))

    assert MaskedValue.objects.count() == 0


def test_what_was_deleted_before_it_came_leaves_none(channel, said, now):
    apply_items([gone("m9", now)], now=now)
    said(external_id="m9")

    assert MaskedValue.objects.count() == 0


def test_whatever_unseals_a_row_takes_its_hashes(message, agent, now):
    note = add_note(actor=agent, ticket_id=message.ticket_id, text=TEXT, client_key=uuid.uuid4(), now=now)
    assert MaskedValue.objects.filter(note=note).count() == 3
    Message.objects.update(sealed=None)
    assert MaskedValue.objects.exclude(note=note).count() == 0
    note.sealed = None
    note.save()
    assert MaskedValue.objects.count() == 0


def test_the_hash_cannot_be_made_without_the_key(settings):
    before = stored_hashes("PHONE", "40000012")
    settings.HASH_KEY = b"another hash key of thirty-two bytes or more"

    assert not before & stored_hashes("PHONE", "40000012")
