"""The same promises against the sandbox: every action and read of each platform it plays, through the real SDK."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.kit import errors, registry
from connectors.kit.base import Account, OutgoingPart
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.manifest import Action
from tests.playing import sandbox_at
from tickets.intake.items import MessageItem, PostItem

# Those the sandbox plays, with the switches that each has: name, value, what a send and what a poll then meets.
# Each has pages with comments in its control API.
SWITCHES = {
    "facebook": [
        ("token_dead", 460, errors.NeedsReconnect, errors.NeedsReconnect),
        ("missing_scope", "*", errors.NeedsReconnect, errors.NeedsReconnect),
        ("rate_limit", 32, errors.RateLimited, errors.RateLimited),
        ("rate_limit", 4, errors.RateLimited, errors.RateLimited),
        ("transient", 2, errors.RetryLater, errors.RetryLater),
        ("transient", 1, errors.OutcomeUnknown, errors.RetryLater),
        ("html_500", 502, errors.OutcomeUnknown, errors.RetryLater),
    ],
    "linkedin": [
        ("token_dead", 65601, errors.NeedsReconnect, errors.NeedsReconnect),
        ("token_dead", 65602, errors.NeedsReconnect, errors.NeedsReconnect),
        ("missing_scope", "*", errors.NeedsReconnect, errors.NeedsReconnect),
        ("version_sunset", True, errors.NeedsReconnect, errors.NeedsReconnect),
        ("rate_limit", 101, errors.RateLimited, errors.RateLimited),
        ("transient", 503, errors.OutcomeUnknown, errors.RetryLater),
        ("html_500", 502, errors.OutcomeUnknown, errors.RetryLater),
    ],
}
LOST_ANSWERS = [("timeout_before_effect", "drop"), ("timeout_after_effect", "drop"), ("timeout_after_effect", "hang")]
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
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        running = Sandbox(told["url"])
        yield running
        running.http.close()


@pytest.fixture(params=SWITCHES)
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


def _needs(platform, *actions):
    missing = set(actions) - registry.get(platform).manifest.actions
    if missing:
        pytest.skip(f"this platform does not offer {', '.join(sorted(missing))}")


def test_a_private_reply_is_given_once(platform, sandbox, account):
    _needs(platform, Action.REPLY_PRIVATE)
    made = sandbox.comment(platform, message="Kan dere svare privat?")
    connector = registry.get(platform)

    receipt = connector.send(account, _reply(made["id"], visibility="private"))
    with pytest.raises(errors.Rejected) as refused:
        connector.send(account, _reply(made["id"], "Igjen", visibility="private"))

    assert receipt.external_id
    assert refused.value.reason is errors.RejectReason.ALREADY_ANSWERED


def test_hiding_changes_what_stands_and_may_be_repeated(platform, sandbox, account):
    _needs(platform, Action.HIDE, Action.UNHIDE)
    made = sandbox.comment(platform, message="Dumt!")

    for action, hidden in ((Action.HIDE, True), (Action.HIDE, True), (Action.UNHIDE, False)):
        registry.get(platform).moderate(account, action, made["id"])
        assert _messages_of(sandbox, platform)[made["id"]]["is_hidden"] is hidden


def test_likes_come_and_go_and_a_deleted_comment_is_gone(platform, sandbox, account):
    _needs(platform, Action.LIKE, Action.UNLIKE, Action.DELETE)
    made, connector = sandbox.comment(platform, message="Fint!"), registry.get(platform)

    for action, likes in ((Action.LIKE, 1), (Action.LIKE, 1), (Action.UNLIKE, 0)):
        connector.moderate(account, action, made["id"])
        assert sum(made["id"] in like.values() for like in sandbox.standing(platform)["likes"]) == likes
    connector.moderate(account, Action.DELETE, made["id"])

    assert made["id"] not in _messages_of(sandbox, platform)


def test_a_deleted_target_refuses_the_reply_for_good(platform, sandbox, account):
    made = sandbox.comment(platform, message="Snart borte")
    sandbox.control("DELETE", f"{platform}/pages/{PAGE}/comments/{made['id']}")

    with pytest.raises(errors.Rejected) as refused:
        registry.get(platform).send(account, _reply(made["id"]))

    assert refused.value.reason is errors.RejectReason.TARGET_GONE


def _send_and_count(platform, sandbox, account, expected, text):
    """Send against the switches; gives how many such texts then stand there."""
    made = sandbox.comment(platform, message="Hallo?")
    with pytest.raises(expected) as raised:
        registry.get(platform).send(account, _reply(made["id"], text))
    assert type(raised.value) is expected
    return [c["message"] for c in _messages_of(sandbox, platform).values()].count(text)


def test_each_switch_becomes_its_class(platform, sandbox, account):
    for switch, value, on_send, on_poll in SWITCHES[platform]:
        sandbox.switch(platform, **{switch: value})
        assert _send_and_count(platform, sandbox, account, on_send, f"Svar ved {switch} {value}") == 0
        with pytest.raises(on_poll) as raised:
            registry.get(platform).poll(account, None)
        assert type(raised.value) is on_poll, switch
        sandbox.switch(platform, **{switch: None})


@pytest.mark.parametrize(("switch", "value"), LOST_ANSWERS)
def test_a_lost_answer_leaves_the_outcome_of_a_send_unknown(platform, sandbox, account, switch, value):
    sandbox.switch(platform, **{switch: value})
    text = f"Svar ved {switch} {value}"
    arrived = _send_and_count(platform, sandbox, account, errors.OutcomeUnknown, text)
    assert arrived == (1 if switch == "timeout_after_effect" else 0)


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
