"""Sending through the real SDK to a real small server: what arrives, in which order, and what each answer leads to."""

import logging
from datetime import timedelta

import pytest

from connectors.models import Account
from connectors.operations.channels import add_channel, reconnect_channel
from connectors.operations.holding import release_pauses
from connectors.operations.sending import has_due, recover_stuck, send_waiting
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.keys.models import DataKey
from inbox.live.models import Hint
from tickets.models import Message, Part, Ticket


def texts(graph):
    return [text for _, text in graph.said]


def test_a_reply_is_sent_and_its_receipt_kept(case, reply, graph, clock, part_of, account):
    message = reply(case, "Hei, se lähti eilen.")
    hints = Hint.objects.count()
    # when
    assert send_waiting() == 1
    # then
    assert graph.said == [("1_10", "Hei, se lähti eilen.")]
    ((path, form, authorization),) = graph.calls
    assert path == "/v26.0/1_10/comments"
    assert authorization == "Bearer access-token"
    assert "access_token" not in form
    part = part_of(message)
    assert (part.state, part.reason, part.attempts) == ("sent", "", 1)
    assert Message.objects.get(pk=message.pk).external_id == "1_901"
    assert account().last_out_at == clock()
    assert Hint.objects.count() == hints + 1
    assert send_waiting() == 0
    assert len(graph.calls) == 1


def test_the_platform_gets_the_original_where_our_pages_show_masks(case, reply, graph, clock):
    text = "Soita 040 123 4567 tai kirjoita aino@example.fi 👍\nT. Ingrid"
    message = reply(case, text)
    send_waiting()
    assert "aino@example.fi" not in Message.objects.get(pk=message.pk).text
    assert texts(graph) == [text]


def test_first_in_first_out_in_a_thread_and_others_go_by(case, open_case, reply, graph, clock, part_of):
    # given three replies here and one elsewhere, and a platform that stumbles once
    other = open_case("2_10", "Toinen asia", person="7300", name="Olli")
    first, second, third = (reply(case, f"Osa {i}") for i in (1, 2, 3))
    elsewhere = reply(other, "Muualla")
    graph.plan = [{"code": 2, "is_transient": True}]
    # when
    assert send_waiting() == 2
    # then the thread waits for its first, the other thread does not
    assert texts(graph) == ["Muualla"]
    assert [part_of(m).state for m in (first, second, third, elsewhere)] == ["queued", "queued", "queued", "sent"]
    clock.forward(minutes=1)
    assert send_waiting() == 3
    assert texts(graph) == ["Muualla", "Osa 1", "Osa 2", "Osa 3"]


def test_the_next_part_waits_while_one_is_unknown_and_goes_when_it_has_failed(case, reply, graph, clock, part_of):
    first, second = reply(case, "Yksi"), reply(case, "Kaksi")
    for state, sent in (("unknown", 0), ("claimed", 0), ("sending", 0), ("failed", 1)):
        Part.objects.filter(message=first).update(state=state)
        assert send_waiting() == sent
    assert (part_of(second).state, texts(graph)) == ("sent", ["Kaksi"])


def test_the_undo_window_is_kept(case, reply, graph, clock, part_of):
    message = reply(case, undo=10)
    assert (send_waiting(), has_due(clock())) == (0, False)
    clock.forward(seconds=9.9)
    assert send_waiting() == 0
    clock.forward(seconds=0.1)
    assert has_due(clock())
    assert send_waiting() == 1
    assert part_of(message).state == "sent"


def test_a_dead_token_holds_the_channel_and_drops_nothing(
    case, reply, graph, clock, part_of, account, connected, agent
):
    # given
    first, second = reply(case, "Yksi"), reply(case, "Kaksi")
    graph.plan = [{"code": 190, "error_subcode": 460, "type": "OAuthException"}]
    # when
    send_waiting()
    # then
    held = account()
    assert (held.health, held.health_code, held.missing) == ("reconnect", "190/460", [])
    assert [part_of(m).state for m in (first, second)] == ["queued", "queued"]
    assert part_of(first).reason == "needs_reconnect"
    assert AuditEntry.objects.filter(action="channel.held", object_id=connected.id).count() == 1
    # however long it takes, nothing is called and nothing given up
    clock.forward(days=9)
    release_pauses(now=clock())
    assert (send_waiting(), len(graph.calls)) == (0, 1)
    # when an admin connects it again
    reconnect_channel(actor=SYSTEM, channel_id=connected.id, values={"access_token": "fresh"}, now=clock())
    assert send_waiting() == 2
    # then
    assert texts(graph) == ["Yksi", "Kaksi"]
    assert graph.calls[-1][2] == "Bearer fresh"
    assert [part_of(m).state for m in (first, second)] == ["sent", "sent"]


