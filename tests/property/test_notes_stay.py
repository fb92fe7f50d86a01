"""A note never reaches an outbound part, on any platform, whatever the composer is made to do."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.kit import registry
from connectors.operations.replying import queue_reply, take_back_reply
from core.clock import now
from core.errors import SamsvarError
from inbox.live.presence import VIEWS
from tickets.models import Channel, Draft, Message, Note, Part, PartState
from tickets.operations.drafting import save_draft
from tickets.operations.noting import add_note
from tickets.sealing import original_text

SECRET = "notathemmelighet"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["note", "draft", "reply", "undo", "form"]),
        st.sampled_from(["public", "private", "note"]),
        st.integers(0, 9),
    ),
    max_size=10,
)


@pytest.fixture(params=registry.keys())
def case(request, connected, now):
    """A case of each platform there is."""
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Ticket

    channel = Channel.objects.get(pk=connected.id)
    item = MessageItem(platform=channel.platform, account_external_id=channel.external_id, external_id="m1",
                       external_root="r1", text="Hei", author=Author("c1", "Kari", scope=channel.external_id),
                       visibility="public", at=now)  # fmt: skip
    ticket = Ticket.objects.get(pk=next(iter(apply_items([item], now=now).tickets)))
    Channel.objects.filter(pk=channel.pk).update(platform=request.param)
    Ticket.objects.filter(pk=ticket.pk).update(platform=request.param)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def browser(agent):
    from django.test import Client

    client = Client()
    client.force_login(agent)
    return client


def act(step, mode, n, case, actor, browser):
    ids = {"actor": actor, "ticket_id": case.pk, "now": now()}
    thread = case.ticket_threads.order_by("pk").first().thread_id
    words = f"{SECRET} {n}" if mode == "note" else f"svar {n}"
    if step == "note":
        add_note(text=f"{SECRET} {n}", client_key=uuid.uuid4(), draft_revision=n, **ids)
    elif step == "draft":
        save_draft(mode=mode, text=words, base_revision=n, force=n % 2 == 0, **ids)
    elif step == "reply" and mode != "note":
        queue_reply(thread_id=thread, visibility=mode, text=words, client_key=uuid.uuid4(), undo_seconds=60,
                    draft_revision=n, **ids)  # fmt: skip
    elif step == "undo":
        for part in Part.objects.filter(state=PartState.QUEUED):
            take_back_reply(message_id=part.message_id, **ids)
    elif step == "form":  # a form that says note, at the address of replies
        form = {"mode": "note", "thread_id": thread, "text": f"{SECRET} {n}", "client_key": str(uuid.uuid4())}
        assert browser.post(f"/case/{case.number}/reply", form, headers={"HX-Request": "true"}).status_code in (
            409,
            422,
        )


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_note_and_no_notes_draft_ever_leaves(case, agent, browser, steps):
    Note.objects.all().delete()
    Draft.objects.all().delete()
    Message.objects.filter(direction="out").delete()
    for step, mode, n in steps:
        try:
            act(step, mode, n, case, agent, browser)
        except SamsvarError:
            continue

    for part in Part.objects.select_related("message"):
        assert SECRET not in original_text(part.message)
        assert part.message.visibility in ("public", "private")
    for message in Message.objects.all():
        assert SECRET not in original_text(message)


def test_no_connector_can_be_told_that_somebody_writes():
    """Presence stays in the house: no platform's code has a word for it, and the live side knows no connector."""
    import inspect

    from inbox.live import beside, presence

    for connector in map(registry.get, registry.keys()):
        assert not [name for name in dir(connector) if "typing" in name.lower() or name == VIEWS]
    for module in (beside, presence):
        assert "connectors" not in inspect.getsource(module)
