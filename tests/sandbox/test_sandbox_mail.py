"""The simulated mailbox through imaplib and smtplib: signing in, folders, IDLE, bytes, restarts, rebuilds."""

from __future__ import annotations

import base64
import imaplib
import select
import time
from email import message_from_bytes, policy
from itertools import pairwise

import pytest


def test_signing_in_and_folders(mailbox):
    imap = mailbox.imap()

    assert sorted(line.rpartition(b" ")[2] for line in imap.list()[1]) == [b"Archive", b"INBOX", b"Sent"]
    assert rb'(\HasNoChildren \Sent) "/" Sent' in imap.list()[1]
    assert imap.select("Sent") == ("OK", [b"0"])
    assert b"IDLE" in imap.capability()[1][0]


@pytest.mark.parametrize(("name", "password"), [("post@havbris.example", "wrong"), ("else@havbris.example", "")])
def test_others_do_not_get_in(mailbox, name, password):
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        mailbox.imap(name, password)


def test_a_new_mailbox_has_letters_waiting_with_the_times_they_came(started, opened):
    imap = opened(started()).imap()
    imap.select("INBOX")
    dates = [imaplib.Internaldate2tuple(line) for line in imap.uid("FETCH", "1:*", "(INTERNALDATE)")[1]]

    assert len(dates) == 4
    assert [time.mktime(after) - time.mktime(before) for before, after in pairwise(dates)] == [2820] * 3


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@example.no\r\nSubject: folded\r\n\tline\r\nX-Raw: \xe6\xf8\r\n\r\nHei\r\n.\r\n\xe5 \x80\r\n",
        b"no header at all",
        b"Subject: bare line feeds\n\none\ntwo\r\nthree\rfour",
        b"From: x\r\n\r\n" + b"A" * 5000 + b"\r\nFrom the start of a line\r\n",
    ],
)
def test_bytes_come_as_they_were_delivered(mailbox, raw):
    kept = mailbox.arrive(raw)
    imap = mailbox.imap()
    imap.select("INBOX")

    assert mailbox.fetch(imap, kept["uid"]) == raw
    assert f"RFC822.SIZE {len(raw)}".encode() in imap.uid("FETCH", str(kept["uid"]), "(RFC822.SIZE)")[1][0]
    assert imap.uid("FETCH", str(kept["uid"]), "(BODY.PEEK[]<2.3>)")[1][0][1] == raw[2:5]


def test_a_client_keeps_its_own_copy_byte_for_byte(mailbox):
    raw = b"From: Havbris <post@havbris.example>\r\nSubject: sent\r\n\r\nHei \xc3\xa5\r\n"
    imap = mailbox.imap()
    answer = imap.append("Sent", r"(\Seen)", imaplib.Time2Internaldate(1_800_000_000), raw)[1][0]
    uid = int(answer.split()[2].rstrip(b"]"))
    imap.select("Sent")

    assert mailbox.fetch(imap, uid) == raw
    assert rb"\Seen" in imap.uid("FETCH", str(uid), "(FLAGS)")[1][0]


def test_flags_copies_moves_and_removals_last_and_others_see_them(mailbox):
    first, second = (mailbox.arrive(b"Subject: %d\r\n\r\n" % n)["uid"] for n in (1, 2))
    one, other = mailbox.imap(), mailbox.imap()
    one.select("INBOX")
    count = int(other.select("INBOX")[1][0])
    one.uid("STORE", str(first), "+FLAGS", r"(\Seen \Flagged)")
    one.uid("COPY", str(first), "Archive")
    one.uid("MOVE", str(second), "Archive")
    other.noop()
    archive = mailbox.imap()

    assert rb"\Flagged \Seen" in other.uid("FETCH", str(first), "(FLAGS)")[1][0]
    assert other.response("EXPUNGE")[1] == [str(count).encode()]
    assert archive.select("Archive")[1] == [b"2"]
    assert {archive.fetch(str(n), "(BODY.PEEK[])")[1][0][1] for n in (1, 2)} == {
        b"Subject: 1\r\n\r\n",
        b"Subject: 2\r\n\r\n",
    }
    archive.store("1:*", "+FLAGS", r"(\Deleted)")
    archive.expunge()
    assert archive.select("Archive")[1] == [b"0"]


def test_idle_wakes_when_a_mail_arrives(mailbox):
    imap = mailbox.imap()
    count = int(imap.select("INBOX")[1][0])
    imap.send(b"x1 IDLE\r\n")
    assert imap.readline().startswith(b"+")
    assert select.select([imap.sock], [], [], 0.05)[0] == []

    mailbox.arrive(b"Subject: now\r\n\r\n")
    assert select.select([imap.sock], [], [], 0.9)[0] == [imap.sock]  # not the once-a-second look of pymap's maildir
    assert imap.readline() == b"* %d EXISTS\r\n" % (count + 1)

    mailbox.arrive(b"Subject: again\r\n\r\n")
    assert imap.readline() == b"* %d FETCH (FLAGS ())\r\n" % (count + 1)
    assert imap.readline() == b"* %d EXISTS\r\n" % (count + 2)
    assert imap.readline() == b"* %d FETCH (FLAGS ())\r\n" % (count + 2)
    imap.send(b"DONE\r\n")
    assert imap.readline().startswith(b"x1 OK")


