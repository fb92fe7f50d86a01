"""X against the sandbox, through tweepy: every action and read, its limits and refusals, its tokens."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.kit import errors
from connectors.kit.base import utc_now
from connectors.kit.manifest import Action
from connectors.platforms.x import connector
from tickets.intake.items import MessageItem, PostItem, StateItem

US = "1650000000000000119"


def test_who_mentions_us_is_answered_under_the_post(sandbox, account, reply):
    made = sandbox.post("@havbris_test Hvor er båten?")

    receipt = connector.send(account, reply(made["id"], "Den kommer – æøå 🙂"))

    standing = sandbox.posts()[receipt.external_id]
    assert standing["text"].endswith("Den kommer – æøå 🙂")
    assert standing["referenced_tweets"] == [{"type": "replied_to", "id": made["id"]}]


def test_who_has_not_mentioned_us_is_not(sandbox, account, reply):
    made = sandbox.post("Båten kommer aldri")

    with pytest.raises(errors.Rejected) as refused:
        connector.send(account, reply(made["id"]))

    assert refused.value.reason is errors.RejectReason.NOT_SUMMONED


def test_who_quotes_us_is_answered(sandbox, account, reply):
    ours = sandbox.post("Vi bygger om kaia", as_page=True)
    made = sandbox.post("Dette holder ikke", quoted=ours["id"])

    assert connector.send(account, reply(made["id"])).external_id in sandbox.posts()


def test_the_same_answer_twice_is_refused_as_such(sandbox, account, reply):
    made = sandbox.post("@havbris_test Hei")
    connector.send(account, reply(made["id"], "Hei!"))

    with pytest.raises(errors.Rejected) as refused:
        connector.send(account, reply(made["id"], "Hei!"))

    assert refused.value.reason is errors.RejectReason.DUPLICATE


def test_a_deleted_target_refuses_the_reply_for_good(sandbox, account, reply):
    made = sandbox.post("@havbris_test Snart borte")
    sandbox("DELETE", f"/posts/{made['id']}")

    with pytest.raises(errors.Rejected) as refused:
        connector.send(account, reply(made["id"]))

    assert refused.value.reason is errors.RejectReason.TARGET_GONE


def test_messages_go_to_a_conversation_and_to_a_person(sandbox, account, reply):
    heard = sandbox("POST", "/messages", message="Ordre 4471?", person="Aino K")

    answered = connector.send(account, replace(reply("x", visibility="private"), thread_root=heard["conversation"]))
    opened = connector.send(
        account,
        replace(reply("9", "Skriv her"), visibility="private", thread_root="private:9", recipient=heard["person_id"]),
    )

    told = {f"dm:{message['id']}": message["text"] for message in sandbox("GET")["messages"]}
    assert (told[answered.external_id], told[opened.external_id]) == ("Vi ser på det", "Skriv her")


def test_hiding_may_be_repeated_and_is_for_our_conversations_only(sandbox, account):
    ours = sandbox.post("Vi bygger om", as_page=True)
    below = sandbox.post("@havbris_test Dumt!", reply_to=ours["id"])
    elsewhere = sandbox.post("@havbris_test Hei")

    for action, hidden in ((Action.HIDE, True), (Action.HIDE, True), (Action.UNHIDE, False)):
        connector.moderate(account, action, below["id"])
        assert sandbox.posts()[below["id"]]["hidden"] is hidden
    with pytest.raises(errors.Rejected) as refused:
        connector.moderate(account, Action.HIDE, elsewhere["id"])
    assert refused.value.reason is errors.RejectReason.NOT_ALLOWED


def test_our_own_post_is_deleted_and_no_other(sandbox, account):
    ours, theirs = sandbox.post("Feil", as_page=True), sandbox.post("@havbris_test Hei")

    connector.moderate(account, Action.DELETE, ours["id"])
    with pytest.raises(errors.Rejected):
        connector.moderate(account, Action.DELETE, theirs["id"])

    assert set(sandbox.posts()) & {ours["id"], theirs["id"]} == {theirs["id"]}


def test_a_pass_finds_what_concerns_us_once(sandbox, account, whole_pass):
    ours = sandbox.post("Vi bygger om", as_page=True)
    named = sandbox.post("@havbris_test Hei")
    below = sandbox.post("Når er dere ferdige?", reply_to=ours["id"])
    sandbox.post("Noe helt annet")
    private = sandbox("POST", "/messages", message="Hemmelig", person="Aino K")

    items, cursor, last = whole_pass(account)
    again, _, _ = whole_pass(account, cursor)
    later = sandbox.post("@havbris_test Kom etter passet")
    new, _, _ = whole_pass(account, cursor)

    assert {item.external_id for item in items} == {ours["id"], named["id"], below["id"], f"dm:{private['id']}"}
    assert [item.external_id for item in items if isinstance(item, PostItem)] == [ours["id"]]
    assert again == []
    assert [item.external_id for item in new] == [later["id"]]
    assert last.next_pass_seconds == 300


def test_a_pass_of_many_pages_resumes_at_any(sandbox, account, whole_pass):
    texts = {f"@havbris_test Spørsmål {n}" for n in range(120)}
    for text in sorted(texts):
        sandbox.post(text)

    items, _, _ = whole_pass(account)

    assert {item.text for item in items} == texts
    assert len(items) == len(texts)


def test_a_search_is_read_beside_the_mentions_and_says_whom_we_may_not_answer(sandbox, account, whole_pass):
    found = sandbox.post("Havbris kommer aldri fram")
    searching = replace(account, credentials={**account.credentials, "search": "havbris kommer"})
    exempt = replace(searching, credentials={**searching.credentials, "answers": "everyone"})

    (item,), _, _ = whole_pass(searching)
    (open_item,), _, _ = whole_pass(exempt)

    assert (item.external_id, item.no_reply, open_item.no_reply) == (found["id"], "not_summoned", "")


def test_an_edited_post_is_the_same_message(sandbox, account, whole_pass):
    made = sandbox.post("@havbris_test Når gikk båten?")
    _, cursor, _ = whole_pass(account)
    edited = sandbox("POST", f"/posts/{made['id']}/edit", message="@havbris_test Når går båten?")

    (item,), _, _ = whole_pass(account, cursor)

    assert edited["id"] != made["id"]
    assert (item.external_id, item.text, item.edited) == (made["id"], "@havbris_test Når går båten?", True)


def test_what_was_deleted_is_found_when_asked_after(sandbox, account):
    stays, goes = sandbox.post("@havbris_test Blir"), sandbox.post("@havbris_test Går")
    sandbox("DELETE", f"/posts/{goes['id']}")

    news = connector.recheck(account, [stays["id"], goes["id"], "dm:1"])

    assert [(type(item), item.external_id, item.state) for item in news] == [(StateItem, goes["id"], "deleted")]


def test_the_usage_is_told_once_a_day(sandbox, account, whole_pass):
    sandbox.post("@havbris_test Hei")

    _, cursor, last = whole_pass(account)
    _, _, again = whole_pass(account, cursor)

    assert (last.allowance.used, last.allowance.most) == (1, 2_000_000)
    assert again.allowance is None


def test_a_refresh_gives_new_tokens_and_uses_the_old_ones_up(sandbox, account, credentials):
    fresh = connector.refresh(account)

    with pytest.raises(errors.NeedsReconnect):
        connector.refresh(account)
    with pytest.raises(errors.TokenExpired):
        connector.poll(account, None)
    renewed = replace(account, credentials=fresh)
    assert connector.profile(renewed, US).handle == "havbris_test"
    assert {fresh["access_token"], fresh["refresh_token"]}.isdisjoint(credentials.values())


def test_a_new_token_that_is_refused_at_once_needs_a_person(sandbox, account):
    fresh = connector.refresh(account)
    sandbox.switch(token_dead=1)

    with pytest.raises(errors.NeedsReconnect):
        connector.poll(replace(account, credentials=fresh), None)


def test_a_token_past_its_end_is_not_tried(sandbox, account, reply):
    now = utc_now()
    fresh = connector.refresh(account)
    late = replace(account, credentials=fresh, clock=lambda: now + timedelta(hours=2))
    calls_before = sandbox("GET")

    with pytest.raises(errors.TokenExpired) as expired:
        connector.send(late, reply("1"))

    assert expired.value.code == "expired"
    assert sandbox("GET") == calls_before


def test_oauth_1_signs_and_never_renews(sandbox, account, reply):
    signing = {"sign_in": "oauth1", "consumer_key": "key", "access_token": "sandbox-token", "token_secret": "secret"}
    old = replace(account, credentials=signing)
    made = sandbox.post("@havbris_test Hei")

    assert connector.send(old, reply(made["id"])).external_id in sandbox.posts()
    sandbox.switch(token_dead=1)
    with pytest.raises(errors.NeedsReconnect):
        connector.poll(old, None)


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        ("token_dead", 1, errors.TokenExpired),
        ("credits", 1, errors.CreditsUsedUp),
        ("not_enrolled", 1, errors.NeedsReconnect),
        ("rate_limit", 421, errors.RateLimited),
        ("html_500", 502, errors.OutcomeUnknown),
        ("timeout_before_effect", "drop", errors.OutcomeUnknown),
        ("timeout_after_effect", "drop", errors.OutcomeUnknown),
        ("timeout_after_effect", "hang", errors.OutcomeUnknown),
    ],
)
def test_each_switch_becomes_its_class_on_a_send(sandbox, account, switch, value, expected, reply):
    made = sandbox.post("@havbris_test Hallo?")
    sandbox.switch(**{switch: value})

    with pytest.raises(expected) as raised:
        connector.send(account, reply(made["id"], "Svar"))

    assert type(raised.value) is expected
    arrived = [post for post in sandbox.posts().values() if post["text"].endswith("Svar")]
    assert len(arrived) == (1 if switch == "timeout_after_effect" else 0)


def test_an_answer_without_an_end_is_found_by_the_poll(sandbox, account, reply, whole_pass):
    made = sandbox.post("@havbris_test Hallo?")
    sandbox.switch(timeout_after_effect={"value": "drop", "times": 1})
    with pytest.raises(errors.OutcomeUnknown):
        connector.send(account, reply(made["id"], "Svar som kom fram"))

    items, _, _ = whole_pass(account)

    echoes = [item for item in items if isinstance(item, MessageItem) and item.direction == "out"]
    assert [(echo.text, echo.external_root) for echo in echoes] == [("Svar som kom fram", made["id"])]


def test_messages_that_are_limited_stop_nothing_else(sandbox, account, whole_pass):
    cursor = None
    for _ in range(16):
        _, cursor, _ = whole_pass(account, cursor)
    made = sandbox.post("@havbris_test Kom likevel")

    items, _, _ = whole_pass(account, cursor)

    assert [item.external_id for item in items] == [made["id"]]
    assert cursor["later"]["messages"] > time.time()


def test_the_names_of_2026_give_the_same_items(sandbox, account, whole_pass):
    sandbox.post("@havbris_test Lang historie " + "om båten " * 40, person="Aino K")
    old, _, _ = whole_pass(account)
    sandbox.switch(new_names=1)

    new, _, _ = whole_pass(account)

    assert [replace(item, version_at=None) for item in new] == [replace(item, version_at=None) for item in old]
    assert new[0].text.endswith("om båten")


def test_a_channel_for_reading_makes_no_call_to_write(sandbox, account, reply):
    reading = replace(account, credentials={**account.credentials, "answers": "nobody"})
    made = sandbox.post("@havbris_test Hei")
    with pytest.raises(errors.Rejected) as refused:
        connector.send(reading, reply(made["id"]))
    assert refused.value.reason is errors.RejectReason.READ_ONLY
    assert [post for post in sandbox.posts().values() if post["author_id"] == US] == []
