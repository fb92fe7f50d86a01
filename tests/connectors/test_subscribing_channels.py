"""Our side of asking X for its news, against the sandbox: at connecting, by an admin, and by the next look at it."""

import httpx
import pytest

from connectors.kit import registry
from connectors.kit.base import Secrets
from connectors.kit.selftest import Severity
from connectors.models import Account, Endpoint
from connectors.operations.channels import add_channel
from connectors.operations.polling import poll_due_accounts
from connectors.operations.subscribing import subscribe_channel
from connectors.operations.watching import LOOK_EVERY
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.clock import now as clock_now
from core.errors import Conflict, Forbidden
from tests.playing import Door, sandbox_at

pytestmark = pytest.mark.django_db(transaction=True)
US, SECRET = "1650000000000000777", "consumer-secret-777"
GIVEN = {"client_id": "app-777", "client_secret": "client-777", "access_token": "a-777", "refresh_token": "r-777",
         "app_token": "bearer-777", "handle": "havbris777", "app_secret": SECRET}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory):
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        yield told["url"]


@pytest.fixture
def origin():
    """Where X reaches us: our door's answer to the challenge."""
    door = Door(lambda _path, raw: registry.get("x").challenge(raw, Secrets(SECRET)))
    yield door.url
    door.close()


@pytest.fixture
def steer(sandbox_url, settings):
    """steer(method, path, body): the account at the simulated X, from which nothing leads to us yet."""
    settings.DEMO, settings.PLATFORM_URLS = True, {"x": sandbox_url}
    page = f"{sandbox_url}/_sandbox/x/pages/{US}"

    def call(method, path="", **body):
        answer = httpx.request(method, f"{page}{path}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    call("PUT", name="Havbris", seed_posts=False, **GIVEN)
    yield call
    httpx.delete(page, timeout=10)


@pytest.fixture
def channel(steer, teams):
    def connect(**values):
        told = {"external_id": US, "name": "Havbris", **GIVEN, **values}
        return add_channel(actor=SYSTEM, platform="x", values=told, team_id=teams["first-line"].pk, now=clock_now()).id

    return connect


@pytest.fixture
def webhooks(sandbox_url):
    """webhooks() → (address, how many subscriptions of ours go over it) at X."""

    def look():
        head = {"Authorization": f"Bearer {GIVEN['app_token']}"}
        hooks = httpx.get(f"{sandbox_url}/2/webhooks", headers=head, timeout=10).json()["data"]
        told, token = [], "0"
        while token:
            asked = {"pagination_token": token}
            page = httpx.get(f"{sandbox_url}/2/activity/subscriptions", headers=head, params=asked, timeout=10).json()
            told, token = told + page["data"], page["meta"].get("next_token")
        return [(hook["url"], sum(one.get("webhook_id") == hook["id"] for one in told)) for hook in hooks]

    return look


def repair(channel_id, origin, **more):
    return subscribe_channel(actor=SYSTEM, channel_id=channel_id, origin=origin, now=clock_now(), **more)


def look():
    """The next look, an hour on."""
    Account.objects.update(next_poll_at=None, watched_at=clock_now() - LOOK_EVERY, held_until=None)
    poll_due_accounts(now=clock_now())
    return Account.objects.get()


def entries(action):
    return AuditEntry.objects.filter(action=action).count()


def test_a_channel_asks_for_its_news_and_shows_what_was_found(channel, webhooks, origin):
    number, before = channel(), entries("channel.subscribed")

    found = repair(number, origin)

    assert {one.code for one in found if one.severity is Severity.OK} >= {"signed_in", "webhook"}
    assert [one for one in found if one.severity is not Severity.OK] == []
    address = f"{origin}{Endpoint.objects.get().webhook_path}"
    assert webhooks() == [(address, 8)]
    assert Endpoint.objects.get().address == address
    assert {one["code"] for one in Account.objects.get().findings} == {one.code for one in found}
    assert entries("channel.subscribed") == before + 1


def test_what_a_worker_left_undone_the_next_look_makes(channel, webhooks, origin):
    """The address was kept, and the process died before anything was asked."""
    channel()
    Endpoint.objects.update(address=f"{origin}{Endpoint.objects.get().webhook_path}")

    assert look().health == "ok"

    assert webhooks() == [(Endpoint.objects.get().address, 8)]


def test_a_webhook_that_x_has_lost_is_made_again_and_on_record(channel, webhooks, origin, steer):
    repair(channel(), origin)
    before = entries("channel.resubscribed")
    steer("PUT", "/faults", webhook="gone")
    assert webhooks() == []

    look()
    look()

    assert webhooks() == [(Endpoint.objects.get().address, 8)]
    assert entries("channel.resubscribed") == before + 1


def test_another_programs_webhook_is_left_and_said_until_an_admin_decides(channel, webhooks, origin, steer):
    number = channel()
    repair(number, origin)
    steer("PUT", "/faults", webhook="elsewhere")

    account = look()

    assert (account.health, account.health_code) == ("silent", "webhook_elsewhere")
    assert [address for address, _n in webhooks()] == ["https://old-helpdesk.example/hooks/x"]

    assert "webhook_elsewhere" in {one.code for one in repair(number, origin)}
    assert "webhook" in {one.code for one in repair(number, origin, take_over=True)}
    assert webhooks() == [(Endpoint.objects.get().address, 8)]
    assert look().health == "ok"


def test_a_token_that_has_merely_run_out_is_renewed_once(channel, webhooks, origin, steer):
    number = channel()
    steer("PUT", "/faults", token_dead=1)
    before = bytes(Account.objects.get().credentials)

    found = repair(number, origin)

    assert "webhook" in {one.code for one in found}
    assert bytes(Account.objects.get().credentials) != before
    assert Account.objects.get().health == "ok"


def test_without_the_apps_token_nothing_is_wrong(channel, origin):
    number = channel(app_token="")

    found = repair(number, origin)

    assert {one.code: one.severity for one in found}["webhook_unseen"] is Severity.NOTE
    assert [one.code for one in found if one.severity is Severity.WRONG] == []
    assert look().health == "ok"


def test_where_x_does_not_reach_us_it_is_said_with_the_address(channel, webhooks):
    found = {one.code: one for one in repair(channel(), "http://samsvar.internal:8000")}

    assert found["address_unfit"].facts["address"] == "http://samsvar.internal:8000"
    assert webhooks() == []


def test_only_admins_and_only_where_the_network_can_be_asked(channel, connected, agent, origin):
    number = channel()
    with pytest.raises(Forbidden):
        subscribe_channel(actor=agent, channel_id=number, origin=origin, now=clock_now())
    with pytest.raises(Conflict):
        repair(connected.id, origin)
    assert set(Endpoint.objects.values_list("address", flat=True)) == {""}