def test_a_missing_scope_is_named(case, reply, graph, clock, account):
    reply(case)
    graph.plan = [{"code": 200, "type": "OAuthException"}]
    send_waiting()
    assert (account().health, account().missing) == ("reconnect", ["pages_manage_engagement"])


@pytest.mark.parametrize("code", [32, 80001])
def test_a_rate_limit_rests_this_account_and_no_other(
    open_case, reply, graph, clock, part_of, account, take_in, change, page_of, agent, now, code
):
    # given two pages, each with a reply
    mine = open_case()
    other = add_channel(
        actor=SYSTEM, platform="facebook",
        values={"external_id": "104000000000002", "name": "Norge", "app_secret": "app-secret",
                "verify_token": "verify-token", "access_token": "other"},
        now=now, team_id=mine.ticket.team_id,
    )  # fmt: skip
    take_in(page_of(change("2_10", "Hallo?"), page="104000000000002"))
    said = Message.objects.select_related("ticket", "thread").get(external_id="2_10")
    theirs = type(mine)(said.ticket, said.thread, agent)
    limited, limited_too = reply(mine, "Yksi"), reply(mine, "Kaksi")
    free = reply(theirs, "To")
    graph.plan = [{"code": code}]
    # when
    send_waiting()
    # then
    resting = account()
    assert (resting.health, resting.health_code) == ("limited", str(code))
    assert resting.held_until == now + timedelta(minutes=15)
    assert Account.objects.get(channel_id=other.id).health == "ok"
    assert [part_of(m).state for m in (limited, limited_too, free)] == ["queued", "queued", "sent"]
    assert part_of(limited).reason == "rate_limited"
    # and not a call before its time
    clock.forward(minutes=14, seconds=59)
    release_pauses(now=clock())
    assert (send_waiting(), account().health) == (0, "limited")
    clock.forward(minutes=5)
    release_pauses(now=clock())
    assert send_waiting() == 2
    assert (account().health, account().held_until, texts(graph)) == ("ok", None, ["To", "Yksi", "Kaksi"])


@pytest.mark.parametrize("attempts", [0, 1, 5, 9, 200])
def test_trouble_on_their_side_is_tried_ever_more_seldom_with_jitter(case, reply, graph, clock, part_of, attempts):
    # given a platform that is down, three times over
    usual = min(2 ** (attempts + 1), 600)
    waits = set()
    for _ in range(3):
        message = reply(case)
        Part.objects.filter(message=message).update(attempts=attempts)
        graph.plan = [{"code": 2, "is_transient": True}]
        send_waiting()
        part = part_of(message)
        assert (part.state, part.reason, part.platform_code) == ("queued", "try_later", "2")
        waits.add((part.not_before_at - clock()).total_seconds())
        Part.objects.all().delete()
    # then each wait is its power of two and up to a quarter more
    assert len(waits) == 3
    assert usual <= min(waits) <= max(waits) <= usual * 1.25


def test_after_a_day_of_trouble_it_is_given_up_and_shown(case, reply, graph, clock, part_of):
    message = reply(case)
    graph.plan = [{"code": 2, "is_transient": True}] * 3
    for hours, state in ((23, "queued"), (0.99, "queued"), (0.1, "failed")):
        clock.forward(hours=hours)
        assert send_waiting() == 1
        assert part_of(message).state == state
    assert (part_of(message).reason, part_of(message).platform_code) == ("gave_up", "2")
    assert Ticket.objects.get().trouble == "failed"
    assert (texts(graph), send_waiting()) == ([], 0)


