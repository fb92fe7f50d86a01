"""Buttons beside a private conversation: take it over, hand it back, separate a handle that was linked by itself."""

from datetime import timedelta

import pytest

from connectors.models import NetworkAction
from core.clock import now as clock_now
from tickets.models import Identity, Message, Thread, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(written_in):
    """A conversation on Messenger."""
    ticket = written_in("messenger", "104000000000002", visibility="private")
    Message.objects.update(at=clock_now())
    return ticket


@pytest.fixture
def page(browser_of, people):
    return browser_of(people["agent"])


def html_of(page, case):
    return page.get(f"/case/{case.number}").content.decode()


def test_a_conversation_elsewhere_can_be_taken_over_and_that_is_asked_once(page, talk):
    assert "Take over the conversation" not in html_of(page, talk)
    thread = talk.ticket_threads.get().thread_id
    Thread.objects.update(standby=True, standby_at=clock_now())
    html = html_of(page, talk)
    assert "Another program of yours has this conversation at the moment." in html
    assert f'formaction="/case/{talk.number}/thread/{thread}/hand"' in html

    answer = page.post(f"/case/{talk.number}/thread/{thread}/hand", {"action": "take_over"})

    assert answer.status_code == 302
    assert NetworkAction.objects.get().action == "take_over"
    html = html_of(page, talk)
    assert "You have asked for this conversation." in html
    assert "Take over the conversation" not in html


def test_what_another_program_has_had_can_be_handed_back(page, talk):
    assert "Hand back to the other program" not in html_of(page, talk)
    Thread.objects.update(standby=False, standby_at=clock_now())
    assert "Hand back to the other program" in html_of(page, talk)


@pytest.mark.parametrize(("hours", "said"), [(23, False), (25, True)])
def test_after_a_day_the_composer_says_that_only_a_person_may_write(page, talk, hours, said):
    Message.objects.update(at=clock_now() - timedelta(hours=hours))
    assert ("only what a person writes" in html_of(page, talk)) is said


def test_a_handle_that_was_linked_by_itself_can_be_separated(page, talk):
    assert "Not the same person" not in html_of(page, talk)
    identity = Identity.objects.get()
    Identity.objects.update(evidence={"because": "private_reply", "message": talk.messages.get().pk})
    assert f"/case/{talk.number}/identity/{identity.pk}/separate" in html_of(page, talk)

    answer = page.post(f"/case/{talk.number}/identity/{identity.pk}/separate")

    assert answer.status_code == 302
    identity.refresh_from_db()
    assert (identity.customer_id != talk.customer_id, identity.evidence) == (True, {})
    assert Ticket.objects.count() == 2
    assert "Not the same person" not in html_of(page, talk)
