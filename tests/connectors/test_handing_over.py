"""A conversation that another program has is taken over, and given back: asked for once, done by a worker, told."""

import pytest

from connectors.kit import errors, registry
from connectors.models import NetworkAction
from connectors.operations.handing_over import hand_conversation
from connectors.operations.moderating import act_waiting
from connectors.queries.reply_ways import get_missing_private, get_reply_ways
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Thread, Ticket, TicketEvent
from tickets.queries.case import get_case

pytestmark = pytest.mark.django_db
PERSON, ACCOUNT = "7392015648120394", "104000000000007"


@pytest.fixture
def talk(teams, now):
    """A conversation on Messenger that another program has."""
    from connectors.operations.channels import add_channel
    from core.actors import SYSTEM

    secrets = {"app_secret": "a", "verify_token": "v", "access_token": "t"}
    values = {"external_id": ACCOUNT, "name": "Havbris", **secrets}
    add_channel(actor=SYSTEM, platform="messenger", values=values, team_id=teams["first-line"].pk, now=now)
    item = MessageItem(platform="messenger", account_external_id=ACCOUNT, external_id="m_1", external_root=PERSON,
                       text="Hei", author=Author(PERSON, "Kari", scope=ACCOUNT), visibility="private",
                       at=now)  # fmt: skip
    apply_items([item], now=now)
    Thread.objects.update(standby=True, standby_at=now)
    return Thread.objects.get()


@pytest.fixture
def platform(monkeypatch, now):
    """The calls that Messenger gets; `fails` is raised instead of an answer."""
    from types import SimpleNamespace

    played = SimpleNamespace(calls=[], fails=None)

    def moderate(_account, action, target):
        played.calls.append((str(action), target))
        if played.fails:
            raise played.fails

    connector = registry.get("messenger")
    monkeypatch.setattr("connectors.operations.moderating.clock_now", lambda: now)
    monkeypatch.setattr("connectors.operations.moderating.registry.get", lambda key: _with(connector, moderate))
    return played


def _with(connector, moderate):
    from dataclasses import replace

    return replace(connector, moderate=moderate)


def hand(actor, thread, now, action="take_over"):
    return hand_conversation(
        actor=actor, ticket_id=Ticket.objects.get().pk, thread_id=thread.pk, action=action, now=now
    )


def view(actor):
    return get_case(actor=actor, number=Ticket.objects.get().number)


def test_it_is_offered_asked_for_and_then_ours(talk, agent, now, platform):
    missing = get_missing_private(view(agent))
    assert (missing.take_over, missing.asked) == (talk.pk, False)

    before = AuditEntry.objects.count()
    hand(agent, talk, now)
    assert AuditEntry.objects.count() == before + 1
    assert get_missing_private(view(agent)).asked
    assert act_waiting() == 1

    assert platform.calls == [("take_over", PERSON)]
    assert not Thread.objects.get().standby
    [way] = get_reply_ways(view(agent))
    assert (way.visibility, way.hand_back) == ("private", True)
    said = TicketEvent.objects.filter(kind__startswith="take_over").order_by("pk").values_list("kind", flat=True)
    assert list(said) == [
        "take_over_asked",
        "take_over_done",
    ]


def test_the_same_wish_twice_is_one_wish(talk, agent, now, platform):
    assert hand(agent, talk, now).pk == hand(agent, talk, now).pk
    assert act_waiting() == 1
    assert len(platform.calls) == 1


def test_a_refusal_is_told_and_the_button_is_there_again(talk, agent, now, platform):
    platform.fails = errors.Rejected(errors.RejectReason.NOT_ALLOWED)
    hand(agent, talk, now)
    act_waiting()
    assert Thread.objects.get().standby
    missing = get_missing_private(view(agent))
    assert (missing.take_over, missing.asked) == (talk.pk, False)


def test_no_answer_is_simply_tried_again(talk, agent, now, platform):
    platform.fails = errors.OutcomeUnknown()
    hand(agent, talk, now)
    act_waiting()
    assert NetworkAction.objects.get().state == "queued"


def test_it_is_given_back(talk, agent, now, platform):
    Thread.objects.update(standby=False)
    hand(agent, talk, now, "hand_back")
    act_waiting()
    assert platform.calls == [("hand_back", PERSON)]
    assert Thread.objects.get().standby


@pytest.mark.parametrize(("action", "standby", "kind"), [
    ("take_over", False, Conflict), ("hand_back", True, Conflict), ("like", True, Invalid),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(talk, agent, now, action, standby, kind):
    Thread.objects.update(standby=standby)
    before = AuditEntry.objects.count()
    with pytest.raises(kind):
        hand(agent, talk, now, action)
    assert (NetworkAction.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_a_thread_of_another_case_is_refused(talk, agent, now):
    with pytest.raises(NotFound):
        hand_conversation(
            actor=agent, ticket_id=Ticket.objects.get().pk, thread_id=talk.pk + 1, action="take_over", now=now
        )
