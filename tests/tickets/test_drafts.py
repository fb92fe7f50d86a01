"""Unsent texts: sealed, one per person, case and reader, never overwritten unseen, gone when sent, back when undone."""

import uuid

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.operations.replying import queue_reply, take_back_reply
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.access import team_ids_of
from tickets.drafts import text_of
from tickets.models import Customer, Draft
from tickets.operations.drafting import discard_draft, save_draft
from tickets.operations.noting import add_note
from tickets.queries.drafts import START, get_drafts, get_own_drafts, masked_start
from tickets.queries.queue import QueueFilter, get_queue_page

pytestmark = pytest.mark.django_db
PHONE = "91 23 45 67"


@pytest.fixture
def case(channel, now):
    """One public case."""
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Ticket

    item = MessageItem(platform="facebook", account_external_id=channel.external_id, external_id="m1",
                       external_root="r1", text="Hei", author=Author("c1", "Kari", scope=channel.external_id),
                       visibility="public", at=now)  # fmt: skip
    return Ticket.objects.get(pk=next(iter(apply_items([item], now=now).tickets)))


@pytest.fixture
def save(agent, case, now):
    """save("Hei", 0) as the agent's browser does it."""

    def run(text, base=0, mode="public", actor=agent, **more):
        asked = {"mode": mode, "text": text, "base_revision": base, "now": now, **more}
        return save_draft(actor=actor, ticket_id=case.pk, **asked).draft

    return run


def texts(actor, case):
    return {mode: (view.text, view.revision) for mode, view in get_drafts(actor=actor, ticket_id=case.pk).items()}


def test_nothing_of_it_stands_in_clear(save, case):
    save(f"Kjære Kari, ring {PHONE}")

    assert Customer.objects.get(pk=case.customer_id).data_key_id is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text, encode(sealed, 'escape') FROM tickets_draft d")
        stored = str(cursor.fetchall())
    assert "Kari" not in stored
    assert PHONE not in stored
    assert text_of(Draft.objects.get()) == f"Kjære Kari, ring {PHONE}"


def test_each_person_and_reader_has_one(save, case, agent, lead):
    save("Offentlig")
    save("Privat", mode="private")
    save("Notat", mode="note")
    save("Mikkos", actor=lead)

    assert texts(agent, case) == {"public": ("Offentlig", 1), "private": ("Privat", 1), "note": ("Notat", 1)}
    assert texts(lead, case) == {"public": ("Mikkos", 1)}


def test_an_older_window_is_told_and_changes_nothing(save, case, agent):
    save("Først")
    save("Så dette", 1)

    with pytest.raises(Conflict) as caught:
        save("Fra et gammelt vindu", 1)

    assert caught.value.code == "draft_changed"
    assert texts(agent, case) == {"public": ("Så dette", 2)}
    assert save("Så dette", 1).revision == 2  # the same text is no conflict
    assert save("Mitt likevel", 1, force=True).revision == 3


def test_what_was_thrown_away_does_not_come_back(save, case, agent, now):
    save("Borte")
    discard_draft(actor=agent, ticket_id=case.pk, mode="public", base_revision=1, now=now)

    with pytest.raises(Conflict):
        save("Borte, men", 1)
    assert texts(agent, case) == {"public": ("", 2)}
    assert Draft.objects.get().sealed is None


def test_who_may_not_write_keeps_nothing(save, make_user, teams, case):
    with pytest.raises(Forbidden):
        save("Nei", actor=make_user("auditor"))
    with pytest.raises(NotFound):
        save("Nei", actor=make_user("agent", teams["marketing"]))
    with pytest.raises(Invalid):
        save("Nei", mode="everyone")
    with pytest.raises(Invalid):
        save("x" * 100_001)
    assert Draft.objects.count() == 0
    assert AuditEntry.objects.exclude(action="channel.added").count() == 0


def test_a_case_out_of_sight_takes_its_drafts_along(save, case, agent, teams):
    save("Snart ikke min")
    type(case).objects.filter(pk=case.pk).update(team=teams["marketing"])

    assert texts(agent, case) == {}
    assert get_own_drafts(actor=agent, ticket_ids=[case.pk]).count == 0


def test_a_list_shows_the_masked_start_only(save, case, agent, django_assert_num_queries):
    save(f"Ring meg\npå {PHONE} " + "og så videre " * 30, mode="note")
    team_ids_of(agent)

    with django_assert_num_queries(1):
        own = get_own_drafts(actor=agent, ticket_ids=[case.pk])

    assert own.count == 1
    assert own.starts[case.pk].startswith("Ring meg på [PHONE] og så")
    assert len(own.starts[case.pk]) == START


def test_a_number_at_the_edge_of_the_start_is_masked_too():
    text = "a" * (START - 6) + f" {PHONE}"

    assert "91" not in masked_start(text)


def test_the_list_of_drafts(save, case, agent, lead):
    wanted = QueueFilter(view="drafts", status=None)
    assert get_queue_page(actor=agent, wanted=wanted).rows == ()
    save("Begynt")

    assert [row.ticket_id for row in get_queue_page(actor=agent, wanted=wanted).rows] == [case.pk]
    assert get_queue_page(actor=lead, wanted=wanted).rows == ()


