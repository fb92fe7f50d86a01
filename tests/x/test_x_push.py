"""What X pushes, from the sandbox: signed webhooks in both shapes, and the filtered stream with its breaks."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace

import pytest

from connectors.kit import errors
from connectors.kit.base import RawRequest, utc_now
from connectors.platforms.x import connector
from connectors.platforms.x.stream import listen

US = "1650000000000000119"


@pytest.mark.parametrize("kind", ["activity", "account"])
def test_webhooks_are_signed_and_read(sandbox, account, receiver, kind, secrets, credentials):
    registration = {**credentials, "name": "Havbris", "app_secret": secrets.app_secret, "webhook": kind}
    sandbox("PUT", callback_url=receiver.url, **registration)
    made = sandbox.post("@havbris_test Hvor <er> båten?", person="Aino K")
    mention = receiver.next()
    private = sandbox("POST", "/messages", message="Hemmelig", person="Aino K")
    message = receiver.next()

    for delivery in (mention, message):
        connector.verify(delivery, secrets)
        with pytest.raises(errors.BadSignature):
            connector.verify(replace(delivery, body=delivery.body + b" "), secrets)
    (said,), (whispered,) = connector.parse(mention), connector.parse(message)
    assert (said.external_id, said.external_root, said.text) == (
        made["id"],
        made["id"],
        "@havbris_test Hvor <er> båten?",
    )
    assert (said.author.name, said.no_reply) == ("Aino K", "")
    assert (whispered.external_id, whispered.external_root) == (f"dm:{private['id']}", private["conversation"])


def test_webhook_and_poll_tell_of_the_same_message(sandbox, account, receiver, whole_pass):
    ours = sandbox.post("Vi bygger om", as_page=True)
    sandbox.post("Når?", reply_to=ours["id"], person="Aino K")

    pushed = [item for _ in range(2) for item in connector.parse(receiver.next())]
    polled, _, _ = whole_pass(account)

    def plain(items):
        told = [replace(item, version_at=None) for item in items]
        return sorted(told, key=lambda item: item.external_id)

    assert plain(pushed) == plain(polled)


@pytest.mark.parametrize("how", ["wrong", "old", "missing"])
def test_a_wrong_signature_is_refused(sandbox, account, receiver, how, secrets):
    sandbox.switch(wrong_signature=how)
    sandbox.post("@havbris_test Hei")

    with pytest.raises(errors.BadSignature):
        connector.verify(receiver.next(), secrets)


def test_the_challenge_is_what_x_expects(secrets):
    token = "abc-DEF_123"
    answer = connector.challenge(RawRequest("GET", {}, {"crc_token": [token]}, b"", utc_now()), secrets)

    digest = hmac.new(secrets.app_secret.encode(), token.encode(), hashlib.sha256).digest()
    assert json.loads(answer.body) == {"response_token": f"sha256={base64.b64encode(digest).decode()}"}


def test_the_stream_gives_posts_and_comes_back_after_a_break(sandbox, account, wait_for, listening):
    held = listening(account)
    wait_for(lambda: held.heard == [None])
    first = sandbox.post("@havbris_test Direkte!", person="Aino K")
    wait_for(held.pieces)
    sandbox("POST", "/streams/close")
    wait_for(lambda: held.heard.count(None) == 2)
    second = sandbox.post("@havbris_test Igjen!")
    wait_for(lambda: len(held.pieces()) == 2)
    held.stop()

    items = []
    for piece in held.pieces():
        items += connector.parse(RawRequest("FETCHED", piece.facts, {}, piece.body, utc_now(), US))
    assert [(item.external_id, item.account_external_id) for item in items] == [(first["id"], US), (second["id"], US)]
    assert wait_for(lambda: sandbox("GET")["streams"] == 0)


def test_a_silent_stream_is_left_and_opened_again(sandbox, account, wait_for, listening):
    sandbox.switch(stream_silence=1)
    held = listening(account, silence=0.6)

    wait_for(lambda: held.heard.count(None) >= 2)
    held.stop()

    assert held.error is None


def test_a_second_stream_of_the_app_waits_its_turn(sandbox, account, wait_for, listening):
    one = listening(account)
    wait_for(lambda: one.heard == [None])
    other = listening(account, limited_first=0.2)
    time.sleep(0.5)
    assert other.heard == []
    one.stop()

    wait_for(lambda: other.heard == [None], 10)
    other.stop()
    assert other.error is None


def test_without_an_app_token_nothing_is_listened_to(sandbox, account):
    credentials = {**account.credentials, "app_token": ""}
    assert list(listen(replace(account, credentials=credentials), lambda: False)) == []


def test_a_dead_app_token_does_not_hold_the_channel(sandbox, account):
    wrong = replace(account, credentials={**account.credentials, "app_token": "unknown"})
    with pytest.raises(errors.RetryLater) as told:
        list(listen(wrong, lambda: False))
    assert told.value.code == "app-token"
