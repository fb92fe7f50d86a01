"""Asking networks to send their news to us, against the sandbox: what is missing is made, once, after any break, and
another program's address is never taken unasked.
"""

import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest

from connectors.kit import registry
from connectors.kit.base import Account, Secrets
from connectors.kit.errors import CreditsUsedUp, NeedsReconnect, Rejected, RetryLater, TokenExpired
from connectors.kit.http import TimeLimits, session_for
from connectors.platforms.x.subscribing import takes
from tests.playing import Door, sandbox_at

SECRET, TOKEN = "planted-app-secret-2c90", "planted-access-token-2c90"
PLATFORMS = registry.keys()
PATH = "/webhooks/ours/the-key/"


@dataclass(frozen=True)
class Play:
    """An account that the sandbox knows and no webhook leads from yet."""

    key: str
    external_id: str
    credentials: dict
    told: dict = field(default_factory=dict)


PLAYS = {
    "x": Play("x", "1650000000000000931", {"app_token": "app-931"},
              {"handle": "havbris931", "app_token": "app-931"}),
    "linkedin": Play("linkedin", "96072931", {"client_id": "app-1", "app_number": "4711"}),
}  # fmt: skip


class SecretDoor(Door):
    """Our webhook door: answers the challenges of every family with its secret."""

    def __init__(self):
        self.secret = SECRET
        super().__init__(self._answer)

    def _answer(self, path, raw):
        connector, *_rest = registry.of_family(path.split("/")[1])
        return connector.challenge(raw, Secrets(self.secret, "word"))


@pytest.fixture
def door():
    one = SecretDoor()
    yield one
    one.close()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        yield told["url"]


