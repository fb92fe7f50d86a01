"""The admin's pages of channels: what each says of a channel, what they cost, and what a dead one does to a case."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.kit.errors import CreditsUsedUp, NeedsReconnect
from connectors.models import Account, Endpoint
from connectors.operations.caring import remove_channel
from connectors.operations.channels import add_channel, reconnect_channel
from connectors.operations.holding import hold_account, rest_account
from connectors.operations.replying import queue_reply
from connectors.operations.sending import send_waiting
from core.actors import SYSTEM
from core.clock import now as clock_now
from tickets.models import Channel, Message, Part, Ticket

SESSION_AND_PERSON, SHELL = 2, 4


@pytest.fixture
def astrid(browser_of, people):
    return browser_of(people["admin"])


@pytest.fixture
def account(channel):
    return lambda: Account.objects.select_related("channel", "endpoint").get(channel=channel)


def shown(browser, path="/admin/channels"):
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def another(now, number):
    values = {"external_id": str(104000000000500 + number), "name": f"Side {number}", "app_secret": "s",
              "verify_token": "v", "access_token": "t"}  # fmt: skip
    return add_channel(actor=SYSTEM, platform="facebook", values=values, now=now)


def test_the_list_costs_the_same_for_one_channel_and_for_twenty(astrid, channel, now):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            shown(astrid)
        return len(seen)

    one = cost()
    for number in range(19):
        another(now, number)

    assert cost() == one
    assert one <= SESSION_AND_PERSON + SHELL + 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Works both ways"),
        ({"health": "reconnect"}, "Stopped"),
        ({"health": "credits"}, "Paused, credits"),
        ({"health": "silent"}, "Sends, receives late"),
        ({"quiet_since": clock_now()}, "Unusually quiet"),
        ({"paused_at": clock_now()}, "Paused"),
    ],
)
def test_each_state_has_its_words(astrid, account, change, words):
    Account.objects.update(**change)

    assert words in shown(astrid)


def test_a_channel_for_reading_says_so(astrid, teams, now):
    values = {"external_id": "1650", "name": "Havbris", "app_secret": "s", "handle": "havbris", "access_token": "t",
              "answers": "nobody"}  # fmt: skip
    add_channel(actor=SYSTEM, platform="x", values=values, now=now)

    assert "Receives only" in shown(astrid)
    assert "X has no free access" in shown(astrid)


def test_credits_show_what_is_left(astrid, account, now):
    rest_account(account(), CreditsUsedUp(3600, code="credits"), now=now)
    Account.objects.update(allowance={"used": 1_999_000, "most": 2_000_000, "unit": "posts read", "at": ""})

    assert "1\u202f000 of 2\u202f000\u202f000 left" in shown(astrid)


@pytest.fixture
def on_x(teams, now):
    values = {"external_id": "1650", "name": "Havbris", "app_secret": "s", "handle": "havbris", "access_token": "t"}
    return add_channel(actor=SYSTEM, platform="x", values=values, now=now).id


@pytest.mark.parametrize(
    ("code", "there", "not_there"),
    [
        ("webhook_missing", "Repair</button>", "take_over"),
        ("not_subscribed", "Repair</button>", "take_over"),
        ("webhook_elsewhere", "Send them here instead", "Repair</button>"),
        ("webhook", "Run the self-test", "/repair"),
        ("sign_in_dead", "Run the self-test", "/repair"),
    ],
)
def test_repair_is_offered_for_what_it_mends(astrid, on_x, code, there, not_there):
    Account.objects.filter(channel_id=on_x).update(
        findings=[{"code": code, "severity": "wrong", "facts": {"fields": "dm.sent"}}]
    )
    page = shown(astrid, f"/admin/channels/{on_x}")

    assert there in page
    assert not_there not in page


def test_a_network_whose_address_is_entered_by_hand_has_no_repair(astrid, account):
    Account.objects.update(findings=[{"code": "webhook_missing", "severity": "wrong", "facts": {}}])

    assert "/repair" not in shown(astrid, f"/admin/channels/{account().channel_id}")


def test_repair_says_what_stood_in_the_way_and_keeps_the_address(astrid, on_x, settings):
    settings.PLATFORM_URLS = {"x": "http://127.0.0.1:9"}
    answer = astrid.post(f"/admin/channels/{on_x}/repair", follow=True)

    assert "What needs you stands below." in answer.content.decode()
    assert "The network did not answer." in answer.content.decode()
    assert Endpoint.objects.get().address == f"http://testserver{Endpoint.objects.get().webhook_path}"


def test_where_a_channel_cannot_write_to_itself_the_page_says_what_was_done_instead(astrid, on_x):
    page = shown(astrid, f"/admin/channels/{on_x}")

    assert "Send a test message" not in page
    assert "X lets no account write to itself" in page


def test_a_file_of_other_columns_asks_what_they_hold(astrid, account):
    number, table = account().channel_id, "Dato;Fra;Melding\n31.10.2026 14:05;Kari;Ring 91 23 45 67\n"
    file = SimpleUploadedFile("export.csv", table.encode())
    asked = astrid.post(f"/admin/channels/{number}/import", {"file": file}, follow=True)
    page, place = asked.content.decode(), asked.redirect_chain[-1][0]
    assert "What do the columns hold?" in page
    assert "91 23 45 67" not in page

    refused = astrid.post(place, {"at": "0", "text": "0", "author_name": "1", "order": "day", "zone": "local"})
    assert refused.status_code == 422
    assert "One column is chosen twice." in refused.content.decode()

    read = astrid.post(
        place, {"at": "0", "text": "2", "author_name": "1", "order": "day", "zone": "local"}, follow=True
    )
    assert "1 row can be read" in read.content.decode()


def test_no_secret_is_on_any_page(astrid, account):
    number = account().channel_id
    for path in ("", f"/{number}", f"/{number}/reconnect", f"/{number}/remove", f"/{number}/import"):
        page = shown(astrid, f"/admin/channels{path}")
        assert [word for word in ("app-secret", "verify-token", "access-token") if f'"{word}"' in page] == []


def test_every_platform_has_a_form_that_says_what_is_asked_for(astrid):
    for key in ("email", "facebook", "instagram", "linkedin", "messenger", "x"):
        page = shown(astrid, f"/admin/channels/new/{key}")
        assert 'type="password"' in page


def test_a_form_with_something_missing_names_it_and_keeps_the_rest(astrid):
    answer = astrid.post(
        "/admin/channels/new/facebook", {"external_id": "104", "name": "Havbris", "app_secret": "geheim"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Page access token is missing." in page
    assert 'value="Havbris"' in page
    assert "geheim" not in page
    assert Channel.objects.count() == 0


def test_a_new_secret_keeps_the_webhook_address(astrid, account):
    path = account().endpoint.webhook_path
    astrid.post(f"/admin/channels/{account().channel_id}/reconnect", {"app_secret": "rotated"})

    assert account().endpoint.webhook_path == path
    assert Endpoint.objects.count() == 1


def test_removing_asks_with_numbers_and_leaves_the_cases(astrid, account, written, now):
    written("En")
    written("To")
    number = account().channel_id

    assert "2 cases with 2 messages" in shown(astrid, f"/admin/channels/{number}/remove")
    astrid.post(f"/admin/channels/{number}/remove")

    assert (Account.objects.count(), Endpoint.objects.count()) == (0, 0)
    assert (Ticket.objects.count(), Message.objects.count()) == (2, 2)
    values = {"external_id": "104000000000001", "name": "Havbris", "app_secret": "s", "verify_token": "v",
              "access_token": "t"}  # fmt: skip
    again = add_channel(actor=SYSTEM, platform="facebook", values=values, now=now)
    assert again.id == number


def test_a_dead_channel_blocks_the_composer_and_loses_nothing(browser_of, people, account, written, key, now):
    case = written()
    thread = case.ticket_threads.get().thread_id
    queued = queue_reply(actor=people["agent"], ticket_id=case.pk, thread_id=thread, visibility="public", text="Hei",
                         client_key=key(), undo_seconds=0, now=clock_now())  # fmt: skip
    hold_account(account(), NeedsReconnect(code="190"), now=now)
    agents = shown(browser_of(people["agent"]), f"/case/{case.number}")
    admins = shown(browser_of(people["admin"]), f"/case/{case.number}")
    way = f'href="/admin/channels/{account().channel_id}/reconnect"'

    assert "needs a new sign-in" in agents
    assert f"Ask {people['admin'].name.split()[0]} (admin)." in agents
    assert way not in agents
    assert way in admins
    assert 'class="btn send for-public"' not in agents + admins
    assert 'class="btn send for-note"' in agents
    send_waiting()
    assert Part.objects.get(message=queued).state == "queued"


def test_what_waited_goes_out_after_reconnecting(people, account, written, key, graph, now):
    case = written()
    thread = case.ticket_threads.get().thread_id
    queued = queue_reply(actor=people["agent"], ticket_id=case.pk, thread_id=thread, visibility="public", text="Hei",
                         client_key=key(), undo_seconds=0, now=clock_now() - timedelta(minutes=1))  # fmt: skip
    hold_account(account(), NeedsReconnect(code="190"), now=now)
    send_waiting()
    assert graph == []
    reconnect_channel(actor=people["admin"], channel_id=account().channel_id, values={"access_token": "fresh"}, now=now)
    send_waiting()

    assert Part.objects.get(message=queued).state == "sent"
    assert graph == ["Bearer fresh"]


@pytest.fixture
def graph(settings):
    """A small Facebook that takes every comment; gives with which tokens."""
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(self.headers["Authorization"])
            body = json.dumps({"id": "1_900"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.PLATFORM_URLS = {"facebook": f"http://127.0.0.1:{server.server_port}"}
    yield heard
    server.shutdown()
    server.server_close()


def test_a_removed_channel_leaves_notes(browser_of, people, account, written, now):
    case = written()
    remove_channel(actor=SYSTEM, channel_id=account().channel_id, now=now)
    page = shown(browser_of(people["agent"]), f"/case/{case.number}")

    assert "This channel was removed" in page
    assert 'class="btn send for-note"' in page


def test_an_unusual_silence_is_told_to_admins_above_their_lists(browser_of, people, account):
    Account.objects.update(quiet_since=clock_now())

    assert "quieter than it ever is" in shown(browser_of(people["admin"]), "/inbox/all")
    assert "quieter than it ever is" not in shown(browser_of(people["agent"]), "/inbox/all")


def test_a_setting_that_leads_elsewhere_is_no_setting(astrid):
    entered = {"external_id": "104", "name": "H", "app_secret": "s", "verify_token": "v", "access_token": "t"}
    answer = astrid.post("/admin/channels/new/facebook", entered | {"base_url": "https://evil.example"})

    assert answer.status_code == 422
    assert Channel.objects.count() == 0
