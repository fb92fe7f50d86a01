"""What intake, queries and operations are tested with: items as a platform would give them, and rows counted."""

from datetime import datetime, timedelta

import pytest

from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem, PostDeletedItem, PostItem, ReactionItem, StateItem

PAGE = "104000000000001"


class Town:
    """Makes items of our page. Minutes count from `now`; `minute` is when it happened, `version` when it was news."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def time(self, minute):
        return self.now + timedelta(minutes=minute)

    def _base(self, external_id, minute, version):
        news = None if version is None else self.time(version)
        at = self.time(minute)
        return {
            "platform": "facebook",
            "account_external_id": PAGE,
            "external_id": external_id,
            "at": at,
            "version_at": news,
        }

    def comment(self, external_id="c1", text="Hei!", *, by="p1", name="", minute=-30, version=None, **extra):
        author = Author(by, name=name or f"Person {by}", scope=PAGE) if by else None
        extra.setdefault("external_root", external_id)
        base = self._base(external_id, minute, version)
        return MessageItem(**{**base, "text": text, "author": author, **extra})

    def native(self, external_id="n1", text="Vastaus", *, to="c1", root="c1", minute=-20, version=None, **extra):
        """A colleague's answer in the network's own app."""
        base = self._base(external_id, minute, version)
        return MessageItem(
            **{**base, "text": text, "direction": "out", "external_root": root, "parent_external_id": to, **extra}
        )

    def state(self, external_id="c1", state="hidden", *, minute=-10):
        return StateItem(**self._base(external_id, minute, minute), state=state)

    def post(self, external_id="P1", text="Uusi mallisto", *, minute=-60, version=None, **extra):
        return PostItem(**{**self._base(external_id, minute, version), "text": text, "ours": True, **extra})

    def post_gone(self, external_id="P1", *, minute=-5):
        return PostDeletedItem(**self._base(external_id, minute, minute))

    def reaction(self, target="c1", *, actor="p9", reaction="like", delta=1, minute=-9):
        return ReactionItem(**self._base(target, minute, minute), actor=actor, reaction=reaction, delta=delta)


@pytest.fixture
def town(now, channel):
    """Items of the connected page."""
    return Town(now)


@pytest.fixture
def take_in(now, channel):
    """Apply items, each call one batch."""
    return lambda *items, at=now: apply_items(items, now=at)


@pytest.fixture
def case_of(town, take_in):
    """Make a case by a comment: case_of("c1", by="p1")."""
    from tickets.models import Message

    def make(external_id="c1", **extra):
        take_in(town.comment(external_id, **extra))
        return Message.objects.get(external_id=external_id).ticket

    return make


@pytest.fixture
def footprint():
    """How many rows tell of an act; equal before and after a refusal."""
    from core.audit.models import AuditEntry
    from inbox.live.models import Hint
    from tickets.models import Note, TicketEvent

    return lambda: tuple(model.objects.count() for model in (AuditEntry, Hint, Note, TicketEvent))


@pytest.fixture
def our_reply(agent, now):
    """Store a reply of ours in a case, as far on its way as `state` says."""
    from tickets.intake.prepare import content_hash
    from tickets.models import Message, Part

    def make(ticket, state, text="Paketti on matkalla", at=now, **extra):
        thread = ticket.ticket_threads.get().thread
        message = Message.objects.create(
            channel=ticket.channel,
            thread=thread,
            ticket=ticket,
            author=agent,
            direction="out",
            origin="ours",
            visibility=thread.visibility,
            text=text,
            at=at,
            received_at=at,
            version_at=at,
            content_hash=content_hash(text),
        )
        part = {"action": "reply_public", "not_before_at": at, "state": state, "reason": "", **extra}
        Part.objects.create(message=message, thread=thread, **part)
        return message

    return make
