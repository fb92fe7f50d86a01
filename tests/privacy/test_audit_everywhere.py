"""Every operation leaves exactly one audit entry, or is listed with a reason why it leaves none.

An operation that is in neither table fails the suite.
"""

import importlib
import inspect
import pkgutil
import uuid
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client

from connectors.models import Account, Delivery, DeliveryState, Endpoint
from connectors.operations import channels, holding, ingesting, moderating, replying
from core import secrets
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.keys import rotation
from inbox.operations import tokens
from privacy.operations import revealing, searching
from tests.privacy.conftest import PHONE
from tickets.models import Part, PartState
from tickets.operations import assigning, closing, noting, tagging

PACKAGES = ("tickets.operations", "connectors.operations", "privacy.operations", "inbox.operations")

MACHINE = "a worker's step of something that a colleague asked for or a customer said, which is on record itself"
READS = "writes nothing"
KEEPING = "keeps the house in order; changes nothing that anybody did"
OPERATIONS_TESTS = "leaves one entry; needs servers of its own, so tests/operations looks at it"
EXEMPT = {
    "tickets.operations.noting.written_text": READS,
    "connectors.operations.holding.pause_account": MACHINE,
    "connectors.operations.holding.release_pauses": MACHINE,
    "connectors.operations.holding.refresh_account": MACHINE,
    "connectors.operations.ingesting.ingest_waiting": MACHINE,
    "connectors.operations.moderating.act_waiting": MACHINE,
    "connectors.operations.moderating.recover_stuck_actions": MACHINE,
    "connectors.operations.moderating.has_due_actions": READS,
    "connectors.operations.polling.poll_due_accounts": MACHINE,
    "connectors.operations.polling.poll_account": MACHINE,
    "connectors.operations.polling.store_page": MACHINE,
    "connectors.operations.sending.send_waiting": MACHINE,
    "connectors.operations.sending.send_next": MACHINE,
    "connectors.operations.sending.store_receipt": MACHINE,
    "connectors.operations.sending.recover_stuck": MACHINE,
    "connectors.operations.sending.has_due": READS,
    "inbox.operations.housekeeping.fold_counters": KEEPING,
    "inbox.operations.housekeeping.drop_expired": KEEPING,
    "inbox.operations.housekeeping.sign_of_life": KEEPING,
    "inbox.operations.demo_pages.tell_sandbox": "the demo's other side, not ours",
    "inbox.operations.seeding.seed_demo": "makes the demo; its channel is on record by add_channel",
    "inbox.operations.preparing.migrate": KEEPING,
    "inbox.operations.preparing.collect_static_files": KEEPING,
    "inbox.operations.diagnosing.diagnose": READS,
    "inbox.operations.backing_up.make_backup": OPERATIONS_TESTS,
    "inbox.operations.backing_up.applied_migrations": READS,
    "inbox.operations.backing_up.count_rows": READS,
    "inbox.operations.backing_up.hash_check": READS,
    "inbox.operations.backing_up.digest_of": READS,
    "inbox.operations.backing_up.opened_backup": READS,
    "inbox.operations.backing_up.write_keys": "writes a file beside a backup, which is on record",
    "inbox.operations.backing_up.run_program": "a step of a backup or restore",
    "inbox.operations.restoring.restore_backup": OPERATIONS_TESTS,
    "inbox.operations.restoring.is_restore_unfinished": READS,
    "inbox.operations.tombstones.journal_deletions": KEEPING,
    "inbox.operations.tombstones.replay_tombstones": "a step of a restore, which is on record",
}


@pytest.fixture
def scene(message, agent, lead, teams, make_user, now, connected):
    """A case, replies of ours in each state, people, and an unreadable delivery."""
    ids = {"ticket_id": message.ticket_id, "now": now}
    replies = {}
    for state in (PartState.QUEUED, PartState.FAILED, PartState.UNKNOWN):
        reply = replying.queue_reply(actor=lead, thread_id=message.thread_id, visibility="public", text=f"Svar {state}",
                                     client_key=uuid.uuid4(), undo_seconds=0, **ids)  # fmt: skip
        Part.objects.filter(message=reply).update(state=state)
        replies[state.value] = reply.pk
    endpoint = Endpoint.objects.get()
    unreadable = DeliveryState.UNREADABLE
    Delivery.objects.create(endpoint=endpoint, digest=b"d", body=b"", received_at=now, state=unreadable)
    token, _ = tokens.create_token(actor=SYSTEM, user=agent, name="t", scopes=None, now=now)
    return SimpleNamespace(ids=ids, message=message, agent=agent, lead=lead, admin=make_user("admin"), now=now,
                           team=teams["marketing"].pk, channel=connected.id, token=token.pk, **replies)  # fmt: skip


def as_agent(operation, **more):
    return lambda s: operation(actor=s.agent, **s.ids, **more)


def on_reply(operation, state):
    return lambda s: operation(actor=s.agent, message_id=getattr(s, state), **s.ids)


SECRETS = {"app_secret": "a", "verify_token": "v", "access_token": "t"}
ANOTHER_PAGE = {"external_id": "104000000000002", "name": "Havbris 2", **SECRETS}


