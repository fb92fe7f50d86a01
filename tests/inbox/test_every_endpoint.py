"""Every address × every role × nobody, from one table. An address that is not in the table fails the suite."""

import uuid
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import URLPattern, get_resolver

from core.clock import now as clock_now
from core.ids import new_token, token_digest
from core.keys.models import new_data_keys, open_key
from core.users.models import ApiToken, DeviceSession
from inbox.scopes import Scope
from inbox.urls import urlpatterns
from tests.inbox.endpoints import ENDPOINTS, WHO
from tickets.letters import Envelope, seal_envelope
from tickets.models import Letter, Part, PartState, Post, StoredFile, Thread
from tickets.operations.filing import put_up_file
from tickets.operations.saved_replies import Content, Variant, create_saved_reply
from tickets.operations.viewing import save_view

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def scene(people, make_user, teams, written, now, settings):
    """A case of the first line with one reply queued, one failed and one that may have been sent."""
    from connectors.operations.replying import queue_reply
    from inbox.operations.housekeeping import sign_of_life

    settings.PLATFORM_URLS = {"facebook": "http://127.0.0.1:9"}  # nobody answers there
    sign_of_life(now=clock_now())
    case = written("Hvor er pakken? Ring meg på 91 23 45 67.")
    thread = case.ticket_threads.get().thread_id
    messages = {}
    for state in (PartState.QUEUED, PartState.FAILED, PartState.UNKNOWN):
        message = queue_reply(actor=people["lead"], ticket_id=case.pk, thread_id=thread, text=f"Svar {state}",
                              visibility="public", client_key=uuid.uuid4(), undo_seconds=0, now=now)  # fmt: skip
        Part.objects.filter(message=message).update(state=state)
        messages[state.value] = message.pk
    everyone = people | {"outsider": make_user("agent", teams["marketing"]), "anonymous": None}
    said = case.messages.get(direction="in").pk
    waiting = put_up_file(actor=people["lead"], ticket_id=case.pk, name="a.txt", content=b"Takk", now=now).uid
    kept = put_up_file(actor=people["lead"], ticket_id=case.pk, name="b.txt", content=b"Takk", now=now)
    StoredFile.objects.filter(pk=kept.pk).update(message_id=said)
    key = new_data_keys(1)[0]
    sealed = seal_envelope(Envelope("Faktura"), uid=case.messages.get(pk=said).uid, key_id=key.pk, key=open_key(key))
    Letter.objects.create(message_id=said, sealed=sealed)
    kept_session = Session.objects.create(session_key="another-device", expire_date=now)
    session = DeviceSession.objects.create(user=people["lead"], session=kept_session, how="password", started_at=now,
                                           last_seen_at=now)  # fmt: skip
    spare = make_user("agent")
    post = Post.objects.create(channel_id=case.channel_id, external_id="post", version_at=now)
    Thread.objects.filter(pk=thread).update(post_external_id="post")
    view = save_view(actor=people["lead"], name="Late", text="is:late", scope="all", now=now)
    content = Content("Pakken", [Variant("nb", "Hei")], scope="team", team_id=case.team_id)
    saved = create_saved_reply(actor=people["lead"], content=content, now=now)
    return SimpleNamespace(post=post.pk, people=everyone, session=session.pk, spare=spare.pk,
                           view=view.pk, view_slug=view.slug, saved=saved.pk, variant=saved.variants.get().pk,
                           number=case.number, ticket=case.pk, thread=thread, lead=people["lead"].pk,
                           said=said, hidden=said, team=case.team_id, customer=case.customer_id,
                           channel=case.channel_id, waiting=waiting, file=kept.uid, **messages)  # fmt: skip


def ask(client, endpoint, scene, who, method=""):
    path = endpoint.path.format(**vars(scene))
    user, method = scene.people[who], method or endpoint.method
    if not path.startswith("/api/"):
        if user is not None:
            client.force_login(user)
        return getattr(client, method)(path, endpoint.body(scene))
    headers = {"Idempotency-Key": "one"}
    if user is not None:
        token = new_token()
        ApiToken.objects.create(user=user, name="t", digest=token_digest(token), scopes=list(Scope))
        headers["Authorization"] = f"Bearer {token}"
    more = {} if method == "get" else {"content_type": "application/json"}
    return getattr(client, method)(path, endpoint.body(scene), headers=headers, **more)


def is_refusal(answer):
    return answer.status_code >= 400 or answer.get("Location", "").startswith("/sign-in?next=")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.route or "start")
def test_every_role(endpoint, scene, client_class, counted):
    found, changed = {}, []
    for who in WHO:
        with transaction.atomic():
            before = counted()
            answer = ask(client_class(), endpoint, scene, who)
            found[who] = answer.status_code
            if is_refusal(answer) and counted() != before:
                changed.append(who)
            transaction.set_rollback(True)

    assert found == endpoint.expected
    assert changed == []


IDS = (
    "post",
    "number",
    "ticket",
    "thread",
    "said",
    "hidden",
    "queued",
    "failed",
    "unknown",
    "lead",
    "team",
    "customer",
    "channel",
    "waiting",
    "file",
    "session",
    "spare",
    "view",
    "view_slug",
    "saved",
    "variant",
)


def test_no_other_method(lead, client_class):
    scene = SimpleNamespace(
        people={"lead": lead}, **dict.fromkeys(IDS, 1) | dict.fromkeys(("waiting", "file"), uuid.uuid4())
    )
    known, wrong = {}, {}
    for endpoint in ENDPOINTS:
        known.setdefault(endpoint.route, set()).add(endpoint.method)
    known["sign-in"] = METHODS  # one view shows that form and takes it
    for endpoint in ENDPOINTS:
        others = METHODS - known[endpoint.route]
        found = {method: ask(client_class(), endpoint, scene, "lead", method).status_code for method in others}
        wrong |= {endpoint.route: found} if set(found.values()) - {405} else {}

    assert wrong == {}


def routes(patterns, before=""):
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern)
        else:
            yield from routes(entry.url_patterns, before + str(entry.pattern))


def test_every_address_is_in_the_table():
    walked = list(routes(urlpatterns))

    assert sorted(walked) == sorted({endpoint.route for endpoint in ENDPOINTS})


def test_the_walk_sees_an_address_that_is_missing():
    nested = [*urlpatterns, URLPattern(urlpatterns[0].pattern.__class__("new"), lambda request: None)]

    assert set(routes(nested)) - set(routes(urlpatterns)) == {"new"}


def test_the_project_serves_this_table():
    assert get_resolver().urlconf_name == "inbox.urls"
