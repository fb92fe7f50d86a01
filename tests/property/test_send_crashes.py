"""Whatever crashes at whichever step, nobody outside reads a reply twice, and no reply is silently lost.

A made-up platform plays the network: it remembers what stands on its page, tells of it later by echo, and has the power
fail before or after it acted. Workers, sweepers, echoes and colleagues come in any order.
"""

import sys
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.kit import errors, registry
from connectors.kit.base import Connector, Receipt
from connectors.models import Account
from connectors.operations import sending
from connectors.operations.channels import add_channel, reconnect_channel
from connectors.operations.holding import release_pauses
from connectors.operations.replying import queue_reply, retry_reply
from core.actors import SYSTEM
from core.events import react
from tickets.events import TicketsChanged
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Message, Part, Ticket

PAGE = "500"


class PowerCut(BaseException):
    """The process ends here: nothing of ours catches it."""


class Trap:
    """Fails inside the transaction that stores a receipt, as often as armed."""

    error: BaseException | None = None
    times = 0

    def __call__(self, _event):
        if self.times:
            self.times -= 1
            raise self.error


trap = Trap()


@dataclass
class Network:
    """The made-up platform."""

    now: object = None
    next_step: str = "ok"
    page: list = field(default_factory=list)  # (its id, client key, text): what people read
    echoed: int = 0

    def send(self, _account, part):
        """One call; `next_step` says how it goes."""
        step, self.next_step = self.next_step, "ok"
        self._demand_order(part.client_key)
        if step == "cut before":
            raise PowerCut
        if step in ("later", "limited", "dead", "gone", "no answer, not done"):
            raise {
                "later": errors.RetryLater(),
                "limited": errors.RateLimited(60),
                "dead": errors.NeedsReconnect(),
                "gone": errors.Rejected(errors.RejectReason.TARGET_GONE),
                "no answer, not done": errors.OutcomeUnknown(),
            }[step]
        number = f"out_{len(self.page)}"
        self.page.append((number, part.client_key, part.text))
        if step == "cut after":
            raise PowerCut
        if step == "no answer, done":
            raise errors.OutcomeUnknown
        if step == "our bug, done":
            raise ZeroDivisionError
        if step == "cut at the receipt":
            trap.error, trap.times = PowerCut(), 1
        if step == "receipt met a deadlock":
            trap.error, trap.times = OperationalError("deadlock"), 1
        if step == "database gone at the receipt":
            trap.error, trap.times = OperationalError("gone"), 3
        return Receipt(number, self.now())

    @staticmethod
    def _demand_order(client_key):
        """First in, first out: what was written before is settled."""
        mine = Part.objects.get(message__client_key=client_key)
        earlier = Part.objects.filter(thread=mine.thread, pk__lt=mine.pk)
        assert set(earlier.values_list("state", flat=True)) <= {"sent", "failed"}

    def copies(self, message):
        """How often people read this reply."""
        return sum(key == str(message.client_key) for _, key, _ in self.page)


class Clock:
    """Stands until moved."""

    def __init__(self, start):
        self.time = start

    def __call__(self):
        return self.time


@pytest.fixture
def network(monkeypatch, now):
    """The made-up platform in the registry, under the key "toy"."""
    played = Network()
    played.now = clock = Clock(now)
    facebook = registry.get("facebook")
    manifest = replace(facebook.manifest, key="toy", name="Toy", family="toy")
    connector = Connector(
        manifest=manifest, verify=facebook.verify, parse=facebook.parse, send=played.send,
        moderate=facebook.moderate, profile=facebook.profile,
    )  # fmt: skip
    monkeypatch.setitem(registry._PLATFORMS, "toy", "toy_platform_of_this_test")
    monkeypatch.setitem(sys.modules, "toy_platform_of_this_test", SimpleNamespace(connector=connector))
    monkeypatch.setattr("connectors.operations.sending.clock_now", clock)
    react(TicketsChanged, trap)
    registry.get.cache_clear()
    yield played
    registry.get.cache_clear()
    trap.times = 0


def said(network, number, text, *, ours, at, root="in_1"):
    author = Author(PAGE if ours else "7100", name="Aino", scope=PAGE)
    return MessageItem(
        platform="toy", account_external_id=PAGE, external_id=number, external_root=root, text=text, at=at,
        version_at=at, direction="out" if ours else "in", author=author, parent_external_id=root if ours else "",
    )  # fmt: skip


@pytest.fixture
def case(network, lead, teams, now):
    """A customer's question on the made-up platform, and whoever answers."""
    values = {"external_id": PAGE, "name": "Toy page", "app_secret": "a", "verify_token": "v", "access_token": "t"}
    add_channel(actor=SYSTEM, platform="toy", values=values, now=now)
    apply_items([said(network, "in_1", "Missä tilaus?", ours=False, at=now)], now=now)
    message = Message.objects.get()
    return SimpleNamespace(ticket=message.ticket_id, thread=message.thread_id, actor=lead)