def test_an_answered_comment_that_is_gone_fails_in_plain_words(case, reply, graph, clock, part_of):
    message, following = reply(case, "Yksi"), reply(case, "Kaksi")
    graph.plan = [{"code": 100, "error_subcode": 33}]
    send_waiting()
    part = part_of(message)
    assert (part.state, part.reason, part.platform_code) == ("failed", "target_gone", "100/33")
    assert AuditEntry.objects.filter(action="reply.failed").count() == 1
    assert part_of(following).state == "sent"
    assert Ticket.objects.get().trouble == "failed"


@pytest.mark.parametrize(("step", "landed"), [("html_after", 1), ("drop_after", 1), ("drop", 0),
                                              ({"code": 1, "is_transient": True}, 0)])  # fmt: skip
def test_an_unclear_end_is_unknown_and_never_repeated(case, reply, graph, clock, part_of, step, landed):
    # given
    message = reply(case)
    graph.plan = [step]
    # when
    send_waiting()
    # then
    part = part_of(message)
    assert (part.state, part.reason) == ("unknown", "no_answer")
    assert Ticket.objects.get().trouble == "unknown"
    # and no sweeper ever touches it
    for _ in range(5):
        clock.forward(hours=7)
        recover_stuck(now=clock())
        assert send_waiting() == 0
    assert (len(graph.calls), len(graph.said)) == (1, landed)
    assert part_of(message).state == "unknown"


def test_a_refused_connection_is_certainly_not_sent(case, reply, graph, clock, part_of, settings):
    # given nobody listens
    message = reply(case)
    well = settings.PLATFORM_URLS
    settings.PLATFORM_URLS = {"facebook": "http://127.0.0.1:1"}
    send_waiting()
    part = part_of(message)
    assert (part.state, part.reason) == ("queued", "try_later")
    assert part.not_before_at > clock()
    # when they are back
    settings.PLATFORM_URLS = well
    clock.forward(minutes=1)
    assert send_waiting() == 1
    assert (part_of(message).state, len(graph.said)) == ("sent", 1)


def test_a_lost_key_fails_the_reply_and_says_so(case, reply, graph, clock, part_of):
    # given a reply with something sealed, whose key is destroyed
    lost, following = reply(case, "Soita 040 123 4567"), reply(case, "Vielä yksi")
    DataKey.objects.filter(pk=Ticket.objects.get().customer.data_key_id).update(wrapped=b"\x01\x02k1" + bytes(60))
    # when
    send_waiting()
    # then
    assert (part_of(lost).state, part_of(lost).reason) == ("failed", "keys_lost")
    assert (part_of(following).state, texts(graph)) == ("sent", ["Vielä yksi"])


def test_credentials_that_do_not_open_fail_the_reply_and_call_nobody(case, reply, graph, clock, part_of):
    message = reply(case)
    Account.objects.update(credentials=b"\x01\x02k9" + bytes(60))
    assert send_waiting() == 1
    assert (part_of(message).state, part_of(message).reason) == ("failed", "keys_lost")
    assert graph.calls == []


def test_a_fault_of_ours_before_the_call_queues_it_again_and_does_not_stop_the_worker(
    case, open_case, reply, graph, clock, part_of, settings
):
    # given an address that no session can be made for
    message = reply(case)
    well = settings.PLATFORM_URLS
    settings.PLATFORM_URLS = {"facebook": "http://elsewhere.example"}
    # when
    assert send_waiting() == 1
    # then
    assert (part_of(message).state, part_of(message).reason) == ("queued", "our_fault")
    settings.PLATFORM_URLS = well
    clock.forward(minutes=1)
    assert send_waiting() == 1
    assert (part_of(message).state, len(graph.said)) == ("sent", 1)


def test_nothing_of_text_or_token_is_logged(case, reply, graph, clock, caplog):
    with caplog.at_level(logging.DEBUG):
        for step in ("ok", {"code": 2}, {"code": 100, "error_subcode": 33, "message": "marker-platform"}, "drop"):
            reply(case, "marker-text-9951")
            graph.plan = [step]
            clock.forward(minutes=20)
            send_waiting()
    told = "\n".join(r.getMessage() + str(r.exc_info) for r in caplog.records)
    assert [m for m in ("marker-text", "marker-platform", "access-token", "app-secret") if m in told] == []
