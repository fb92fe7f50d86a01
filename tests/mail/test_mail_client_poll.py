"""Reading from Debian's dovecot: everything once, in small steps, whatever happens to the folder meanwhile."""

from __future__ import annotations

import imaplib
import json
import re
import ssl
import time
from datetime import timedelta

import pytest

from connectors.kit.errors import ConnectorError, NeedsReconnect, RetryLater
from connectors.platforms.email import imap
from connectors.platforms.email.imap import poll
from tests.mail.servers import ADDRESS, PASSWORD, wait_for

DAY = timedelta(days=1).total_seconds()


def a_pass(account, cursor=None, most=100):
    """All pages of a pass; each cursor takes a trip through JSON, as it does through the database."""
    pages = []
    while len(pages) < most:
        page = poll(account, cursor)
        cursor = json.loads(json.dumps(page.cursor))
        pages.append(page)
        if not page.more:
            return pages
    raise AssertionError("the pass does not end")


def subjects(pages):
    return [re.search(rb"Subject: (.*)\r\n", raw.body)[1].decode() for page in pages for raw in page.raw]


def box_of(servers):
    """A line of our own to the server, for what a colleague's mail program does."""
    client = imaplib.IMAP4("localhost", servers.ports["imap"])
    client.starttls(ssl.create_default_context(cafile=servers.certificate))
    client.login(ADDRESS, PASSWORD)
    return client


@pytest.mark.parametrize(("port", "security"), [("imaps", "tls"), ("imap", "starttls")])
def test_a_mail_comes_as_the_bytes_it_is(servers, account, mail, port, security):
    raw = mail("Hei", body="Hvor er pakken min? ÆØÅ\r\n.\r\n..to punktum")
    servers.put(raw)
    reached = account(imap_port=str(servers.ports[port]), imap_security=security)
    page = poll(reached, None)
    assert [piece.body for piece in page.raw] == [raw]
    assert [dict(piece.facts) for piece in page.raw] == [{}]
    assert (page.items, page.more, page.unreadable) == ((), False, ())
    assert poll(reached, page.cursor).raw == ()


def test_reading_marks_nothing_as_seen(servers, account, mail):
    servers.put(mail("Ulest"))
    assert len(poll(account(), None).raw) == 1
    client = box_of(servers)
    client.select("INBOX", readonly=True)
    assert client.search(None, "UNSEEN")[1] == [b"1"]
    client.logout()


@pytest.mark.parametrize(("port", "security"), [("imaps", "tls"), ("imap", "starttls")])
def test_a_certificate_nobody_vouches_for_is_refused(servers, account, monkeypatch, port, security):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(RetryLater) as refused:
        poll(account(imap_port=str(servers.ports[port]), imap_security=security), None)
    assert refused.value.code == "certificate"


def test_a_certificate_of_another_name_is_refused(servers, account):
    with pytest.raises(RetryLater) as refused:
        poll(account(imap_host="127.0.0.1"), None)  # it is made out to localhost
    assert refused.value.code == "certificate"


def test_a_wrong_password_needs_a_person(servers, account):
    with pytest.raises(NeedsReconnect) as refused:
        poll(account(password="wrong-planted-word"), None)
    assert refused.value.code == "imap/AUTHENTICATIONFAILED"
    with pytest.raises(NeedsReconnect):
        poll(account(password="feil-påskrift"), None)


def test_an_open_line_is_refused_anywhere_but_on_this_machine(account):
    with pytest.raises(NeedsReconnect) as refused:
        poll(account(imap_host="mail.example.com", imap_security="none"), None)
    assert refused.value.code == "settings/imap_security"


def test_a_thousand_mails_come_in_bounded_steps_and_resume_anywhere(servers, account, mail):
    for number in range(1000):
        servers.put(mail(number), at=time.time() - 5000 + number)
    reached = account()
    pages = a_pass(reached)
    assert [len(page.raw) for page in pages] == [50] * 20
    assert sorted(map(int, subjects(pages))) == list(range(1000))
    for stop in (0, 7, 18):
        rest = a_pass(reached, pages[stop].cursor)
        assert [[raw.body for raw in page.raw] for page in rest] == [
            [raw.body for raw in page.raw] for page in pages[stop + 1 :]
        ]
    servers.put(mail("later"))
    assert subjects(a_pass(reached, pages[-1].cursor)) == ["later"]
    assert len(json.dumps(pages[-1].cursor)) < 300