def test_mails_uids_and_ports_outlive_a_restart(started, opened):
    before = opened(started())
    kept = before.arrive(b"Subject: stays\r\n\r\n")
    imap = before.imap()
    imap.select("INBOX")
    imap.uid("STORE", str(kept["uid"]), "+FLAGS", r"(\Seen)")
    ports, stood = (before.imap_port, before.smtp_port), before.ask("GET")
    begun = time.monotonic()
    assert before.process.stop() == 0
    assert time.monotonic() - begun < 2

    again = opened(started())

    assert (again.imap_port, again.smtp_port) == ports
    assert again.ask("GET") == stood
    assert [mail["flags"] for mail in stood["folders"]["INBOX"]["mails"] if mail["uid"] == kept["uid"]] == [["\\Seen"]]
    imap = again.imap()
    imap.select("INBOX")
    assert mailbox_validity(imap) == stood["folders"]["INBOX"]["uid_validity"]
    assert again.fetch(imap, kept["uid"]) == b"Subject: stays\r\n\r\n"
    assert again.arrive(b"x")["uid"] == kept["uid"] + 1


def test_a_kill_loses_no_mail(started, opened):
    before = opened(started())
    uids = [before.arrive(b"Subject: %d\r\n\r\n" % n)["uid"] for n in range(5)]
    before.process.kill()

    imap = opened(started()).imap()
    imap.select("INBOX")

    assert imap.uid("SEARCH", None, f"{uids[0]}:*")[1] == [" ".join(map(str, uids)).encode()]


def test_a_rebuild_changes_uidvalidity_and_uids_and_cuts_connections(started, opened):
    box = opened(started())
    raw = b"Subject: still here\r\n\r\n"
    gone, kept = box.arrive(b"gone")["uid"], box.arrive(raw)["uid"]
    imap = box.imap()
    imap.select("INBOX")
    validity = mailbox_validity(imap)
    imap.uid("STORE", str(gone), "+FLAGS", r"(\Deleted)")
    imap.expunge()

    box.ask("PUT", "/faults", {"mail-uidvalidity": True})

    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imap.noop()
    fresh = box.imap()
    fresh.select("INBOX")
    assert mailbox_validity(fresh) == validity + 1
    assert box.fetch(fresh, kept - 1) == raw
    assert fresh.uid("SEARCH", None, "ALL")[1] == [b"1 2 3 4 5"]


def mailbox_validity(imap: imaplib.IMAP4) -> int:
    """UIDVALIDITY of the selected folder."""
    return int(imap.response("UIDVALIDITY")[1][0])


def test_a_giant_and_broken_mails_arrive_whole(mailbox):
    imap = mailbox.imap()
    imap.select("INBOX")
    mailbox.ask("PUT", "/faults", {"mail-giant": 3, "mail-broken": True})
    imap.noop()
    newest = imap.uid("SEARCH", None, "ALL")[1][0].split()[-2:]
    broken, giant = (mailbox.fetch(imap, int(uid)) for uid in newest)

    assert 3 * 1024 * 1024 - 200 < len(giant) < 3 * 1024 * 1024 + 2000
    assert message_from_bytes(giant, policy=policy.default).get_content_type() == "multipart/mixed"
    assert len(broken) < 2000
    assert mailbox.ask("GET", "/faults")["mail_giant"] is None


def test_every_breakage_and_machine_mail_can_be_asked_for(mailbox):
    made = [mailbox.ask("POST", "/mails", {"kind": "broken"})["subject"] for _ in range(30)]
    newsletter, alert = (mailbox.ask("POST", "/mails", {"kind": kind}) for kind in ("newsletter", "alert"))
    imap = mailbox.imap()
    imap.select("INBOX")
    read = message_from_bytes(mailbox.fetch(imap, alert["uid"]), policy=policy.default)

    assert len(set(made)) == 3
    assert b"\r\nList-Id: <" in mailbox.fetch(imap, newsletter["uid"])
    assert alert["from"] == "googlealerts-noreply@google.com"
    assert (
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Flokalavisen."
        in read.get_body(("plain",)).get_content()
    )
    assert mailbox.ask("POST", "/unknown", {})["subject"] == "Hologrammi"


def test_control_says_what_is_wrong(mailbox):
    mailbox.ask("POST", "/mails", {"raw": "not base64!"}, status=422)
    mailbox.ask("POST", "/mails", {"kind": "letter", "person": "Nobody"}, status=404)
    mailbox.ask("POST", "/mails", {"kind": "giant", "megabytes": 1000}, status=422)
    mailbox.ask("POST", "/answers", {"message_id": "<none@x>"}, status=404)
    mailbox.ask("POST", "/rebuild", {"folder": "None"}, status=404)
    mailbox.ask("PUT", "/faults", {"hologram": 1}, status=422)
    mailbox.ask("PUT", "/faults", {"smtp_4xx": 550}, status=422)
    mailbox.process.ask("GET", "/_sandbox/email/pages/else@havbris.example", status=404)
    assert "havbris-demo" not in str(mailbox.ask("GET"))


def test_people_see_the_mailbox_and_no_markup_of_strangers(mailbox):
    raw = b"From: Eve <b> <eve@example.com>\r\nSubject: <i>\r\n\r\n<script>alert(1)</script>\r\n"
    mailbox.ask("POST", "/mails", {"raw": base64.b64encode(raw).decode()})
    session = mailbox.process.session
    seen = session.get(f"{mailbox.process.url}/email/post@havbris.example", timeout=5).text

    assert 'href="/email/post@havbris.example"' in session.get(mailbox.process.url, timeout=5).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
    assert "<script" not in seen
