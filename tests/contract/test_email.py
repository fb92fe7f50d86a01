"""What only mail does, at the scripted pair: a mail that the server has and does not give."""

from __future__ import annotations

import pytest

from connectors.kit.errors import RateLimited, RetryLater
from connectors.platforms.email.imap import TRIES

PLATFORM = "email"


def polls(case, account, count, cursor=None):
    pages = []
    for _ in range(count):
        pages.append(case.connector.poll(account, cursor))
        cursor = pages[-1].cursor
    return pages


def a_pass(case, account, cursor=None):
    pages = polls(case, account, 1, cursor)
    while pages[-1].more:
        pages += polls(case, account, 1, pages[-1].cursor)
    return pages


def test_a_withheld_mail_holds_its_folder_and_no_other(case, fake, account):
    fake.fault = {"imap": {"FETCH 2": "NO [SERVERBUG] words"}}
    pages = a_pass(case, account)
    assert [len(page.raw) for page in pages] == [1, 1]  # the one before it, and the sent folder
    inbox = pages[-1].cursor["folders"]["INBOX"]
    assert (inbox["uid"], inbox["tries"]) == (1, 1)
    assert inbox["since"]  # its past is not read yet
    assert [page.unreadable for page in pages] == [(), ()]


def test_a_mail_withheld_for_a_while_comes(case, fake, account):
    fake.fault = {"imap": {"FETCH 2": "NO words"}}
    cursor = None
    for _ in range(TRIES - 1):
        cursor = a_pass(case, account, cursor)[-1].cursor
    assert cursor["folders"]["INBOX"]["tries"] == TRIES - 1
    fake.fault = None
    pages = a_pass(case, account, cursor)
    assert [len(page.raw) for page in pages] == [3, 0]
    assert pages[-1].cursor["folders"]["INBOX"] == {"validity": 7, "uid": 4, "since": "", "tries": 0}


def test_a_mail_withheld_for_good_is_reported_and_passed_over(case, fake, account):
    fake.fault = {"imap": {"FETCH 2": "NO words"}}
    cursor, bodies, unreadable = None, [], []
    for _ in range(TRIES):
        pages = a_pass(case, account, cursor)
        cursor = pages[-1].cursor
        bodies += [raw.body for page in pages for raw in page.raw if "sent" not in raw.facts]
        unreadable += [path for page in pages for path in page.unreadable]
    assert bodies == [fake.folders["INBOX"][place] for place in (0, 2, 3)]
    assert unreadable == ["folders.0.2"]


def test_a_mail_that_is_gone_meanwhile_is_no_fault(case, fake, account):
    fake.fault = {"imap": {"FETCH 2": "NO [EXPUNGEISSUED] words"}}
    pages = a_pass(case, account)
    assert [(len(page.raw), page.unreadable) for page in pages] == [(3, ()), (1, ())]


@pytest.mark.parametrize(("code", "kind"), [("UNAVAILABLE", RetryLater), ("LIMIT", RateLimited)])
def test_a_server_that_is_busy_moves_nothing(case, fake, account, code, kind):
    fake.fault = {"imap": {"FETCH 2": f"NO [{code}] words"}}
    with pytest.raises(RetryLater) as busy:
        case.connector.poll(account, None)
    assert type(busy.value) is kind
