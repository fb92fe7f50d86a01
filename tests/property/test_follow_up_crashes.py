"""Send and resolve: whatever crashes at whichever step, a customer who was not answered is never in a closed case, and
what was asked for happens once the reply has arrived.

The made-up platform, its faults and the workers are those of `test_send_crashes.py`.
"""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.operations.replying import queue_reply, take_back_reply
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid
from tests.property.sending_story import STEPS, PowerCut, Story, said
from tickets.intake.apply import apply_items
from tickets.models import FollowUp, Message, Part, Ticket, TicketEvent
from tickets.operations import following_up
from tickets.operations.closing import reopen_ticket, resolve_ticket

pytestmark = pytest.mark.django_db


class Resolving(Story):
    """Replies of which some are to resolve the case."""

    asked, undone, heard = 0, 0, 0

    def reply(self, then=""):
        if Ticket.objects.get().status == "done":
            return
        message = queue_reply(
            actor=self.case.actor, ticket_id=self.case.ticket, thread_id=self.case.thread, visibility="public",
            text=f"Svar {len(self.replies)}", client_key=uuid.uuid4(), undo_seconds=0, now=self.now,
        )  # fmt: skip
        self.replies.append(message)
        if then:
            following_up.hold_follow_up(actor=self.case.actor, message=message, kind=then, now=self.now)
            self.asked += 1

    def follow(self):
        following_up.do_follow_ups(now=self.now)

    def follow_and_die(self):
        """The power goes inside the transaction, after the case was resolved and before the step is marked as done."""
        real = following_up.STEPS
        try:
            following_up.STEPS = {"resolve": self._die_after}
            following_up.do_follow_ups(now=self.now)
        except PowerCut:
            pass
        finally:
            following_up.STEPS = real

    def _die_after(self, actor, ticket_id, until, now):
        following_up._resolve(actor, ticket_id, until, now)
        raise PowerCut

    def undo(self):
        waiting = Part.objects.filter(state="queued", attempts=0).order_by("-pk").first()
        if waiting is None:
            return
        take_back_reply(actor=self.case.actor, ticket_id=self.case.ticket, message_id=waiting.message_id, now=self.now)
        self.replies = [message for message in self.replies if message.pk != waiting.message_id]

    def customer_writes(self):
        self.heard += 1
        item = said(self.network, f"in_{self.heard + 1}", "Hallo?", ours=False, at=self.now)
        apply_items([item], now=self.now)

    def check(self):
        super().check()
        ticket = Ticket.objects.get()
        if ticket.status == "done":
            assert ticket.waiting_since is None, "nobody answered, and nobody sees it"
            assert ticket.trouble != "failed", "a reply did not arrive, and nobody sees it"
        for follow_up in FollowUp.objects.filter(state="done"):
            parts = Part.objects.filter(message_id=follow_up.message_id)
            assert {part.state for part in parts} == {"sent"}, "done before the reply had arrived"

    def end(self):
        super().end()
        self.act("follow")
        unsettled = FollowUp.objects.filter(state="held").values_list("message__parts__state", flat=True)
        assert "sent" not in set(unsettled), "asked for, sent, and forgotten"


def run(network, case, events):
    start = network.now.time
    network.page.clear()
    with transaction.atomic():
        story = Resolving(network, case)
        for kind, argument in events:
            story.act(kind, argument)
        story.end()
        left = Ticket.objects.get().status, list(FollowUp.objects.values_list("state", flat=True))
        transaction.set_rollback(True)
    network.now.time = start
    return left


ASK = ("reply", "resolve")


@pytest.mark.parametrize("step", STEPS)
def test_each_step_alone(network, case, step):
    """The reply that arrives resolves the case, when at the end the network is well; the one that fails leaves it."""
    left = run(network, case, [ASK, ("worker", step), ("follow", None), ("soon", None), ("follow", None)])

    known = {"gone": ("open", ["held"]), "no answer, not done": ("waiting", ["held"]),
             "cut before": ("waiting", ["held"])}  # fmt: skip
    assert left == known.get(step, ("done", ["done"]))


@pytest.mark.parametrize("before", ["claim_and_die", "begin_and_die", "follow_and_die"])
def test_a_worker_that_dies_loses_nothing(network, case, before):
    events = [ASK, ("worker", "ok"), (before, None)] if before == "follow_and_die" else [ASK, (before, None)]
    left = run(network, case, events)

    assert left == (("waiting", ["held"]) if before == "begin_and_die" else ("done", ["done"]))


EVENTS = st.one_of(
    st.tuples(st.just("worker"), st.sampled_from(STEPS)),
    st.sampled_from([ASK, ("reply", None)]),
    st.sampled_from(
        ["claim_and_die", "begin_and_die", "sweep", "soon", "echo", "press_retry", "reconnect", "follow",
         "follow_and_die", "undo", "customer_writes"]
    ).map(lambda kind: (kind, None)),
)  # fmt: skip