def reply(case, actor, now, text="Svaret", revision=1, **more):
    return queue_reply(actor=actor, ticket_id=case.pk, thread_id=case.ticket_threads.get().thread_id,
                       visibility="public", text=text, client_key=uuid.uuid4(), undo_seconds=8, now=now,
                       draft_revision=revision, **more)  # fmt: skip


def test_sending_empties_it_and_undo_puts_it_back(save, case, agent, now):
    save(f"Ring {PHONE}")
    message = reply(case, agent, now, f"Ring {PHONE}")
    assert texts(agent, case) == {"public": ("", 2)}

    take_back_reply(actor=agent, ticket_id=case.pk, message_id=message.pk, now=now)

    assert texts(agent, case) == {"public": (f"Ring {PHONE}", 3)}


def test_undo_goes_above_what_was_begun_since(save, case, agent, now):
    save("Første")
    message = reply(case, agent, now, "Første")
    save("Andre", 2)

    take_back_reply(actor=agent, ticket_id=case.pk, message_id=message.pk, now=now)

    assert texts(agent, case)["public"][0] == "Første\n\nAndre"


def test_a_note_empties_the_notes_draft_only(save, case, agent, now):
    save("Offentlig")
    save("Notatet", mode="note")

    add_note(actor=agent, ticket_id=case.pk, text="Notatet", client_key=uuid.uuid4(), now=now, draft_revision=1)

    assert texts(agent, case) == {"public": ("Offentlig", 1), "note": ("", 2)}


def test_a_send_over_another_windows_newer_text_is_refused(save, case, agent, now):
    save("Gammel")
    save("Nyere, fra et annet vindu", 1)

    with pytest.raises(Conflict) as caught:
        reply(case, agent, now, "Gammel", revision=1)

    assert caught.value.code == "draft_changed"
    assert case.messages.filter(direction="out").count() == 0
    assert reply(case, agent, now, "Nyere, fra et annet vindu", revision=1)  # its own last save, answer unseen


def test_a_save_that_names_a_sending_hears_that_it_went_out(case, agent, lead, now):
    asked = {"ticket_id": case.pk, "mode": "public", "base_revision": 0, "now": now}
    key = reply(case, agent, now, f"Ring {PHONE}", revision=0).client_key

    same = save_draft(actor=agent, text=f" Ring {PHONE}\n", sent_as=key, **asked)
    assert (same.sent, same.text, texts(agent, case)) == (True, "", {"public": ("", 0)})
    more = save_draft(actor=agent, text=f"Ring {PHONE}\n\nog så dette ", sent_as=key, **asked)
    assert (more.sent, more.text) == (True, "og så dette ")
    changed = save_draft(actor=agent, text="Ring heller Kari", sent_as=key, **asked | {"base_revision": 1})
    assert (changed.sent, changed.text) == (True, "Ring heller Kari")

    for actor, mode, other in ((lead, "public", key), (agent, "private", key), (agent, "public", uuid.uuid4())):
        kept = save_draft(actor=actor, text=f"Ring {PHONE}", sent_as=other, force=True, **asked | {"mode": mode})
        assert (kept.sent, kept.text) == (False, f"Ring {PHONE}")


def test_what_was_typed_behind_a_sending_is_no_conflict_with_its_emptied_draft(save, case, agent, now):
    save("Svaret")
    key = reply(case, agent, now, "Svaret").client_key
    again = {"actor": agent, "ticket_id": case.pk, "mode": "public", "base_revision": 1, "now": now, "sent_as": key}

    assert save_draft(text="Svaret og mer", **again).text == "og mer"
    with pytest.raises(Conflict):  # another window's words are not written over
        save_draft(text="Svaret og noe annet", **again)


def test_a_note_that_went_out_is_known_by_its_key(case, agent, now):
    key = uuid.uuid4()
    add_note(actor=agent, ticket_id=case.pk, text="Notatet", client_key=key, now=now)

    asked = {"mode": "note", "text": "Notatet", "base_revision": 0, "sent_as": key}
    saved = save_draft(actor=agent, ticket_id=case.pk, now=now, **asked)

    assert (saved.sent, texts(agent, case)) == (True, {"note": ("", 0)})


def test_a_destroyed_key_takes_the_text_along(save, case, agent):
    save("Om Kari")
    Customer.objects.get(pk=case.customer_id).data_key.delete()

    assert text_of(Draft.objects.get()) == ""
    assert texts(agent, case)["public"][0] == ""
    assert get_own_drafts(actor=agent, ticket_ids=[case.pk]).starts == {}


WINDOWS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["a", "b", "c", ""])), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=WINDOWS)
def test_two_windows_never_lose_a_text_unseen(save, case, agent, steps):
    """Whatever two windows do: what one of them overwrites, it has seen."""
    Draft.objects.all().delete()
    seen, stored, revision = [0, 0], "", 0
    for window, text in steps:
        try:
            draft = save(text, seen[window])
        except Conflict:
            assert seen[window] != revision
        else:
            assert seen[window] == revision or text == stored
            stored, revision = text, draft.revision
        seen[window] = revision
    assert texts(agent, case).get("public", ("",))[0] == stored
