"""Hints: numbered in the order of commits, never twice, and what a client asks for that has missed some."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.actors import SYSTEM
from inbox.live.hints import live_channel, publish_hints, write_hints
from inbox.live.models import Hint
from inbox.live.since import MOST, get_head, get_missed
from inbox.operations.housekeeping import drop_expired
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.operations.assigning import assign_ticket, move_ticket


def tell(ticket_id, team_id=1, kind="message"):
    write_hints(TicketsChanged([TicketChange(ticket_id, kind, TicketPlace(team_id, None))]))


def numbered():
    return dict(Hint.objects.filter(seq__isnull=False).order_by("seq").values_list("seq", "ticket_id"))


def in_thread(job):
    def run():
        try:
            job()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# Numbers


def test_a_hint_has_no_number_before_its_commit(db):
    tell(1)

    assert list(Hint.objects.values_list("seq", flat=True)) == [None]


@pytest.mark.django_db(transaction=True)
def test_numbers_follow_commits_not_beginnings():
    first_wrote, second_done = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            tell(1)
            first_wrote.set()
            assert second_done.wait(10)

    def quick():
        assert first_wrote.wait(10)
        with transaction.atomic():
            tell(2)
        second_done.set()

    threads = [in_thread(slow), in_thread(quick)]
    for thread in threads:
        thread.join(20)

    ids = dict(Hint.objects.values_list("ticket_id", "id"))
    assert ids[1] < ids[2]  # written first …
    assert list(numbered().values()) == [2, 1]  # … committed last


@pytest.mark.django_db(transaction=True)
def test_who_saw_a_number_never_finds_a_smaller_new_one():
    stop, seen, wrong = threading.Event(), set(), []

    def read():
        while not stop.is_set():
            now_there = set(Hint.objects.filter(seq__isnull=False).values_list("seq", flat=True))
            newest = max(seen, default=0)
            wrong.extend(number for number in now_there - seen if number < newest)
            seen.update(now_there)

    def write(base):
        for n in range(12):
            with transaction.atomic():
                tell(base + n)
                tell(base + n, kind="status")

    reader = in_thread(read)
    writers = [in_thread(lambda base=base: write(base)) for base in (100, 200, 300)]
    for writer in writers:
        writer.join(30)
    stop.set()
    reader.join(10)

    assert wrong == []
    assert Hint.objects.filter(seq__isnull=True).count() == 0
    assert len(numbered()) == 72
    assert len(seen) > 0


@pytest.mark.django_db(transaction=True)
def test_numbers_never_come_again_after_hints_are_dropped(now):
    with transaction.atomic():
        tell(1)
    before = max(numbered())
    drop_expired(now=Hint.objects.get().created_at + timedelta(days=2))
    with transaction.atomic():
        tell(2)

    assert list(numbered()) == [before + 1]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_tells_nobody():
    with transaction.atomic():
        tell(1)
        transaction.set_rollback(True)

    assert Hint.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_numbers_what_a_dead_process_left():
    Hint.objects.create(kind="message", ticket_id=1, scopes=["all"], created_at="2026-11-20T09:00Z")

    assert publish_hints() == 1
    assert publish_hints() == 0
    assert list(numbered().values()) == [1]


def test_hints_go_out_in_order_with_ids_and_enums_only(db):
    from core.broker import broker

    for n in (1, 2, 3):
        tell(n)
    with broker().pubsub() as heard:
        heard.subscribe(live_channel())
        heard.get_message(timeout=2)
        publish_hints()
        frames = [heard.get_message(timeout=2)["data"] for _ in range(3)]

    import json

    told = [json.loads(frame) for frame in frames]
    assert [frame["ticket_id"] for frame in told] == [1, 2, 3]
    assert {tuple(frame) for frame in told} == {("seq", "kind", "ticket_id", "scopes", "left")}
    numbers = [frame["seq"] for frame in told]
    assert numbers == sorted(numbers)


def test_a_broker_that_is_away_costs_only_the_hint(db, settings, caplog):
    from core.broker import broker

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker.cache_clear()
    try:
        tell(1)
        assert publish_hints() == 1
    finally:
        broker.cache_clear()
    assert list(numbered().values()) == [1]
    assert "not published" in caplog.text


def test_who_lost_sight_is_named(case, teams, people):
    Hint.objects.all().delete()
    move_ticket(actor=SYSTEM, ticket_id=case.pk, team_id=teams["marketing"].pk, now=case.opened_at)

    hint = Hint.objects.get()
    assert hint.scopes == ["all", f"team:{teams['marketing'].pk}"]
    assert hint.left_scopes == [f"team:{teams['first-line'].pk}"]


# What was missed


@pytest.fixture
def base(db):
    """Where the numbers stand before the test."""
    publish_hints()
    Hint.objects.all().delete()
    return get_head(actor=None)


def missed(user, seq):
    return get_missed(actor=user, seq=seq)


def kinds(answer):
    return [(frame["kind"], frame["facts"]["number"], frame["seq"]) for frame in answer["frames"]]


def test_nothing_missed(people, case, base):
    assert missed(people["agent"], base) == {"head": base, "reload": False, "frames": []}


def test_several_changes_of_one_case_are_one_frame(people, case, written, base, teams):
    other = written("En annen")
    Hint.objects.all().delete()
    for ticket in (case, other, case):
        tell(ticket.pk, teams["first-line"].pk)
    publish_hints()

    answer = missed(people["agent"], base)

    assert kinds(answer) == [("row", other.number, base + 2), ("row", case.number, base + 3)]
    assert answer["head"] == base + 3
    assert kinds(missed(people["agent"], base + 2)) == [("row", case.number, base + 3)]
    assert answer["frames"][0]["html"].startswith("<li ")


def test_five_hundred_are_told_and_more_are_a_reload(people, case, base, teams):
    scopes = ["all", f"team:{teams['first-line'].pk}"]
    Hint.objects.bulk_create(
        Hint(kind="message", ticket_id=case.pk, scopes=scopes, created_at=case.opened_at) for _ in range(MOST)
    )
    publish_hints()
    enough = missed(people["agent"], base)
    tell(case.pk, teams["first-line"].pk)
    publish_hints()
    more = missed(people["agent"], base)

    assert (enough["reload"], kinds(enough)) == (False, [("row", case.number, base + MOST)])
    assert more == {"head": base + MOST + 1, "reload": True, "frames": []}


def test_what_lies_before_the_oldest_kept_is_a_reload(people, case, base, teams):
    for _ in range(3):
        tell(case.pk, teams["first-line"].pk)
    publish_hints()
    Hint.objects.filter(seq=base + 1).delete()

    assert missed(people["agent"], base)["reload"] is True
    assert missed(people["agent"], base + 1)["reload"] is False


def test_when_all_are_dropped_who_lags_behind_is_told_to_reload(people, case, base, teams):
    tell(case.pk, teams["first-line"].pk)
    publish_hints()
    Hint.objects.all().delete()

    assert missed(people["agent"], base) == {"head": base + 1, "reload": True, "frames": []}
    assert missed(people["agent"], base + 1) == {"head": base + 1, "reload": False, "frames": []}
    assert get_head(actor=people["agent"]) == base + 1


def test_a_case_that_left_ones_sight_is_gone(people, case, base, teams):
    Hint.objects.all().delete()
    move_ticket(actor=SYSTEM, ticket_id=case.pk, team_id=teams["marketing"].pk, now=case.opened_at)
    publish_hints()

    answer = missed(people["agent"], base)

    assert kinds(answer) == [("gone", case.number, base + 1)]
    assert "html" not in answer["frames"][0]
    assert kinds(missed(people["lead"], base)) == [("row", case.number, base + 1)]


def test_a_case_assigned_into_sight_appears(people, case, base, teams):
    move_ticket(actor=SYSTEM, ticket_id=case.pk, team_id=teams["marketing"].pk, now=case.opened_at)
    Hint.objects.all().delete()
    assign_ticket(actor=SYSTEM, ticket_id=case.pk, assignee_id=people["agent"].pk, now=case.opened_at)
    publish_hints()

    assert kinds(missed(people["agent"], base)) == [("row", case.number, base + 1)]


def test_an_old_hint_never_shows_a_case_that_has_moved_on(people, case, base, teams):
    """The row is drawn as it is now; who may not see it now is not sent it for the sake of an older hint."""
    tell(case.pk, teams["first-line"].pk)
    publish_hints()
    type(case).objects.filter(pk=case.pk).update(team=teams["marketing"])

    assert kinds(missed(people["agent"], base)) == [("gone", case.number, base + 1)]


@pytest.mark.parametrize(
    ("role", "sees"),
    [("agent", 1), ("marketer", 1), ("lead", 2), ("admin", 2), ("auditor", 2), ("privacy_officer", 0)],
)
def test_each_role_is_told_of_what_it_sees(people, case, elsewhere, base, teams, role, sees):
    Hint.objects.all().delete()
    tell(case.pk, teams["first-line"].pk)
    tell(elsewhere.pk, teams["marketing"].pk)
    publish_hints()

    answer = missed(people[role], base)

    assert len(answer["frames"]) == sees
    assert answer["head"] == base + 2


def test_a_deleted_case_is_passed_over(people, base, teams):
    tell(999_999, teams["first-line"].pk)
    publish_hints()

    assert missed(people["agent"], base) == {"head": base + 1, "reload": False, "frames": []}


def test_catching_up_costs_four_queries(people, written, base, teams, django_assert_max_num_queries):
    for n in range(20):
        tell(written(f"Nummer {n}").pk, teams["first-line"].pk)
    publish_hints()

    with django_assert_max_num_queries(4):
        assert len(missed(people["agent"], base)["frames"]) == 20


def test_a_page_starts_where_the_sequence_stands(browser_of, people, case, base, teams):
    tell(case.pk, teams["first-line"].pk)
    publish_hints()
    browser = browser_of(people["agent"])

    assert f'data-live-seq="{base + 1}"' in browser.get("/inbox/all").content.decode()
    assert f'data-live-seq="{base + 1}"' in browser.get(f"/case/{case.number}").content.decode()
    assert browser.get(f"/live/since/{base}").json()["head"] == base + 1
    assert "no-store" in browser.get(f"/live/since/{base}")["Cache-Control"]