@pytest.mark.timeout(300)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=9))
@example([ASK, ("reply", None), ("worker", "ok"), ("follow", None), ("worker", "gone")])
@example([ASK, ("worker", "ok"), ("customer_writes", None), ("follow", None)])
@example([ASK, ("worker", "gone"), ("press_retry", None), ("worker", "ok"), ("follow", None)])
@example([("reply", None), ("worker", "gone"), ASK, ("worker", "ok"), ("follow", None)])
@example([ASK, ("undo", None), ("follow", None)])
def test_any_order_of_events(network, case, events):
    run(network, case, events)


# Told one by one


@pytest.fixture
def story(network, case):
    return Resolving(network, case)


def history():
    return list(TicketEvent.objects.order_by("pk").values_list("kind", "actor__name"))


def test_the_case_is_resolved_by_whoever_wrote_once_it_is_sent(story, case):
    story.act(*ASK)
    assert following_up.do_follow_ups(now=story.now) == 0
    assert Ticket.objects.get().status == "waiting"
    story.act("worker")
    assert following_up.has_follow_ups()
    assert following_up.do_follow_ups(now=story.now) == 1
    assert Ticket.objects.get().status == "done"
    assert history()[-1] == ("resolved", case.actor.name)
    assert AuditEntry.objects.filter(action="ticket.resolved", actor_id=case.actor.pk).count() == 1
    assert (following_up.do_follow_ups(now=story.now), following_up.has_follow_ups()) == (0, False)
    case.actor.refresh_from_db()
    assert case.actor.after_send == "resolve"


def test_undo_takes_back_both(story):
    story.act(*ASK)
    story.act("undo")
    assert (FollowUp.objects.count(), Message.objects.filter(direction="out").count()) == (0, 0)
    assert following_up.do_follow_ups(now=story.now) == 0
    assert Ticket.objects.get().status == "open"


def test_a_customer_who_wrote_meanwhile_is_not_closed_away(story):
    story.act(*ASK)
    story.act("worker")
    story.network.now.time += timedelta(seconds=1)
    story.act("customer_writes")
    assert following_up.do_follow_ups(now=story.now) == 1
    assert (Ticket.objects.get().status, FollowUp.objects.get().state) == ("open", "dropped")
    assert history()[-1] == ("left_open", None)


def test_a_reply_that_fails_after_the_case_was_closed_opens_it_again(story, case):
    story.act("reply")
    resolve_ticket(actor=case.actor, ticket_id=case.ticket, now=story.now)
    story.act("worker", "gone")
    assert Ticket.objects.get().status == "open"
    assert history()[-1] == ("reopened_unsent", None)
    # and one that somebody closes although it failed stays closed
    resolve_ticket(actor=case.actor, ticket_id=case.ticket, now=story.now)
    story.network.now.time += timedelta(seconds=1)
    assert following_up.do_follow_ups(now=story.now) == 0
    assert Ticket.objects.get().status == "done"


def test_a_writer_who_lost_the_case_resolves_nothing(story, case, make_user, teams):
    writer = make_user("agent", teams["first-line"])
    story.case.actor = writer
    story.act(*ASK)
    story.act("worker")
    Ticket.objects.update(team=teams["marketing"])
    assert following_up.do_follow_ups(now=story.now) == 1
    assert (Ticket.objects.get().status, FollowUp.objects.get().state) == ("waiting", "dropped")


def test_asking_twice_is_asking_once_and_never_again_later(story, case):
    story.act(*ASK)
    message = story.replies[0]
    following_up.hold_follow_up(actor=case.actor, message=message, kind="resolve", now=story.now)
    story.act("worker")
    story.act("follow")
    reopen_ticket(actor=case.actor, ticket_id=case.ticket, now=story.now)
    following_up.hold_follow_up(actor=case.actor, message=message, kind="resolve", now=story.now)
    story.act("follow")
    assert (FollowUp.objects.count(), Ticket.objects.get().status) == (1, "open")


def test_a_closed_case_takes_no_reply(story, case):
    resolve_ticket(actor=case.actor, ticket_id=case.ticket, now=story.now)
    with pytest.raises(Conflict):
        Story.reply(story)


def test_send_and_snooze_puts_it_aside_once_it_is_sent_and_a_failure_wakes_it(story, case):
    until = story.now + timedelta(hours=3)
    story.act("reply")
    following_up.hold_follow_up(
        actor=case.actor, message=story.replies[0], kind="snooze", until=until, now=story.now
    )  # fmt: skip
    story.act("worker")
    story.act("follow")
    assert (Ticket.objects.get().status, Ticket.objects.get().snoozed_until) == ("snoozed", until)
    story.act("reply")
    story.act("worker", "gone")
    assert Ticket.objects.get().status == "open"
    assert TicketEvent.objects.order_by("-pk").first().data == {"because": "reply_failed"}


@pytest.mark.parametrize(("kind", "hours"), [("snooze", None), ("snooze", -1), ("snooze", 9000), ("resolve", 1)])
def test_a_step_and_its_time_go_together(story, case, kind, hours):
    story.act("reply")
    until = None if hours is None else story.now + timedelta(hours=hours)
    with pytest.raises(Invalid):
        following_up.hold_follow_up(
            actor=case.actor, message=story.replies[0], kind=kind, until=until, now=story.now
        )  # fmt: skip
    assert FollowUp.objects.count() == 0
