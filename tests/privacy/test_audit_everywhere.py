"""Every operation leaves exactly one audit entry, or is listed with a reason why it leaves none.

An operation that is in neither table fails the suite.
"""

import importlib
import inspect
import pkgutil
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client

from connectors.models import Account, Delivery, DeliveryState, Endpoint
from connectors.operations import channels, handing_over, holding, ingesting, moderating, replying
from core import secrets
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.keys import rotation
from core.keys.models import new_data_keys, open_key
from core.users import totp
from core.users.models import Passkey
from core.users.oidc import Identity
from core.users.operations import company, passkeys, passwords, people, second_factors, sessions
from inbox.operations import choosing_keys, tokens
from privacy.operations import erasing, network_requests, revealing, searching
from privacy.queries.hidden import Place
from tests.privacy import audit_channels, audit_exempt, joining_scenes
from tests.privacy.conftest import PHONE, signed_request
from tickets.letters import Envelope, seal_envelope
from tickets.models import Channel, Letter, Message, Part, PartState, Thread, TicketThread
from tickets.operations import (
    assigning,
    closing,
    filing,
    following,
    linking_people,
    marking_spam,
    noting,
    prioritising,
    saved_replies,
    snoozing,
    tagging,
    teams,
    viewing,
)

APPS = ("core.users", "tickets", "connectors", "privacy", "inbox")
PACKAGES = tuple(f"{app}.operations" for app in APPS)
EXEMPT = audit_exempt.EXEMPT | audit_channels.EXEMPT


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
    agent.set_password(WORD)
    agent.save()
    passkey = Passkey.objects.create(user=agent, name="Phone", digest="d", credential="", created_at=now)
    invited, link = people.invite_person(actor=SYSTEM, email="kari@havbris.example", name="Kari", role="agent",
                                         language="en", origin="https://samsvar.example", now=now)  # fmt: skip
    return SimpleNamespace(passkey=passkey.pk, invited=invited.pk, link=link.partition("#")[2], ids=ids,
                           message=message, agent=agent, lead=lead, admin=make_user("admin"), now=now,
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


def having(s, first, then, **more):
    """The second act, after the first that it undoes."""
    first(actor=s.agent, **more, **s.ids)
    s.before = AuditEntry.objects.count()
    then(actor=s.agent, **s.ids)


def put_up(s, operation):
    row = filing.put_up_file(actor=s.agent, name="kvittering.txt", content=b"Takk", **s.ids)
    s.before = AuditEntry.objects.count()
    operation(actor=s.agent, uid=row.uid, **s.ids)


def letter_of(s):
    key = new_data_keys(1)[0]
    sealed = seal_envelope(Envelope("Faktura", (), ""), uid=s.message.uid, key_id=key.pk, key=open_key(key))
    Letter.objects.create(message=s.message, sealed=sealed)
    revealing.reveal_letter(actor=s.agent, message_id=s.message.pk, reason="answer_customer", **s.ids)


def hold(s):
    from connectors.kit.errors import NeedsReconnect

    holding.hold_account(Account.objects.get(channel_id=s.channel), NeedsReconnect(code="190"), now=s.now)


def hand_over(s):
    channel = Channel.objects.create(platform="messenger", external_id="9", name="M", brand=s.message.channel.brand)
    thread = Thread.objects.create(
        channel=channel, external_root="7", visibility="private", created_at=s.now, standby=True
    )
    TicketThread.objects.create(ticket=s.message.ticket, thread=thread, customer=s.message.customer)
    Message.objects.filter(pk=s.queued).update(thread=thread)
    handing_over.hand_conversation(actor=s.agent, thread_id=thread.pk, action="take_over", **s.ids)


def separate(s):
    identity = s.message.customer.identities.get()
    identity.evidence = {"because": "private_reply", "message": s.message.pk}
    identity.save()
    linking_people.separate_identity(actor=s.agent, identity_id=identity.pk, **s.ids)


CONTENT = saved_replies.Content("Pakken", [saved_replies.Variant("nb", "Hei")], scope="all")


def with_saved(operation, *, gone=False, **more):
    """The operation, on a saved reply that is there or, `gone`, deleted."""

    def run(s):
        reply = saved_replies.create_saved_reply(actor=s.lead, content=CONTENT, now=s.now)
        if gone:
            saved_replies.archive_saved_reply(actor=s.lead, saved_reply_id=reply.pk, now=s.now)
        s.before = AuditEntry.objects.count()
        operation(actor=s.lead, saved_reply_id=reply.pk, now=s.now, **more)

    return run


WORD = "a long word of passage"


def with_app(s, operation, *, beginning=False):
    """The operation, with an authenticator app that is in use or, `beginning`, about to be."""
    secret = second_factors.begin_totp(actor=s.agent)
    if not beginning:
        second_factors.confirm_totp(actor=s.agent, code=totp.code_at(secret, totp.step_of(s.now)), now=s.now)
    s.before = AuditEntry.objects.count()
    return operation(totp.code_at(secret, totp.step_of(s.now)))


def recover(s, _code=""):
    codes = second_factors.renew_recovery_codes(actor=s.agent, now=s.now)
    s.before = AuditEntry.objects.count()
    second_factors.use_code(user=s.agent, code=codes[0], now=s.now)


def session_key(s):
    return Session.objects.create(session_key="this-device", expire_date=s.now).pk


def session_of(s, operation):
    key = session_key(s)
    row = sessions.keep_session(actor=s.agent, session_key=key, user_agent="", how="link", now=s.now)
    return operation(row.pk, key)


def reactivate(s):
    people.deactivate_person(user_id=s.agent.pk, actor=s.admin, now=s.now)
    s.before = AuditEntry.objects.count()
    people.reactivate_person(user_id=s.agent.pk, actor=s.admin, now=s.now)


def by_admin(operation, **more):
    return lambda s: operation(actor=s.admin, user_id=s.agent.pk, now=s.now, **more)


def save(s):
    return viewing.save_view(actor=s.agent, name="Public", text="public:yes", scope="own", now=s.now)


def on_view(s, operation, *, deleted=False, **more):
    view = save(s)
    if deleted:
        viewing.delete_view(actor=s.agent, view_id=view.pk, now=s.now)
    s.before = AuditEntry.objects.count()
    return operation(actor=s.agent, view_id=view.pk, now=s.now, **more)


SCENARIOS = {
    **audit_channels.SCENARIOS,
    company.recognise_company_user: lambda s: company.recognise_company_user(
        identity=Identity("subject", s.agent.email), now=s.now),
    passkeys.remove_passkey: lambda s: passkeys.remove_passkey(actor=s.agent, passkey_id=s.passkey, now=s.now),
    passwords.change_password: lambda s: passwords.change_password(
        actor=s.agent, current=WORD, new="quite another long word", now=s.now),
    passwords.accept_invitation: lambda s: passwords.accept_invitation(
        token=s.link, new="quite another long word", now=s.now),
    people.invite_person: lambda s: people.invite_person(
        actor=s.admin, email="per@havbris.example", name="Per", role="lead", language="nb", origin="", now=s.now),
    people.renew_invitation: lambda s: people.renew_invitation(
        actor=s.admin, user_id=s.invited, origin="", now=s.now),
    people.change_role: by_admin(people.change_role, role="lead"),
    people.set_spoken_languages: by_admin(people.set_spoken_languages, codes=["fi", "sv"]),
    people.set_absence: lambda s: people.set_absence(
        actor=s.admin, user_id=s.agent.pk, first=s.now.date(), last=s.now.date(), now=s.now),
    people.deactivate_person: by_admin(people.deactivate_person),
    people.reactivate_person: reactivate,
    people.reset_second_factors: by_admin(people.reset_second_factors),
    second_factors.confirm_totp: lambda s: with_app(
        s, lambda code: second_factors.confirm_totp(actor=s.agent, code=code, now=s.now), beginning=True),
    second_factors.remove_totp: lambda s: with_app(
        s, lambda _code: second_factors.remove_totp(actor=s.agent, now=s.now)),
    second_factors.renew_recovery_codes: lambda s: second_factors.renew_recovery_codes(actor=s.agent, now=s.now),
    second_factors.use_code: recover,
    sessions.start_session: lambda s: sessions.start_session(
        actor=s.agent, session_key=session_key(s), user_agent="", how="password", now=s.now),
    sessions.end_session: lambda s: session_of(
        s, lambda row, _key: sessions.end_session(actor=s.agent, session_id=row, now=s.now)),
    sessions.end_other_sessions: lambda s: session_of(
        s, lambda _row, key: sessions.end_other_sessions(actor=s.agent, session_key="", now=s.now)),
    saved_replies.create_saved_reply: lambda s: saved_replies.create_saved_reply(
        actor=s.lead, content=CONTENT, now=s.now),
    saved_replies.change_saved_reply: with_saved(saved_replies.change_saved_reply, content=CONTENT),
    saved_replies.archive_saved_reply: with_saved(saved_replies.archive_saved_reply),
    saved_replies.restore_saved_reply: with_saved(saved_replies.restore_saved_reply, gone=True),
    teams.create_team: lambda s: teams.create_team(actor=s.admin, name="Returns", now=s.now),
    teams.rename_team: lambda s: teams.rename_team(actor=s.admin, team_id=s.team, name="Returns", now=s.now),
    teams.set_teams_of: lambda s: teams.set_teams_of(
        actor=s.admin, user_id=s.agent.pk, team_ids=[s.team], now=s.now),
    assigning.assign_ticket: lambda s: assigning.assign_ticket(actor=s.lead, assignee_id=s.agent.pk, **s.ids),
    assigning.take_ticket: as_agent(assigning.take_ticket),
    assigning.move_ticket: lambda s: assigning.move_ticket(actor=s.lead, team_id=s.team, **s.ids),
    assigning.put_back_place: as_agent(assigning.put_back_place, team_id=None, assignee_id=None),
    **joining_scenes.SCENES,
    closing.resolve_ticket: as_agent(closing.resolve_ticket),
    closing.reopen_ticket: reopen,
    snoozing.snooze_ticket: lambda s: snoozing.snooze_ticket(actor=s.agent, until=s.now + timedelta(hours=2), **s.ids),
    snoozing.unsnooze_ticket: lambda s: having(
        s, snoozing.snooze_ticket, snoozing.unsnooze_ticket, until=s.now + timedelta(hours=2)),
    marking_spam.mark_spam: as_agent(marking_spam.mark_spam),
    marking_spam.unmark_spam: lambda s: having(s, marking_spam.mark_spam, marking_spam.unmark_spam),
    following.follow_ticket: as_agent(following.follow_ticket),
    following.unfollow_ticket: lambda s: having(s, following.follow_ticket, following.unfollow_ticket),
    noting.add_note: lambda s: noting.add_note(actor=s.agent, text="Hei", client_key=uuid.uuid4(), **s.ids),
    prioritising.set_priority: as_agent(prioritising.set_priority, priority=2),
    viewing.save_view: save,
    viewing.change_view: lambda s: on_view(s, viewing.change_view, name="Another name", text="public:no"),
    viewing.delete_view: lambda s: on_view(s, viewing.delete_view),
    viewing.restore_view: lambda s: on_view(s, viewing.restore_view, deleted=True),
    viewing.reorder_view: lambda s: on_view(s, viewing.reorder_view, up=False),
    tagging.set_tags: as_agent(tagging.set_tags, names=["levering", "retur"]),
    replying.queue_reply: lambda s: replying.queue_reply(
        actor=s.agent, thread_id=s.message.thread_id, visibility="public", text="Hei", client_key=uuid.uuid4(),
        undo_seconds=0, **s.ids),
    replying.take_back_reply: on_reply(replying.take_back_reply, "queued"),
    replying.retry_reply: on_reply(replying.retry_reply, "failed"),
    replying.confirm_reply: on_reply(replying.confirm_reply, "unknown"),
    moderating.moderate_message: lambda s: moderating.moderate_message(
        actor=s.agent, message_id=s.message.pk, action="hide", **s.ids),
    handing_over.hand_conversation: hand_over,
    channels.add_channel: lambda s: channels.add_channel(
        actor=s.admin, platform="facebook", values=ANOTHER_PAGE, now=s.now),
    channels.reconnect_channel: lambda s: channels.reconnect_channel(
        actor=s.admin, channel_id=s.channel, values={"access_token": "new"}, now=s.now),
    holding.hold_account: hold,
    ingesting.replay_deliveries: lambda s: ingesting.replay_deliveries(now=s.now),
    revealing.reveal_mask: lambda s: revealing.reveal_mask(
        actor=s.agent, place=Place(message_id=s.message.pk), reason="answer_customer", **s.ids),
    revealing.reveal_letter: letter_of,
    filing.put_up_file: lambda s: filing.put_up_file(actor=s.agent, name="kvittering.txt", content=b"Takk", **s.ids),
    filing.take_down_file: lambda s: put_up(s, filing.take_down_file),
    filing.open_file: lambda s: put_up(s, filing.open_file),
    searching.search_value: lambda s: searching.search_value(
        actor=s.agent, value=PHONE, reason="legal_request", now=s.now),
    linking_people.carry_on_in_private: lambda s: linking_people.carry_on_in_private(
        message=Message.objects.select_related("ticket__customer").get(pk=s.queued), channel=s.message.channel,
        external_key="7100", now=s.now),
    linking_people.separate_identity: separate,
    erasing.erase_on_platform: lambda s: erasing.erase_on_platform(
        actor=SYSTEM, customer_id=s.message.customer_id, platform="facebook", now=s.now),
    network_requests.receive_erasure_request: lambda s: network_requests.receive_erasure_request(
        **signed_request("218471"), now=s.now),
    network_requests.receive_departure: lambda s: network_requests.receive_departure(
        **signed_request("218471"), now=s.now),
    choosing_keys.choose_keys: lambda s: choosing_keys.choose_keys(
        actor=s.agent, single_keys=False, open_next=True, own={"resolve": "y"}, now=s.now),
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