def test_the_last_mail_is_not_given_again_and_again(servers, account, mail):
    """`UID n:*` names the last mail even when its UID is below n."""
    servers.put(mail("only"))
    cursor = poll(account(), None).cursor
    for _ in range(3):
        page = poll(account(), cursor)
        assert (page.raw, page.cursor) == ((), cursor)


def test_what_is_older_than_two_weeks_is_left_out_at_first_and_for_good(servers, account, mail):
    servers.put(mail("old"), at=time.time() - 20 * DAY)
    servers.put(mail("recent"), at=time.time() - 3 * DAY)
    first = a_pass(account())
    assert subjects(first) == ["recent"]
    servers.put(mail("new"))
    assert subjects(a_pass(account(), first[-1].cursor)) == ["new"]


def test_an_old_mail_that_is_moved_in_later_comes(servers, account, mail):
    servers.put(mail("recent"))
    cursor = a_pass(account())[-1].cursor
    servers.put(mail("moved here"), at=time.time() - 90 * DAY)
    assert subjects(a_pass(account(), cursor)) == ["moved here"]


def test_a_rebuilt_folder_is_read_anew(servers, account, mail):
    for subject in ("a", "b", "c"):
        servers.put(mail(subject))
    before = a_pass(account())
    known = before[-1].cursor["folders"]["INBOX"]["validity"]
    wait_for(lambda: time.time() > known + 1, what="another second: dovecot makes the number from the time")
    servers.rebuild()
    servers.put(mail("d"))
    after = a_pass(account(), before[-1].cursor)
    assert sorted(subjects(after)) == ["a", "b", "c", "d"]
    assert after[-1].cursor["folders"]["INBOX"]["validity"] not in (0, known)
    assert subjects(a_pass(account(), after[-1].cursor)) == []


def test_a_lost_cursor_gives_the_same_again(servers, account, mail):
    for subject in ("a", "b"):
        servers.put(mail(subject))
    first, again = a_pass(account()), a_pass(account())
    assert [page.raw for page in first] == [page.raw for page in again]
    assert a_pass(account(), {"version": 0, "odd": 1})[0].raw == first[0].raw