def reopen(s):
    closing.resolve_ticket(actor=SYSTEM, **s.ids)
    s.before = AuditEntry.objects.count()
    closing.reopen_ticket(actor=s.agent, **s.ids)


def hold(s):
    from connectors.kit.errors import NeedsReconnect

    holding.hold_account(Account.objects.get(channel_id=s.channel), NeedsReconnect(code="190"), now=s.now)


SCENARIOS = {
    assigning.assign_ticket: lambda s: assigning.assign_ticket(actor=s.lead, assignee_id=s.agent.pk, **s.ids),
    assigning.take_ticket: as_agent(assigning.take_ticket),
    assigning.move_ticket: lambda s: assigning.move_ticket(actor=s.lead, team_id=s.team, **s.ids),
    closing.resolve_ticket: as_agent(closing.resolve_ticket),
    closing.reopen_ticket: reopen,
    noting.add_note: lambda s: noting.add_note(actor=s.agent, text="Hei", client_key=uuid.uuid4(), **s.ids),
    tagging.set_tags: as_agent(tagging.set_tags, names=["levering", "retur"]),
    replying.queue_reply: lambda s: replying.queue_reply(
        actor=s.agent, thread_id=s.message.thread_id, visibility="public", text="Hei", client_key=uuid.uuid4(),
        undo_seconds=0, **s.ids),
    replying.take_back_reply: on_reply(replying.take_back_reply, "queued"),
    replying.retry_reply: on_reply(replying.retry_reply, "failed"),
    replying.confirm_reply: on_reply(replying.confirm_reply, "unknown"),
    moderating.moderate_message: lambda s: moderating.moderate_message(
        actor=s.agent, message_id=s.message.pk, action="hide", **s.ids),
    channels.add_channel: lambda s: channels.add_channel(
        actor=s.admin, platform="facebook", values=ANOTHER_PAGE, now=s.now),
    channels.reconnect_channel: lambda s: channels.reconnect_channel(
        actor=s.admin, channel_id=s.channel, values={"access_token": "new"}, now=s.now),
    holding.hold_account: hold,
    ingesting.replay_deliveries: lambda s: ingesting.replay_deliveries(now=s.now),
    revealing.reveal_mask: lambda s: revealing.reveal_mask(
        actor=s.agent, message_id=s.message.pk, index=0, reason="answer_customer", **s.ids),
    searching.search_value: lambda s: searching.search_value(
        actor=s.agent, value=PHONE, reason="legal_request", now=s.now),
    tokens.create_token: lambda s: tokens.create_token(actor=SYSTEM, user=s.agent, name="t", scopes=None, now=s.now),
    tokens.revoke_token: lambda s: tokens.revoke_token(actor=SYSTEM, token_id=s.token, now=s.now),
}  # fmt: skip


def name_of(operation):
    return f"{operation.__module__}.{operation.__name__}"


def all_operations(packages=PACKAGES):
    """Every public function that a module of operations defines."""
    for package in map(importlib.import_module, packages):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, function in vars(module).items():
                if inspect.isfunction(function) and function.__module__ == info.name and not name.startswith("_"):
                    yield f"{info.name}.{name}"


def test_every_operation_is_in_one_of_the_tables():
    here = set(all_operations())

    assert {name_of(operation) for operation in SCENARIOS} | set(EXEMPT) == here
    assert {name_of(operation) for operation in SCENARIOS} & set(EXEMPT) == set()
    assert len(here) >= 50


@pytest.mark.django_db
@pytest.mark.parametrize("operation", SCENARIOS, ids=name_of)
def test_an_operation_leaves_exactly_one_entry(operation, scene):
    scene.before = AuditEntry.objects.count()
    with transaction.atomic():
        SCENARIOS[operation](scene)

    assert AuditEntry.objects.count() - scene.before == 1
    entry = AuditEntry.objects.latest("pk")
    assert entry.action.partition(".")[2]
    assert PHONE not in str(entry.data)


def test_rotating_keys_leaves_one_entry(scene, settings):
    other = "k9:" + "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="
    before, ring = AuditEntry.objects.count(), settings.KEY_RING
    settings.KEY_RING = f"{other}\n{ring}"
    secrets.forget_keys()
    try:
        rotation.rotate_keys(now=scene.now)
    finally:
        settings.KEY_RING = ring
        secrets.forget_keys()

    assert AuditEntry.objects.count() - before == 1


@pytest.mark.django_db
def test_signing_in_and_out_and_choosing_leave_one_entry_each(agent):
    agent.set_password("a long word of passage")
    agent.save()
    browser = Client()
    steps = [
        ("/sign-in", {"email": agent.email, "password": "a long word of passage"}, ["session.started"]),
        ("/preferences", {"theme": "dark"}, ["preferences.changed"]),
        ("/sign-out", {}, ["session.ended"]),
        ("/sign-in", {"email": agent.email, "password": "wrong"}, []),
    ]
    for path, body, left in steps:
        before = AuditEntry.objects.count()
        browser.post(path, body)
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)[before:]) == left
