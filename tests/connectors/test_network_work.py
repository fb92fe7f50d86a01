"""Private replies, moderation and the reconciling poll: our operations against the sandbox, through the real SDK."""

import uuid
from datetime import timedelta

import httpx
import pytest

from connectors.models import Account, ActionState, Health, NetworkAction
from connectors.operations.moderating import act_waiting, moderate_message
from connectors.operations.polling import poll_account, poll_due_accounts, store_page
from connectors.operations.replying import queue_reply
from connectors.operations.sending import send_waiting
from core.audit.models import AuditEntry
from core.clock import now as clock_now
from core.errors import Conflict, Forbidden, Invalid
from tests.playing import sandbox_at
from tickets.models import Message, Part, Thread, Ticket
from tickets.queries.case import get_case
from tickets.queries.case_views import TurnView

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = {"app_secret": "app-secret", "verify_token": "verify-token", "access_token": "access-token"}


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory):
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        yield told["url"]


@pytest.fixture
def town(sandbox_url, settings, channel):
    """The sandbox with our page; town(method, path, body) steers it."""
    settings.PLATFORM_URLS = {"facebook": sandbox_url}
    page = f"{sandbox_url}/_sandbox/facebook/pages/{channel.external_id}"

    def steer(method, path="", body=None):
        answer = httpx.request(method, f"{page}{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    steer("PUT", "", {"name": "Havbris", "callback_url": "http://127.0.0.1:9/", "seed_posts": False, **SECRETS})
    steer("POST", "/posts", {"message": "Nyheter", "as_page": True})
    yield steer
    steer("DELETE")


@pytest.fixture
def asked(town, channel):
    """A customer's comment that only a poll can find; the case it became."""
    made = town("POST", "/comments", {"person": "Kari Ø", "message": "Hvor er pakken?"})
    Account.objects.update(next_poll_at=None)
    assert poll_due_accounts(now=clock_now()) >= 1
    return made["id"], Ticket.objects.get()


def _reply(agent, ticket, visibility, text="Vi ser på det"):
    public = Thread.objects.get(visibility="public")
    return queue_reply(
        actor=agent,
        ticket_id=ticket.pk,
        thread_id=public.pk,
        visibility=visibility,
        text=text,
        client_key=uuid.uuid4(),
        undo_seconds=0,
        now=clock_now(),
    )


def test_a_poll_finds_what_no_webhook_told_once(asked, agent):
    comment, ticket = asked
    account = Account.objects.select_related("channel", "endpoint").get()

    again = poll_account(account)

    assert again >= 1
    assert list(Message.objects.values_list("external_id", "text")) == [(comment, "Hvor er pakken?")]
    assert (ticket.status, ticket.customer_name) == ("open", "Kari Ø")
    assert account.cursor != {}


def test_a_page_is_stored_only_when_nobody_else_moved_the_cursor(asked):
    from connectors.kit.base import Page

    account = Account.objects.select_related("channel", "endpoint").get()
    stored = store_page(account=account, page=Page((), {"x": 1}, more=False), before={"other": 1}, now=clock_now())

    assert stored is False
    assert Account.objects.get().cursor == account.cursor


def test_a_dead_token_stops_the_poll_and_holds_the_channel(town, channel):
    town("PUT", "/faults", {"token_dead": 460})
    Account.objects.update(next_poll_at=None)

    assert poll_due_accounts(now=clock_now()) == 0
    account = Account.objects.get()
    assert (account.health, account.health_code, account.cursor) == (Health.RECONNECT, "190/460", {})
    Account.objects.update(next_poll_at=None)
    assert poll_due_accounts(now=clock_now()) == 0
    assert AuditEntry.objects.filter(action="channel.held").count() == 1


def test_a_private_reply_reaches_the_customer_once_and_opens_a_private_thread(asked, town, agent):
    comment, ticket = asked

    message = _reply(agent, ticket, "private", "Vi tar det her")
    send_waiting()

    part = Part.objects.get(message=message)
    assert (part.state, part.action, part.target_external_id) == ("sent", "reply_private", comment)
    given = town("GET")["private_replies"]
    assert len(given) == 1
    assert "Vi tar det her" in str(given)
    assert all(c["message"] != "Vi tar det her" for c in town("GET")["comments"])
    case = get_case(actor=agent, number=ticket.number)
    assert [entry.to for entry in case.entries if isinstance(entry, TurnView)] == ["private"]
    before = (Message.objects.count(), Thread.objects.count(), AuditEntry.objects.count())
    with pytest.raises(Conflict):
        _reply(agent, ticket, "private", "En gang til")
    assert (Message.objects.count(), Thread.objects.count(), AuditEntry.objects.count()) == before


def test_a_private_reply_after_the_window_is_refused(asked, agent):
    _comment, ticket = asked
    Message.objects.update(at=clock_now() - timedelta(days=8))

    with pytest.raises(Conflict) as refused:
        _reply(agent, ticket, "private")

    assert refused.value.code == "window_closed"
    assert Thread.objects.filter(visibility="private").count() == 0


def test_hiding_and_showing_change_the_network_and_our_copy(asked, town, agent):
    comment, ticket = asked
    message = Message.objects.get()

    for action, hidden, state in (("hide", True, "hidden"), ("unhide", False, "visible")):
        moderate_message(actor=agent, ticket_id=ticket.pk, message_id=message.pk, action=action, now=clock_now())
        assert act_waiting() == 1
        standing = {c["id"]: c for c in town("GET")["comments"]}[comment]
        message.refresh_from_db()
        assert (standing["is_hidden"], message.state) == (hidden, state)
    assert list(ticket.events.filter(kind__endswith="_done").order_by("pk").values_list("kind", flat=True)) == [
        "hide_done",
        "unhide_done",
    ]


def test_an_action_that_got_no_answer_is_done_again_without_harm(asked, town, agent):
    _comment, ticket = asked
    message = Message.objects.get()
    town("PUT", "/faults", {"timeout_after_effect": {"value": "drop", "times": 1}})

    row = moderate_message(actor=agent, ticket_id=ticket.pk, message_id=message.pk, action="delete", now=clock_now())
    act_waiting()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (ActionState.QUEUED, 1)
    NetworkAction.objects.update(not_before_at=clock_now())
    act_waiting()

    row.refresh_from_db()
    assert town("GET")["comments"] == []
    assert row.state in (ActionState.DONE, ActionState.FAILED)  # gone already: the platform may say so
    assert row.attempts == 2


@pytest.mark.parametrize(("action", "refusal"), [("dance", Invalid), ("edit", Invalid), ("hide", Conflict)])
def test_what_cannot_be_done_is_refused_and_leaves_nothing(asked, agent, action, refusal):
    _comment, ticket = asked
    ours = _reply(agent, ticket, "public")
    send_waiting()
    before = AuditEntry.objects.count()

    with pytest.raises(refusal):
        moderate_message(actor=agent, ticket_id=ticket.pk, message_id=ours.pk, action=action, now=clock_now())

    assert (NetworkAction.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_an_auditor_moderates_nothing(asked, make_user):
    _comment, ticket = asked
    auditor = make_user("auditor")

    with pytest.raises(Forbidden):
        moderate_message(
            actor=auditor,
            ticket_id=ticket.pk,
            message_id=Message.objects.get().pk,
            action="hide",
            now=clock_now(),
        )
    assert NetworkAction.objects.count() == 0


def test_the_same_wish_twice_is_one_wish(asked, agent):
    _comment, ticket = asked
    message = Message.objects.get()

    first, second = (
        moderate_message(actor=agent, ticket_id=ticket.pk, message_id=message.pk, action="hide", now=clock_now())
        for _ in range(2)
    )

    assert first.pk == second.pk
    assert NetworkAction.objects.count() == 1
