"""Contract: a poll reads everything in small pages, and goes on from any of them."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from connectors.kit.base import Page
from connectors.kit.errors import ConnectorError
from connectors.kit.manifest import Arrival

MOST_PAGES = 200


@pytest.fixture(autouse=True)
def _polled(case):
    if Arrival.POLL not in case.manifest.arrives_by:
        pytest.skip("this platform is not polled")


def pass_from(case, account, cursor) -> list[Page]:
    """All pages of a pass; each cursor takes a trip through JSON, as it does through the database."""
    pages = []
    while len(pages) < MOST_PAGES:
        page = case.connector.poll(account, cursor)
        cursor = json.loads(json.dumps(page.cursor))
        pages.append(page)
        if not page.more:
            return pages
    raise AssertionError("the pass does not end")


def names(case, pages: list[Page]) -> list[str]:
    """What the pages hold, as items: their own, and those that are read from raw pieces."""
    items = [item for page in pages for item in page.items]
    raw = [piece for page in pages for piece in page.raw]
    now = datetime.fromisoformat(case.facts["now"])
    items += [item for piece in raw for item in case.connector.parse(case.delivery(piece.body, now, piece.facts))]
    return [f"{type(item).__name__} {item.external_id}" for item in items]


def test_a_pass_gives_every_item_once(case, fake, account):
    pages = pass_from(case, account, None)
    assert names(case, pages) == case.facts["poll"]["items"]
    assert len(pages) == case.facts["poll"]["pages"]
    assert len(fake.calls) == len(pages)
    assert [page.unreadable for page in pages] == [()] * len(pages)


def test_items_of_a_poll_are_as_new_as_the_request(case, account):
    now = account.clock()
    pages = pass_from(case, account, None)
    if any(page.raw for page in pages):
        pytest.skip("this platform's polls give raw pieces, whose items are as new as their arrival")
    items = [item for page in pages for item in page.items]
    assert {item.version_at for item in items} == {now}
    assert all(item.at <= now and item.platform == case.key for item in items)
    assert {item.account_external_id for item in items} == {account.external_id}


def test_polling_resumes_at_any_page(case, account):
    pages = pass_from(case, account, None)
    for stop in range(len(pages) - 1):
        cursor = json.loads(json.dumps(pages[stop].cursor))
        assert pass_from(case, account, cursor) == pages[stop + 1 :]


def test_the_same_cursor_gives_the_same_page(case, account):
    cursors = [None, *(page.cursor for page in pass_from(case, account, None))]
    for cursor in cursors:
        assert case.connector.poll(account, cursor) == case.connector.poll(account, cursor)


def test_a_failure_anywhere_moves_nothing(case, fake, account):
    cursor, seen = None, []
    for _ in range(case.facts["poll"]["pages"]):
        before = json.dumps(cursor)
        fake.fault = fake.unavailable
        with pytest.raises(ConnectorError):
            case.connector.poll(account, cursor)
        assert json.dumps(cursor) == before
        fake.fault = None
        page = case.connector.poll(account, cursor)
        seen.append(page)
        cursor = page.cursor
    assert names(case, seen) == case.facts["poll"]["items"]
    assert not seen[-1].more


def test_the_next_pass_begins_where_this_one_ended(case, fake, account):
    last = pass_from(case, account, None)[-1]
    again = pass_from(case, account, last.cursor)
    assert again
    assert not again[-1].more
    assert json.loads(json.dumps(again[-1].cursor)) == again[-1].cursor


def test_cursors_are_small_and_hold_no_secret(case, account, secrets):
    for page in pass_from(case, account, None):
        text = json.dumps(page.cursor)
        assert len(text) < 20_000
        assert not any(secret in text for secret in secrets)
        assert "token" not in text
