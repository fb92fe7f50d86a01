"""Hooks that never come: the poll finds what was said, the nightly look what was deleted, and a dropped subscription
is noticed within the hour and made again. Our operations against the sandbox, through the real SDK.
"""

from datetime import timedelta

import httpx
import pytest

from connectors.kit import registry
from connectors.models import Account
from connectors.operations.channels import add_channel
from connectors.operations.polling import poll_due_accounts
from connectors.operations.rechecking import recheck_due_accounts
from connectors.operations.watching import LOOK_EVERY
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.clock import now as clock_now
from tests.playing import sandbox_at
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = {"app_secret": "app-secret", "verify_token": "verify-token", "access_token": "lost-token"}
PLACES = {"facebook": "104000000000031", "messenger": "104000000000032", "instagram": "17841400000000033"}


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory):
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        yield told["url"]


@pytest.fixture
def place(sandbox_url, settings, teams):
    """place("facebook") → steer(method, path, body) of a channel connected there, whose hooks are all lost."""
    settings.DEMO, settings.PLATFORM_URLS = True, dict.fromkeys(PLACES, sandbox_url)
    pages = []

    def connect(platform):
        account = PLACES[platform]
        page = f"{sandbox_url}/_sandbox/{platform}/pages/{account}"

        def steer(method, path="", body=None):
            answer = httpx.request(method, f"{page}{path}", json=body, timeout=10)
            answer.raise_for_status()
            return answer.json() if answer.content else None

        values = {"external_id": account, "name": "Havbris", **SECRETS}
        add_channel(actor=SYSTEM, platform=platform, values=values, team_id=teams["first-line"].pk, now=clock_now())
        facts = {"name": "Havbris", "callback_url": "http://127.0.0.1:9/", "seed_posts": False, **SECRETS}
        steer("PUT", "", facts)
        if platform != "messenger":
            steer("PUT", "/faults", {"drop_webhooks": True})
            steer("POST", "/posts", {"message": "Nyheter", "as_page": True})
        owner = "facebook" if platform == "messenger" else platform  # a page's talks are the page's
        pages.append(f"{sandbox_url}/_sandbox/{owner}/pages/{account}")
        return steer

    yield connect
    for page in pages:
        httpx.delete(page, timeout=10)


def poll():
    Account.objects.update(next_poll_at=None)
    return poll_due_accounts(now=clock_now())


def subscribed(sandbox_url, account, method="GET"):
    answer = httpx.request(method, f"{sandbox_url}/v26.0/{account}/subscribed_apps",
                           headers={"Authorization": "Bearer lost-token"}, timeout=10)  # fmt: skip
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_a_comment_whose_hook_was_lost_is_found_once(place, platform):
    made = place(platform)("POST", "/comments", {"person": "Kari Ø", "message": "Hvor er pakken?"})
    for _ in range(2):
        assert poll() >= 1
    assert list(Message.objects.values_list("external_id", "text")) == [(made["id"], "Hvor er pakken?")]
    assert Ticket.objects.get().customer_name != ""


@pytest.mark.parametrize("platform", ["messenger", "instagram"])
def test_a_private_message_whose_hook_was_lost_is_found_once(place, platform):
    made = place(platform)("POST", "/messages", {"person": "Kari Ø", "message": "Hvor er pakken?"})
    for _ in range(2):
        assert poll() >= 1
    said = Message.objects.values_list("external_id", "text", "visibility")
    assert list(said) == [(made["id"], "Hvor er pakken?", "private")]


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_a_deletion_that_was_not_told_is_found_at_night_in_open_cases(place, platform):
    # given two comments, one of them in a case that is done
    steer = place(platform)
    gone, stays, old = (
        steer("POST", "/comments", {"person": f"Kunde {n}", "message": f"Sak {n}"})["id"] for n in range(3)
    )
    poll()
    done = Ticket.objects.filter(messages__external_id=old)
    done.update(status="done", closed_at=clock_now())
    for one in (gone, old):
        steer("DELETE", f"/comments/{one}")
    # when
    assert recheck_due_accounts(now=clock_now()) == 2
    # then
    states = dict(Message.objects.values_list("external_id", "state"))
    assert states == {gone: "deleted", stays: "visible", old: "visible"}
    assert Message.objects.get(external_id=gone).text == ""
    assert recheck_due_accounts(now=clock_now() + timedelta(hours=23)) == 0


@pytest.mark.parametrize("platform", ["facebook", "messenger"])
def test_a_subscription_that_is_gone_is_noticed_within_the_hour_and_made_again(place, platform, sandbox_url):
    place(platform)
    poll()
    Account.objects.update(watched_at=clock_now() - LOOK_EVERY)
    before = AuditEntry.objects.filter(action="channel.resubscribed").count()
    subscribed(sandbox_url, PLACES[platform], "DELETE")
    assert subscribed(sandbox_url, PLACES[platform])["data"] == []

    poll()

    assert subscribed(sandbox_url, PLACES[platform])["data"] != []
    assert AuditEntry.objects.filter(action="channel.resubscribed").count() == before + 1
    assert registry.get(platform).manifest.poll_seconds + LOOK_EVERY.total_seconds() <= 65 * 60