class Network:
    """The sandbox steered, our account there, and every call that our connector makes to it."""

    def __init__(self, play, url, door):
        self.play, self.connector, self.url = play, registry.get(play.key), url
        self.address = f"{door.url}/{self.connector.manifest.family}{PATH}"
        self.page, self.http, self.calls = f"/_sandbox/{play.key}/pages/{play.external_id}", httpx.Client(), []
        self.sessions = []

    def steer(self, method, path="", **body):
        answer = self.http.request(method, f"{self.url}{self.page}{path}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def begin_anew(self):
        self.http.request("DELETE", f"{self.url}{self.page}")
        facts = {"name": "Havbris", "access_token": TOKEN + self.play.key, "app_secret": SECRET, "seed_posts": True}
        assert self.steer("PUT", **facts, **self.play.told) == {"verified": False}

    def account(self, **credentials):
        session = session_for(self.connector.manifest.hosts, self.url, TimeLimits(connect=2, read=3))
        self.sessions.append(session)
        session.hooks["response"].append(lambda response, *_a, **_k: self.calls.append(response.request))
        told = {"access_token": TOKEN + self.play.key, **self.play.credentials, **credentials}
        return Account(self.play.external_id, told, SECRET, self.url, session)

    def subscribe(self, *, take_over=False, account=None):
        self.calls.clear()
        return self.connector.subscribe(account or self.account(), self.address, take_over)

    def writes(self):
        return [call.method for call in self.calls if call.method != "GET"]

    def findings(self):
        path = urlsplit(self.address).path
        found = {one.code: one for one in self.connector.self_test(self.account(), path)}
        return {code: one for code, one in found.items() if "webhook" in code or code == "not_subscribed"}

    def switch(self, **switches):
        self.steer("PUT", "/faults", **switches)


@pytest.fixture(params=sorted(PLAYS))
def network(request, sandbox, door):
    playing = Network(PLAYS[request.param], sandbox, door)
    playing.begin_anew()
    yield playing
    playing.http.request("DELETE", f"{sandbox}{playing.page}")
    for one in (playing.http, *playing.sessions):
        one.close()


def test_every_platform_that_can_be_asked_is_played():
    assert sorted(PLAYS) == [key for key in PLATFORMS if registry.get(key).subscribe is not None]


def test_what_is_missing_is_made_and_news_arrive(network, door):
    assert set(network.findings()) == {"webhook_missing"}

    assert network.subscribe() is True

    assert set(network.findings()) == {"webhook"}
    network.steer("POST", "/comments" if network.play.key == "linkedin" else "/posts",
                  message="@havbris931 hvor er pakken?")  # fmt: skip
    until = time.monotonic() + 8
    while not door.kept:
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    network.connector.verify(door.kept[0], Secrets(SECRET))
    assert "hvor er pakken?" in str(network.connector.parse(door.kept[0]))


def test_a_second_time_writes_nothing(network):
    network.subscribe()

    assert network.subscribe() is False
    assert network.writes() == []


def test_a_break_after_any_call_is_taken_up_by_the_next_run(network):
    """The worker dies after the first call, after the second, …: the next run makes what is left."""

    class Dead(Exception):
        pass

    for alive in range(1, 30):
        network.begin_anew()
        left = [alive]
        account = network.account()

        def die(_response, *_args, left=left, **_named):
            left[0] -= 1
            if left[0] == 0:
                raise Dead

        account.session.hooks["response"].append(die)
        try:
            network.subscribe(account=account)
        except Dead:
            network.subscribe()
            assert set(network.findings()) == {"webhook"}
            continue
        break
    else:
        pytest.fail("it never came to its end")
    assert alive > 3
    assert set(network.findings()) == {"webhook"}


def test_another_program_keeps_its_address_unless_told_otherwise(network):
    network.subscribe()
    network.switch(webhook="elsewhere")

    with pytest.raises(Rejected) as refused:
        network.subscribe()
    assert refused.value.code == "webhook_elsewhere"
    assert set(network.findings()) == {"webhook_elsewhere"}

    assert network.subscribe(take_over=True) is True
    assert set(network.findings()) == {"webhook"}


def test_an_address_that_fails_the_challenge_is_named(network, door):
    door.secret = "another"
    with pytest.raises(Rejected) as refused:
        network.subscribe()
    assert refused.value.code == "webhook_refused"

    door.secret = SECRET
    assert network.subscribe() is True


def test_without_the_apps_number_or_token_nothing_is_called(network):
    account = network.account(app_token="", app_number="")
    with pytest.raises(Rejected) as refused:
        network.subscribe(account=account)
    assert (refused.value.code, network.calls) == ("webhook_unseen", [])


def test_an_address_that_the_real_network_would_not_take_is_not_asked_for(network):
    play, connector = network.play, network.connector
    account = Account(play.external_id, {"access_token": "t", **play.credentials}, SECRET, None,
                      session_for(connector.manifest.hosts))  # fmt: skip
    with pytest.raises(Rejected) as refused:
        connector.subscribe(account, "http://samsvar.example/webhooks/k/", False)
    assert refused.value.code == "address_unfit"


def test_a_dead_token_and_an_outage_keep_their_classes(network):
    network.switch(token_dead=65601 if network.play.key == "linkedin" else 1)
    with pytest.raises((NeedsReconnect, TokenExpired)):
        network.subscribe()
    network.switch(token_dead=None, html_500=502)
    with pytest.raises(RetryLater):
        network.subscribe()


@pytest.fixture
def x(network):
    if network.play.key != "x":
        pytest.skip("of X alone")
    return network


@pytest.fixture
def linkedin(network):
    if network.play.key != "linkedin":
        pytest.skip("of LinkedIn alone")
    return network


def test_x_is_asked_for_messages_only_where_they_are_read(x):
    x.subscribe(account=x.account(messages="no"))
    asked = [json.loads(call.body) for call in x.calls if call.method == "POST"]

    assert {one["event_type"].split(".")[0] for one in asked[1:]} == {"post"}
    assert all(one["filter"] == {"user_id": x.play.external_id} for one in asked[1:])
    assert set(x.findings()["not_subscribed"].facts["fields"].split(", ")) == {"dm.received", "dm.sent", "dm.read"}


def test_a_missing_permission_for_messages_leaves_the_posts(x):
    x.switch(missing_scope="dm.read")
    assert x.subscribe() is True
    x.switch(missing_scope=None)

    assert x.findings()["not_subscribed"].facts["fields"] == "dm.received, dm.sent, dm.read"
    assert x.subscribe() is True
    assert x.writes() == ["POST"] * 3
    assert set(x.findings()) == {"webhook"}


def test_a_webhook_that_x_gave_up_is_checked_again(x):
    x.subscribe()
    x.switch(webhook="invalid")
    assert set(x.findings()) == {"webhook_refused"}

    assert x.subscribe() is True
    assert x.writes() == ["PUT"]
    assert set(x.findings()) == {"webhook"}


def test_the_older_api_is_asked_in_one_call(x):
    account = x.account(push="account")
    assert x.subscribe(account=account) is True
    assert [urlsplit(call.url).path.rsplit("/", 2)[-2:] for call in x.calls if call.method == "POST"][1] == [
        "subscriptions", "all"
    ]  # fmt: skip
    assert x.subscribe(account=x.account(push="account")) is False
    assert x.writes() == []


def test_the_apps_token_never_holds_the_account(x):
    with pytest.raises(Rejected) as refused:
        x.subscribe(account=x.account(app_token="of-nobody"))
    assert refused.value.code == "app_token_dead"
    found = {one.code for one in x.connector.self_test(x.account(app_token="of-nobody"), PATH)}
    assert "app_token_dead" in found
    assert "sign_in_dead" not in found


def test_without_credits_x_pauses_the_account(x):
    x.switch(credits=1)
    with pytest.raises(CreditsUsedUp):
        x.subscribe()


@pytest.mark.parametrize(
    ("address", "fits"),
    [("https://a.example/w/", True), ("https://a.example:5000/w/", False), ("http://a.example/w/", False)],
)
def test_x_takes_https_without_a_port(address, fits):
    assert takes(address) is fits


def test_linkedins_subscription_is_renewed_before_its_end(linkedin):
    linkedin.subscribe()
    linkedin.switch(webhook_ends=13 * 86400)
    assert linkedin.subscribe() is True
    assert linkedin.subscribe() is False


def test_an_app_without_webhooks_is_told_so_and_not_held(linkedin):
    linkedin.switch(no_webhooks=True)
    with pytest.raises(Rejected) as refused:
        linkedin.subscribe()
    assert refused.value.code == "webhooks_not_approved"


def test_linkedins_key_is_encoded_whole_and_its_brackets_are_not(linkedin):
    linkedin.subscribe()
    put = next(call for call in linkedin.calls if call.method == "PUT")

    assert put.url.endswith(
        "/rest/eventSubscriptions/(developerApplication:urn%3Ali%3AdeveloperApplication%3A4711,"
        "user:urn%3Ali%3Aperson%3Aadministrator,entity:urn%3Ali%3Aorganization%3A96072931,"
        "eventType:ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS)"
    )
    assert json.loads(put.body) == {"webhook": linkedin.address}
    assert put.headers["linkedin-version"] == linkedin.connector.manifest.required_settings[-1].default