def test_a_mail_expunged_between_search_and_fetch_is_passed_over(servers, account, mail, monkeypatch):
    for subject in ("a", "b", "c"):
        servers.put(mail(subject))
    real = imap._sizes

    def expunge_first(box, uids):
        sizes = real(box, uids)
        client = box_of(servers)
        client.select("INBOX")
        client.uid("STORE", str(uids[1]), "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.logout()
        return sizes

    monkeypatch.setattr(imap, "_sizes", expunge_first)
    page = poll(account(), None)
    monkeypatch.undo()
    assert len(page.raw) == 2
    assert page.unreadable == ()
    assert page.cursor["folders"]["INBOX"]["uid"] == 3


def test_a_mail_of_forty_megabytes_gives_its_beginning(servers, account, mail):
    servers.put(mail("before"))
    servers.put(mail("huge", body=("x" * 98 + "\r\n") * 400_000))
    servers.put(mail("after"))
    page = poll(account(), None)
    assert [(len(raw.body), dict(raw.facts)) for raw in page.raw[1:2]] == [(1024 * 1024, {"truncated": "1"})]
    assert subjects([page]) == ["before", "huge", "after"]
    assert not page.more


def test_large_mails_share_no_step(servers, account, mail):
    for number in range(3):
        servers.put(mail(number, body=("x" * 98 + "\r\n") * 100_000))
    assert [len(page.raw) for page in a_pass(account())] == [1, 1, 1]


def test_several_folders_and_the_sent_one(servers, account, mail):
    client = box_of(servers)
    for name in ("Kundeservice", "S&APg-knader", "Sendte"):
        assert client.create(name)[0] == "OK"
    client.append("Sendte", "(\\Seen)", None, mail("from the phone"))
    client.append("S&APg-knader", None, None, mail("application"))
    client.logout()
    servers.put(mail("inbox"))
    servers.put(mail("desk"), folder="Kundeservice")
    pages = a_pass(account(folders="INBOX, Kundeservice, Søknader, Gone"))
    assert subjects(pages) == ["inbox", "desk", "application", "from the phone"]
    assert [dict(raw.facts) for page in pages for raw in page.raw] == [{}, {}, {}, {"sent": "1"}]
    assert [page.unreadable for page in pages] == [(), (), (), ("folders.3",), ()]
    assert [page.more for page in pages] == [True, True, True, True, False]


def test_a_named_sent_folder_is_used(servers, account, mail):
    client = box_of(servers)
    client.create("Outgoing")
    client.append("Outgoing", None, None, mail("ours"))
    client.logout()
    pages = a_pass(account(sent_folder="Outgoing"))
    assert [dict(raw.facts) for page in pages for raw in page.raw] == [{"sent": "1"}]


def test_a_folder_that_vanishes_and_comes_back_loses_nothing(servers, account, mail):
    client = box_of(servers)
    client.create("Desk")
    client.append("Desk", None, None, mail("one"))
    reached = account(folders="INBOX,Desk")
    before = a_pass(reached)
    client.rename("Desk", "Elsewhere")
    gone = a_pass(reached, before[-1].cursor)
    assert [page.unreadable for page in gone] == [(), ("folders.1",)]
    client.rename("Elsewhere", "Desk")
    client.append("Desk", None, None, mail("two"))
    client.logout()
    assert "two" in subjects(a_pass(reached, gone[-1].cursor))


def test_one_mail_that_the_server_cannot_give_stops_the_rest_only_for_a_while(servers, account, mail):
    servers.put(mail("a"))
    broken = servers.put(mail("b"))
    servers.put(mail("c"))
    client = box_of(servers)
    client.select("INBOX")  # moves the files to where dovecot keeps them
    client.fetch("1:3", "(RFC822.SIZE)")
    client.logout()
    (kept,) = servers.mail.glob(f"cur/{broken.name}*")
    kept.chmod(0)
    cursor, given, unreadable = None, [], []
    for _ in range(imap.TRIES + 1):  # dovecot drops the line, so what comes after waits for the next one
        page = poll(account(), cursor)
        given += subjects([page])
        unreadable += page.unreadable
        cursor = page.cursor
    assert given == ["a", "c"]
    assert unreadable == ["folders.0.2"]
    assert cursor["folders"]["INBOX"]["uid"] == 3


def test_a_server_that_is_down_moves_nothing(servers, account, mail):
    servers.put(mail("a"))
    servers.stop("dovecot")
    with pytest.raises(RetryLater):
        poll(account(), None)
    servers.start("dovecot")
    assert subjects([poll(account(), None)]) == ["a"]


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(servers, account, mail, monkeypatch):
    for number in range(60):
        servers.put(mail(number), at=time.time() - 100 + number)
    real, asked = imap._mail, []

    def kill_at_thirty(box, uid, size, facts):
        asked.append(uid)
        if len(asked) == 30:
            servers.cut_lines()
        return real(box, uid, size, facts)

    monkeypatch.setattr(imap, "_mail", kill_at_thirty)
    first = poll(account(), None)
    monkeypatch.undo()
    assert len(first.raw) == 29
    assert (first.more, first.unreadable) == (False, ())
    with pytest.raises(RetryLater):
        poll(account(), first.cursor)
    servers.start("dovecot")
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.certificate))
    rest = a_pass(account(), first.cursor)
    assert list(map(int, subjects([first, *rest]))) == list(range(60))


def test_errors_hold_no_secret_and_nothing_of_the_server(servers, account, caplog):
    caplog.set_level("DEBUG")
    shown = []
    for others in ({"password": "wrong-planted-word"}, {"imap_host": "127.0.0.1"}, {"imap_port": "9"}):
        with pytest.raises(ConnectorError) as failed:
            poll(account(**others), None)
        error = failed.value
        assert (error.__cause__, error.__context__) == (None, None)
        shown.append(f"{error!r} {error.args!r}")
    text = " ".join([*shown, *(record.getMessage() for record in caplog.records)])
    assert not any(word in text for word in ("planted", PASSWORD, ADDRESS, "Authentication failed"))
