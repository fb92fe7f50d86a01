"""A made-up platform that remembers what stands on its page, tells of it later, and has the power fail around a call;
and one run of events against it: workers, sweepers, echoes and colleagues, with what must hold kept in view.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import OperationalError, transaction
from hypothesis import strategies as st

from connectors.kit import errors
from connectors.kit.base import Receipt
from connectors.models import Account
from connectors.operations import sending
from connectors.operations.channels import reconnect_channel
from connectors.operations.draining import claim_row
from connectors.operations.holding import release_pauses
from connectors.operations.moving_private import PublicLine, move_to_private
from connectors.operations.replying import queue_reply, retry_reply, take_back_reply
from core.actors import SYSTEM
from core.errors import Conflict, NotFound
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
    page: list = field(default_factory=list)  # (its id, client key, text, thread): what people read
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
        root = f"private:{part.target_external_id}" if part.visibility == "private" else "in_1"
        self.page.append((number, part.client_key, part.text, root))
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
        return sum(key == str(message.client_key) for _, key, _, _ in self.page)

    def first_place(self, message):
        """Where this reply stands in the order in which people could read it."""
        return [key for _, key, _, _ in self.page].index(str(message.client_key))


class Clock:
    """Stands until moved."""

    def __init__(self, start):
        self.time = start

    def __call__(self):
        return self.time


def said(network, number, text, *, ours, at, root="in_1"):
    visibility = "private" if root.startswith("private:") else "public"
    author = Author(PAGE if ours else "7100", name="Aino", scope=PAGE)
    return MessageItem(
        platform="toy", account_external_id=PAGE, external_id=number, external_root=root, text=text, at=at,
        version_at=at, direction="out" if ours else "in", author=author, parent_external_id=root if ours else "",
        visibility=visibility,
    )  # fmt: skip


class Story:
    """One run of events against the database, with what must hold kept in view."""

    def __init__(self, network, case):
        self.network, self.case = network, case
        self.replies = []
        self.lines = []  # (the public line, the private reply that it speaks of)
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

    def move(self):
        """The comment is answered in private, with a public line that says so; a second time that is refused."""
        line = PublicLine(self.case.thread, f"Vi har skrevet til deg, {len(self.replies)}")
        try:
            private = move_to_private(
                actor=self.case.actor, ticket_id=self.case.ticket, thread_id=self.case.thread, line=line,
                text=f"Privat {len(self.replies)}", client_key=uuid.uuid4(), undo_seconds=0, now=self.now,
            )  # fmt: skip
        except Conflict:
            return
        public = Message.objects.get(parts__waits_for__message=private)
        self.replies += [public, private]
        self.lines.append((public, private))

    def take_back(self):
        """Undo the newest move; it is refused once the private reply is on its way."""
        if not self.lines:
            return
        public, private = self.lines[-1]
        try:
            take_back_reply(actor=self.case.actor, ticket_id=self.case.ticket, message_id=private.pk, now=self.now)
        except (Conflict, NotFound):
            return
        self.lines.pop()
        self.replies = [one for one in self.replies if one not in (public, private)]

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
        claim_row(sending._CLAIM, now=self.now)

    def begin_and_die(self):
        part_id = claim_row(sending._CLAIM, now=self.now)
        if part_id:
            assert sending._begin(Part.objects.get(pk=part_id), "")

    def sweep(self):
        self.network.now.time += timedelta(minutes=4)
        sending.recover_stuck(now=self.now)
        release_pauses(now=self.now)

    def soon(self):
        self.network.now.time += timedelta(seconds=30)
        sending.recover_stuck(now=self.now)

    def echo(self):
        """The network tells of everything that stands there, the old once more."""
        items = [
            said(self.network, number, text, ours=True, at=self.now, root=root)
            for number, _, text, root in self.network.page
        ]
        for item in items:
            apply_items([item], now=self.now)
        self.network.echoed = len(items)

    def press_retry(self):
        """A line whose private message failed cannot be sent alone: then that one is asked for."""
        for part in Part.objects.filter(state__in=["failed", "unknown"]).order_by("pk"):
            ids = {"ticket_id": self.case.ticket, "message_id": part.message_id}
            try:
                retry_reply(actor=self.case.actor, now=self.now, **ids)
            except Conflict:
                continue
            if part.state == "unknown":
                self.pressed[part.message_id] = self.pressed.get(part.message_id, 0) + 1
            return

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
        for line, private in self.lines:
            if self.network.copies(line):
                assert self.network.copies(private), "speaks of what nobody got"
                assert self.network.first_place(private) < self.network.first_place(line)

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
        held_back = any(states[private.pk] == "unknown" for _, private in self.lines)
        for message in self.replies:
            state, copies = states[message.pk], self.network.copies(message)
            assert state in ("sent", "failed", "unknown", "queued")
            if state == "queued":
                assert held_back, "waits for nothing"
            if state == "unknown":
                assert copies == 0, "its echo was told and did not settle it"
            held_back = held_back or state == "unknown"
        for line, private in self.lines:
            if states[private.pk] == "failed":
                assert states[line.pk] in ("failed", "queued"), "waits for what will not come"
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
        [
            "reply",
            "move",
            "take_back",
            "claim_and_die",
            "begin_and_die",
            "sweep",
            "soon",
            "echo",
            "press_retry",
            "reconnect",
        ]
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