class Story:
    """One run of events against the database, with what must hold kept in view."""

    def __init__(self, network, case):
        self.network, self.case = network, case
        self.replies = []
        self.pressed = {}  # message id → how often a colleague asked for an unknown one again

    @property
    def now(self):
        return self.network.now.time

    def act(self, kind, argument=None):
        getattr(self, kind)(argument) if argument else getattr(self, kind)()
        self.check()

    def reply(self):
        message = queue_reply(
            actor=self.case.actor, ticket_id=self.case.ticket, thread_id=self.case.thread, visibility="public",
            text=f"Svar {len(self.replies)}, ring 912 34 567", client_key=uuid.uuid4(), undo_seconds=0, now=self.now,
        )  # fmt: skip
        self.replies.append(message)

    def worker(self, step="ok"):
        """A worker takes one part; the network behaves as `step` says."""
        self.network.next_step = step
        try:
            sending.send_next()
        except (PowerCut, OperationalError):
            pass
        finally:
            self.network.next_step, trap.times = "ok", 0

    def claim_and_die(self):
        sending._claim(self.now)

    def begin_and_die(self):
        part_id = sending._claim(self.now)
        if part_id:
            assert sending._begin(Part.objects.get(pk=part_id))

    def sweep(self):
        self.network.now.time += timedelta(minutes=4)
        sending.recover_stuck(now=self.now)
        release_pauses(now=self.now)

    def soon(self):
        self.network.now.time += timedelta(seconds=30)
        sending.recover_stuck(now=self.now)

    def echo(self):
        """The network tells of everything that stands there, the old once more."""
        items = [said(self.network, number, text, ours=True, at=self.now) for number, _, text in self.network.page]
        for item in items:
            apply_items([item], now=self.now)
        self.network.echoed = len(items)

    def press_retry(self):
        part = Part.objects.filter(state__in=["failed", "unknown"]).order_by("pk").first()
        if part is None:
            return
        if part.state == "unknown":
            self.pressed[part.message_id] = self.pressed.get(part.message_id, 0) + 1
        retry_reply(actor=self.case.actor, ticket_id=self.case.ticket, message_id=part.message_id, now=self.now)

    def reconnect(self):
        channel = Account.objects.get().channel_id
        reconnect_channel(actor=SYSTEM, channel_id=channel, values={"access_token": "n"}, now=self.now)

    def check(self):
        """What must hold at every moment."""
        states = dict(Part.objects.values_list("message_id", "state"))
        assert len(states) == len(self.replies)
        for message in self.replies:
            copies = self.network.copies(message)
            assert copies <= 1 + self.pressed.get(message.pk, 0), "read twice"
            if states[message.pk] == "sent":
                assert copies >= 1, "called sent, and nobody can read it"
            if states[message.pk] == "failed":
                assert copies <= self.pressed.get(message.pk, 0), "called failed, and people read it"

    def end(self):
        """Time passes, the network is well, everything is told: nothing hangs, nothing is lost, no row is double."""
        self.reconnect()
        for _ in range(len(self.replies) + 3):
            self.sweep()
            for _ in range(len(self.replies) + 1):
                self.worker()
            self.echo()
            self.check()
        states = dict(Part.objects.values_list("message_id", "state"))
        held_back = False
        for message in self.replies:
            state, copies = states[message.pk], self.network.copies(message)
            assert state in ("sent", "failed", "unknown", "queued")
            if state == "queued":
                assert held_back, "waits for nothing"
            if state == "unknown":
                assert copies == 0, "its echo was told and did not settle it"
            held_back = held_back or state == "unknown"
        if not self.pressed:
            assert Message.objects.filter(direction="out", origin="native_app").count() == 0
        numbers = list(Message.objects.filter(direction="out").exclude(external_id=None).values_list("external_id"))
        assert len(numbers) == len(set(numbers)) == len(self.network.page)
        trouble = {"failed", "unknown"} & set(states.values())
        assert bool(Ticket.objects.get().trouble) == bool(trouble)


STEPS = [
    "ok", "cut before", "cut after", "cut at the receipt", "receipt met a deadlock", "database gone at the receipt",
    "no answer, done", "no answer, not done", "our bug, done", "later", "limited", "dead", "gone",
]  # fmt: skip
EVENTS = st.one_of(
    st.tuples(st.just("worker"), st.sampled_from(STEPS)),
    st.sampled_from(
        ["reply", "claim_and_die", "begin_and_die", "sweep", "soon", "echo", "press_retry", "reconnect"]
    ).map(lambda kind: (kind, None)),
)


def run(network, case, events):
    """One story, after which the database and the network are as before."""
    start = network.now.time
    network.page.clear()
    with transaction.atomic():
        story = Story(network, case)
        story.act("reply")
        for kind, argument in events:
            story.act(kind, argument)
        story.end()
        transaction.set_rollback(True)
    network.now.time = start


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", ["none", "echo", "press_retry"])
def test_each_step_alone(network, case, step, before):
    events = [("worker", step), ("soon", None), ("sweep", None), ("worker", "ok")]
    if before != "none":
        events.insert(3, (before, None))
    run(network, case, events)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=14))
@example([("begin_and_die", None), ("echo", None), ("sweep", None), ("press_retry", None), ("worker", "cut after")])
@example([("reply", None), ("worker", "cut at the receipt"), ("echo", None), ("worker", "ok")])
@example([("claim_and_die", None), ("sweep", None), ("claim_and_die", None), ("sweep", None), ("worker", "dead")])
def test_any_order_of_events(network, case, events):
    run(network, case, events)


def test_an_unexpected_fault_of_ours_during_the_call_is_unknown(network, case):
    story = Story(network, case)
    story.act("reply")
    story.act("worker", "our bug, done")
    part = Part.objects.get()
    assert (part.state, part.reason) == ("unknown", "our_fault")
    story.act("sweep")
    story.act("worker")
    assert len(network.page) == 1


def test_two_replies_in_the_same_words_are_settled_by_two_echoes_in_order(network, case):
    # given the same words twice, the first of them without an answer
    story = Story(network, case)
    for _ in range(2):
        story.act("reply")
    Message.objects.filter(pk=story.replies[1].pk).update(content_hash=story.replies[0].content_hash)
    story.act("worker", "no answer, done")
    story.act("worker")
    assert list(Part.objects.order_by("pk").values_list("state", flat=True)) == ["unknown", "queued"]
    # when
    story.act("echo")
    story.act("worker")
    # then
    assert list(Part.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "sent"]
    assert Message.objects.filter(direction="out").count() == 2
