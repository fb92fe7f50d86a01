"""What a network does not take, what is paid for, what is gone without word, and tokens that may be renewed once."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.kit import errors
from connectors.kit.base import Allowance, Page, Raw
from connectors.models import Account, Delivery, Health
from connectors.operations.channels import add_channel
from connectors.operations.fetching import keep_pieces
from connectors.operations.holding import follow_error, refresh_account, release_pauses
from connectors.operations.ingesting import ingest_waiting
from connectors.operations.moderating import moderate_message
from connectors.operations.polling import poll_due_accounts, store_page
from connectors.operations.rechecking import recheck_due_accounts
from connectors.operations.replying import queue_reply
from connectors.queries.accounts import open_account
from connectors.queries.channel_lines import list_channel_lines
from connectors.queries.outgoing import get_outgoing
from connectors.queries.reply_ways import get_offered_actions, get_own_only_actions, get_reply_ways
from core import secrets
from core.actors import SYSTEM
from core.clock import now as clock_now
from core.errors import Conflict
from inbox.pages.composer import composer_for
from tickets.models import Brand, Message, MessageState, Part, Ticket
from tickets.queries.case import get_case

US, AINO = "1650000000000000111", "1650000000000000222"
MENTION = [{"id": US, "username": "havbris"}]


class Network:
    """A small X: it answers as told and remembers what it was asked."""

    def __init__(self):
        self.calls, self.answers, self.entered, self.go_on = [], {}, threading.Event(), threading.Event()
        self.go_on.set()
        network = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                network.calls.append((self.command, self.path, body))
                network.entered.set()
                network.go_on.wait(5)
                status, answer = network.answers.get(self.path.partition("?")[0], (404, {"title": "Not Found"}))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def network(settings):
    playing = Network()
    settings.PLATFORM_URLS = {"x": playing.url}
    yield playing
    playing.server.shutdown()
    playing.server.server_close()


@pytest.fixture
def handle(teams, now):
    """A connected account of X whose token can be renewed."""
    Brand.objects.get_or_create(slug="havbris", defaults={"name": "Havbris"})
    values = {"external_id": US, "name": "Havbris", "handle": "havbris", "app_secret": "s", "access_token": "old",
              "refresh_token": "old-refresh", "client_id": "client"}  # fmt: skip
    made = add_channel(actor=SYSTEM, platform="x", values=values, team_id=teams["first-line"].pk, now=now)
    return Account.objects.select_related("channel", "endpoint").get(channel_id=made.id)


@pytest.fixture
def say(handle, keep, now):
    """say("208…", "text", …) → the message as our webhook brought it."""

    def tell(number, text, *, at=now, **post):
        payload = {"id": number, "text": text, "author_id": AINO, "created_at": at.isoformat(), **post}
        beside = {"users": [{"id": AINO, "name": "Aino", "username": "aino"}]}
        data = {"event_type": "post.mention.create", "filter": {"user_id": US}, "payload": payload, "includes": beside}
        keep(handle.endpoint, json.dumps({"data": data}).encode(), received_at=at)
        ingest_waiting(now=at)
        assert not Delivery.objects.exclude(state="done").exists()
        return Message.objects.select_related("ticket", "thread").get(external_id=number)

    return tell


def _reply(agent, message, now, key, visibility="public"):
    return queue_reply(
        actor=agent,
        ticket_id=message.ticket_id,
        thread_id=message.thread_id,
        visibility=visibility,
        text="Hei",
        client_key=key(),
        undo_seconds=0,
        now=now,
    )


@pytest.mark.django_db
def test_the_composer_says_why_a_message_takes_no_public_answer(say, agent, now, key):
    message = say("2080765813578191303", "Havbris igjen …")
    case = get_case(actor=agent, number=message.ticket.number)

    ways, composer = get_reply_ways(case), composer_for(case)
    with pytest.raises(Conflict) as refused:
        _reply(agent, message, now, key)

    assert [(way.visibility, bool(way.refused)) for way in ways] == [("private", False), ("public", True)]
    assert [mode.key for mode in composer.modes] == ["private", "note"]
    assert "mentioned" in composer.refused
    assert composer.elsewhere == "https://x.com/aino/status/2080765813578191303"
    assert refused.value.code == "not_summoned"
    assert Part.objects.count() == 0


@pytest.mark.django_db
def test_the_page_shows_the_reason_and_the_way_there(say, agent, client, settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    message = say("2080765813578191303", "Havbris igjen …")
    client.force_login(agent)

    page = client.get(f"/case/{message.ticket.number}").content.decode()

    assert "The platform lets us answer only people who have mentioned or quoted us." in page
    assert 'href="https://x.com/aino/status/2080765813578191303"' in page
    assert "Reply publicly" not in page


@pytest.mark.django_db
def test_the_reason_goes_when_the_customer_calls_our_name(say, agent, now, key):
    first = say("2080765813578191303", "Havbris igjen …")
    say(
        "2080765813578191304",
        "@havbris hallo?",
        at=now + timedelta(minutes=1),
        conversation_id="2080765813578191303",
        entities={"mentions": MENTION},
    )

    case = get_case(actor=agent, number=first.ticket.number)

    assert composer_for(case).refused == ""
    assert _reply(agent, first, now, key).parent_external_id == "2080765813578191304"


@pytest.mark.django_db
def test_an_edit_that_calls_our_name_opens_the_answer(say, agent, now, key):
    first = say("2080765813578191303", "Havbris igjen …")
    versions = ["2080765813578191303", "2080765813578191309"]
    data = {"id": versions[1], "text": "@havbris igjen", "author_id": AINO, "edit_history_tweet_ids": versions,
            "created_at": (now + timedelta(minutes=1)).isoformat(), "entities": {"mentions": MENTION}}  # fmt: skip
    data |= {"conversation_id": versions[0]}

    account = Account.objects.select_related("endpoint").get()

    keep_pieces(
        account=account,
        pieces=[Raw(json.dumps({"data": data, "matching_rules": []}).encode())],
        now=now + timedelta(minutes=2),
    )
    ingest_waiting(now=now + timedelta(minutes=2))
    first.refresh_from_db()

    assert (first.text, first.no_reply, first.edited_at is not None) == ("@havbris igjen", "", True)
    assert _reply(agent, first, now, key).pk


@pytest.mark.django_db
def test_a_private_answer_to_a_post_names_its_writer(say, agent, now, key):
    message = say("2080765813578191303", "@havbris hei", entities={"mentions": MENTION})

    queued = _reply(agent, message, now, key, visibility="private")
    part = Part.objects.select_related("message__channel__brand", "message__thread").get(message=queued)

    assert get_outgoing(part).recipient == AINO


@pytest.mark.django_db
def test_deleting_is_offered_for_our_own_only(say, lead, now):
    message = say("2080765813578191303", "@havbris hei", entities={"mentions": MENTION})
    case = get_case(actor=lead, number=message.ticket.number)

    with pytest.raises(Conflict) as refused:
        moderate_message(actor=lead, ticket_id=message.ticket_id, message_id=message.pk, action="delete", now=now)

    assert get_offered_actions(case) == ("delete", "hide", "unhide")
    assert get_own_only_actions(case) == ("delete",)
    assert refused.value.code == "not_own"


@pytest.mark.django_db
def test_used_up_credits_pause_the_channel_in_words_and_it_works_again_by_itself(network, handle):
    network.answers[f"/2/users/{US}/mentions"] = (402, {"title": "CreditsDepleted", "status": 402})
    Account.objects.update(next_poll_at=None)

    assert poll_due_accounts(now=clock_now()) == 0
    (line,) = list_channel_lines()

    assert (line.health, line.health_code) == (Health.CREDITS, "credits")
    assert line.reason.startswith("Paused: the app has no credits")
    assert release_pauses(now=clock_now()) == 0
    assert release_pauses(now=clock_now() + timedelta(hours=1, minutes=1)) == 1
    assert Account.objects.get().health == Health.OK


@pytest.mark.django_db
def test_a_held_channel_stays_held_when_credits_run_out(handle, now):
    follow_error(handle, errors.NeedsReconnect(code="http/401"), now=now)
    assert follow_error(handle, errors.CreditsUsedUp(60, code="credits"), now=now) is True
    assert Account.objects.get().health == Health.RECONNECT


@pytest.mark.django_db
def test_the_allowance_is_kept_and_the_next_pass_begins_when_the_account_says(network, handle, now):
    page = Page((), {"a": 1}, more=False, allowance=Allowance(7, 100, "posts read"))
    assert store_page(account=handle, page=page, before={}, now=now)

    told = Account.objects.get().allowance
    assert told == {"used": 7, "most": 100, "unit": "posts read", "at": now.isoformat()}

    empty = (200, {"meta": {"result_count": 0}})
    network.answers = {f"/2/users/{US}/{name}": empty for name in ("mentions", "tweets")} | {"/2/dm_events": empty}
    kept = {**open_account(handle).credentials, "poll_minutes": "60"}
    sealed = secrets.seal(json.dumps(kept).encode(), context=handle.context)
    Account.objects.update(credentials=sealed, next_poll_at=None, cursor={})
    began = clock_now()
    assert poll_due_accounts(now=began) == 3
    assert Account.objects.get().next_poll_at - began >= timedelta(minutes=59)


@pytest.mark.django_db
def test_what_is_gone_without_word_loses_its_text_within_a_day(network, say, now):
    stays, goes = say("2080765813578191303", "@havbris blir"), say("2080765813578191304", "@havbris går")
    old = say("2080765813578191305", "@havbris lenge siden", at=now - timedelta(days=8))
    Ticket.objects.filter(pk=old.ticket_id).update(status="done", closed_at=now)
    gone = {"resource_id": goes.external_id, "type": "https://api.x.com/2/problems/resource-not-found"}
    network.answers["/2/tweets"] = (200, {"data": [], "errors": [gone]})

    asked = recheck_due_accounts(now=now)
    again = recheck_due_accounts(now=now + timedelta(hours=23))

    for message in (stays, goes, old):
        message.refresh_from_db()
    assert (asked, again, len(network.calls)) == (2, 0, 1)
    assert old.external_id not in network.calls[0][1]
    assert (goes.state, goes.text) == (MessageState.DELETED, "")
    assert (stays.state, old.state) == (MessageState.VISIBLE, MessageState.VISIBLE)
    assert recheck_due_accounts(now=now + timedelta(hours=24)) == 1


@pytest.mark.django_db
def test_what_stands_in_an_open_case_is_asked_after_whatever_its_age(network, say, now):
    old = say("2080765813578191305", "@havbris lenge siden", at=now - timedelta(days=90))
    gone = {"resource_id": old.external_id, "type": "https://api.x.com/2/problems/resource-not-found"}
    network.answers["/2/tweets"] = (200, {"errors": [gone]})

    assert recheck_due_accounts(now=now) == 1

    old.refresh_from_db()
    assert (old.state, old.text) == (MessageState.DELETED, "")


@pytest.mark.django_db
def test_a_recheck_that_fails_is_tried_again_soon(network, say, now):
    say("2080765813578191303", "@havbris hei")
    network.answers["/2/tweets"] = (503, {"title": "Service Unavailable"})

    assert recheck_due_accounts(now=now) == 0
    assert Account.objects.get().next_recheck_at == now + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_meet_a_dead_token_renew_it_once(network, handle):
    from django.db import connection

    fresh = {"access_token": "new", "refresh_token": "new-refresh", "expires_in": 7200}
    network.answers["/2/oauth2/token"] = (200, fresh)
    network.go_on.clear()
    loaded = [Account.objects.select_related("channel", "endpoint").get() for _ in range(3)]

    def work(account):
        refresh_account(account, now=clock_now())
        connection.close()

    first = threading.Thread(target=work, args=(loaded[0],))
    first.start()
    assert network.entered.wait(5)
    refresh_account(loaded[1], now=clock_now())  # while the first is out
    network.go_on.set()
    first.join(5)
    refresh_account(loaded[2], now=clock_now())  # afterwards, with the token that was refused before

    assert [call[1] for call in network.calls] == ["/2/oauth2/token"]
    stored = open_account(Account.objects.select_related("channel", "endpoint").get())
    assert (stored.credentials["access_token"], stored.credentials["refresh_token"]) == ("new", "new-refresh")
    assert stored.credentials["handle"] == "havbris"
    assert Account.objects.get().refreshing_until is None
    assert Account.objects.get().health == Health.OK


@pytest.mark.django_db
def test_a_refused_renewal_holds_the_channel(network, handle):
    network.answers["/2/oauth2/token"] = (400, {"error": "invalid_request"})

    refresh_account(handle, now=clock_now())

    account = Account.objects.get()
    assert (account.health, account.health_code) == (Health.RECONNECT, "invalid_request")
