"""The same promises against the sandbox: every action and read of each platform it plays, through the real SDK."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from connectors.kit import errors, registry
from connectors.kit.base import Account, OutgoingPart
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.manifest import Action
from tickets.intake.items import MessageItem, PostItem

PLATFORMS = ["facebook"]  # those the sandbox plays; each has pages with comments in its control API
PAGE = "104000000000009"
REGISTRATION = {
    "name": "Havbris",
    "access_token": "sandbox-token",
    "app_secret": "sandbox-secret",
    "verify_token": "sandbox-verify",
    "callback_url": "http://127.0.0.1:9/nobody-listens/",
    "seed_posts": True,
}


class Sandbox:
    """A started sandbox process and its control API."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, timeout=10)
        self.url = url

    def control(self, method, path, body=None):
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def comment(self, platform, **words):
        return self.control("POST", f"{platform}/pages/{PAGE}/comments", {"person": "Aino K", **words})

    def standing(self, platform):
        return self.control("GET", f"{platform}/pages/{PAGE}")

    def switch(self, platform, **switches):
        self.control("PUT", f"{platform}/pages/{PAGE}/faults", switches)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    home = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "sandbox", "--home", str(home)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    told = home / "sandbox.json"
    for _ in range(200):
        if told.exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    running = Sandbox(json.loads(told.read_text())["url"])
    yield running
    running.http.close()
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(params=PLATFORMS)
def platform(request, sandbox):
    sandbox.control("PUT", f"{request.param}/pages/{PAGE}", REGISTRATION)
    sandbox.switch(request.param, **dict.fromkeys(sandbox.control("GET", f"{request.param}/pages/{PAGE}/faults")))
    return request.param


@pytest.fixture
def account(platform, sandbox):
    manifest = registry.get(platform).manifest
    session = session_for(manifest.hosts, sandbox.url, TimeLimits(connect=2, read=1))
    yield Account(PAGE, {"access_token": "sandbox-token"}, "sandbox-secret", sandbox.url, session)
    session.close()


def _reply(target, text="Vi ser på det", **words):
    return OutgoingPart(kind="text", text=text, target_external_id=target, **words)


def _messages_of(sandbox, platform):
    return {c["id"]: c for c in sandbox.standing(platform)["comments"]}


def test_a_public_reply_stands_under_the_comment(platform, sandbox, account):
    made = sandbox.comment(platform, message="Hvor er ordren min?")

    receipt = registry.get(platform).send(account, _reply(made["id"], "Vi ser på det – æøå 🙂"))

    standing = _messages_of(sandbox, platform)[receipt.external_id]
    assert standing["message"] == "Vi ser på det – æøå 🙂"
    assert standing["from"]["id"] == PAGE


def test_a_private_reply_is_given_once(platform, sandbox, account):
    made = sandbox.comment(platform, message="Kan dere svare privat?")
    connector = registry.get(platform)

    receipt = connector.send(account, _reply(made["id"], visibility="private"))
    with pytest.raises(errors.Rejected) as refused:
        connector.send(account, _reply(made["id"], "Igjen", visibility="private"))

    assert receipt.external_id
    assert refused.value.reason is errors.RejectReason.ALREADY_ANSWERED


def test_moderation_changes_what_stands_and_may_be_repeated(platform, sandbox, account):
    made = sandbox.comment(platform, message="Dumt!")
    connector = registry.get(platform)

    for action, hidden in ((Action.HIDE, True), (Action.HIDE, True), (Action.UNHIDE, False)):
        connector.moderate(account, action, made["id"])
        assert _messages_of(sandbox, platform)[made["id"]]["is_hidden"] is hidden
    connector.moderate(account, Action.LIKE, made["id"])
    connector.moderate(account, Action.UNLIKE, made["id"])
    connector.moderate(account, Action.DELETE, made["id"])

    assert made["id"] not in _messages_of(sandbox, platform)


def test_a_deleted_target_refuses_the_reply_for_good(platform, sandbox, account):
    made = sandbox.comment(platform, message="Snart borte")
    sandbox.control("DELETE", f"{platform}/pages/{PAGE}/comments/{made['id']}")

    with pytest.raises(errors.Rejected) as refused:
        registry.get(platform).send(account, _reply(made["id"]))

    assert refused.value.reason is errors.RejectReason.TARGET_GONE


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        ("token_dead", 460, errors.NeedsReconnect),
        ("missing_scope", "*", errors.NeedsReconnect),
        ("rate_limit", 32, errors.RateLimited),
        ("rate_limit", 4, errors.RateLimited),
        ("transient", 2, errors.RetryLater),
        ("html_500", 502, errors.OutcomeUnknown),
        ("timeout_before_effect", "drop", errors.OutcomeUnknown),
        ("timeout_after_effect", "drop", errors.OutcomeUnknown),
        ("timeout_after_effect", "hang", errors.OutcomeUnknown),
    ],
)
def test_each_switch_becomes_its_class_on_a_send(platform, sandbox, account, switch, value, expected):
    made = sandbox.comment(platform, message="Hallo?")
    sandbox.switch(platform, **{switch: value})

    with pytest.raises(expected) as raised:
        registry.get(platform).send(account, _reply(made["id"], f"Svar ved {switch} {value}"))

    assert type(raised.value) is expected
    arrived = [c for c in _messages_of(sandbox, platform).values() if c["message"] == f"Svar ved {switch} {value}"]
    assert len(arrived) == (1 if switch == "timeout_after_effect" else 0)


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        ("token_dead", 463, errors.NeedsReconnect),
        ("rate_limit", 613, errors.RateLimited),
        ("transient", 1, errors.RetryLater),
        ("html_500", 500, errors.RetryLater),
    ],
)
def test_each_switch_becomes_its_class_on_a_poll(platform, sandbox, account, switch, value, expected):
    sandbox.switch(platform, **{switch: value})

    with pytest.raises(expected) as raised:
        registry.get(platform).poll(account, None)

    assert type(raised.value) is expected


def _whole_pass(connector, account, cursor=None, interrupted=False):
    items, more = [], True
    while more:
        page = connector.poll(account, cursor)
        items += page.items
        cursor, more = page.cursor, page.more
        if interrupted:
            cursor = json.loads(json.dumps(cursor))
    return items, cursor


def test_a_poll_finds_all_that_stands_and_resumes_at_any_page(platform, sandbox, account):
    texts = {f"Spørsmål nummer {n}" for n in range(30)}
    for text in sorted(texts):
        sandbox.comment(platform, message=text)
    connector = registry.get(platform)

    items, cursor = _whole_pass(connector, account)
    resumed, _ = _whole_pass(connector, account, interrupted=True)

    found = {item.text for item in items if isinstance(item, MessageItem)}
    assert texts <= found
    assert {item.external_id for item in items} == {item.external_id for item in resumed}
    assert any(isinstance(item, PostItem) and item.ours for item in items)

    later = sandbox.comment(platform, message="Kom etter første pass")
    again, _ = _whole_pass(connector, account, cursor)
    assert later["id"] in {item.external_id for item in again}


def test_a_profile_of_our_own_page_is_read(platform, account):
    told = registry.get(platform).profile(account, PAGE)

    assert told is not None
    assert told.name == "Havbris"


def test_times_are_the_platforms_own(platform, sandbox, account):
    sandbox.comment(platform, message="Nå")

    items, _ = _whole_pass(registry.get(platform), account)

    newest = max(item.at for item in items if isinstance(item, MessageItem))
    assert abs(newest - datetime.now(UTC)) < timedelta(minutes=10)
