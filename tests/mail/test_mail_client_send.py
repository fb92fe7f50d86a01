"""Sending through Debian's exim, and what lies in the mailbox afterwards."""

from __future__ import annotations

import imaplib
import re
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from connectors.kit.base import OutgoingFile, OutgoingPart, Raw, RawRequest
from connectors.kit.errors import NeedsReconnect, Rejected, RejectReason, RetryLater
from connectors.platforms.email import connector
from connectors.platforms.email.imap import poll
from connectors.platforms.email.smtp import send
from connectors.platforms.email.tokens import loop_mark, read_own_message_id, read_tag, root_tag
from tests.mail.conftest import APP_SECRET, real_now
from tests.mail.servers import ADDRESS, PASSWORD
from tickets.intake.items import ReceiptItem, Recipient

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256)) * 40


def part(**words) -> OutgoingPart:
    """An answer to a customer, sent to our own mailbox so that it can be looked at."""
    given = {
        "kind": "text", "text": "Hei Kari!\n\nPakken er på vei, æøå 🙂.\n.\nHilsen oss", "visibility": "private",
        "target_external_id": "second@elsewhere.example", "thread_root": "first@elsewhere.example",
        "references": ("first@elsewhere.example", "second@elsewhere.example"), "subject": "VS: RE: Hvor er den?",
        "recipients": (Recipient("to", ADDRESS, "Kari Ås, kunde"),), "signature": "Ingrid\nHavbris",
        "client_key": "5b8d", "made_at": datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    }  # fmt: skip
    return OutgoingPart(**{**given, **words})


def read(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def as_delivered(raw: Raw) -> RawRequest:
    """A polled piece as intake hands it to `parse`."""
    return RawRequest("POST", dict(raw.facts), {}, raw.body, real_now(), ADDRESS, APP_SECRET)


@pytest.mark.parametrize(("port", "security"), [("smtps", "tls"), ("smtp", "starttls")])
def test_an_answer_arrives_as_it_was_meant(servers, account, arrived, port, security):
    reached = account(smtp_port=str(servers.ports[port]), smtp_security=security)
    files = (OutgoingFile("Søknad æøå.png", "image/png", PNG), OutgoingFile("brev.eml", "message/rfc822", b"x: y\n"))
    receipt = send(reached, part(files=files))
    message = read(arrived(1)[0])

    assert receipt.external_id == connector.fixed_id(reached, part())
    assert message["Message-ID"] == f"<{receipt.external_id}>"
    assert read_own_message_id(APP_SECRET, receipt.external_id) == root_tag("first@elsewhere.example")
    assert message["From"] == f"Havbris kundeservice <{ADDRESS}>"
    assert [(a.display_name, a.addr_spec) for a in message["To"].addresses] == [("Kari Ås, kunde", ADDRESS)]
    assert message["Subject"] == "Re: Hvor er den?"
    assert message["Date"] == "Fri, 20 Nov 2026 09:00:00 +0000"
    assert message["In-Reply-To"] == "<second@elsewhere.example>"
    assert message["References"].split() == ["<first@elsewhere.example>", "<second@elsewhere.example>"]
    assert message["X-Samsvar-Loop"] == loop_mark(APP_SECRET)
    assert message["Return-path"] == f"<{ADDRESS}>"
    assert message["Reply-To"] is None
    assert message["Cc"] is None
    plain = "Hei Kari!\n\nPakken er på vei, æøå 🙂.\n.\nHilsen oss\n\n-- \nIngrid\nHavbris\n"
    assert message.get_body(("plain",)).get_content() == plain
    assert "<p>Hei Kari!</p>\n<p>Pakken er på vei, æøå 🙂.<br>\n.<br>" in message.get_body(("html",)).get_content()
    sent = [(f.get_filename(), f.get_content_type(), f.get_payload(decode=True)) for f in message.iter_attachments()]
    assert sent == [
        ("Søknad æøå.png", "image/png", PNG), ("brev.eml", "application/octet-stream", b"x: y\n"),
    ]  # fmt: skip


def test_what_we_send_is_what_poll_gives_back(account, arrived):
    send(account(), part())
    arrived(1)
    (raw,) = poll(account(), None).raw
    assert read(raw.body)["Subject"] == "Re: Hvor er den?"
    (echo,) = connector.parse(as_delivered(raw))
    assert (echo.external_id, echo.direction) == (connector.fixed_id(account(), part()), "out")
    assert echo.text == "Hei Kari!\n\nPakken er på vei, æøå 🙂.\n.\nHilsen oss"


def test_a_repeat_is_the_same_mail_byte_for_byte(account, arrived):
    first = send(account(), part(files=(OutgoingFile("a.png", "image/png", PNG),)))
    again = send(account(), part(files=(OutgoingFile("a.png", "image/png", PNG),)))
    assert first.external_id == again.external_id
    one, two = (raw.partition(b"Message-ID: ")[2] for raw in arrived(2))
    assert one == two
    assert len(one) > 10_000


def test_other_keys_and_threads_have_other_ids(account):
    reached = account()
    ids = {
        connector.fixed_id(reached, part(client_key=key, thread_root=root)) for key in ("1", "2") for root in ("a", "b")
    }
    assert len(ids) == 4
    assert connector.fixed_id(replace(reached, app_secret="other"), part()) != connector.fixed_id(reached, part())
    assert all(re.fullmatch(r"[0-9a-f.]+@havbris\.example", each) for each in ids)


def test_a_tagged_reply_address_leads_back_to_the_thread(account, arrived):
    send(account(tag_replies="yes"), part())
    (address,) = read(arrived(1)[0])["Reply-To"].addresses
    assert read_tag(APP_SECRET, address.addr_spec) == root_tag("first@elsewhere.example")


def test_a_new_letter_answers_nothing(account, arrived):
    send(account(), part(target_external_id="", references=(), subject="Beskjed: åpningstider", signature=""))
    message = read(arrived(1)[0])
    assert message["Subject"] == "Beskjed: åpningstider"
    assert (message["In-Reply-To"], message["References"]) == (None, None)
    assert "-- " not in message.get_body(("plain",)).get_content()


def test_an_unknown_recipient_comes_back_as_a_report(account, arrived):
    """exim takes it first and reports afterwards, as relays do."""
    send(account(), part(recipients=(Recipient("to", "nobody@havbris.example"),)))
    report = read(arrived(1)[0])
    assert report.get_content_type() == "multipart/report"
    assert report["Return-path"] == "<>"
    (raw,) = poll(account(), None).raw
    (told,) = connector.parse(as_delivered(raw))
    assert isinstance(told, ReceiptItem)
    assert (told.external_id, told.outcome) == (connector.fixed_id(account(), part()), "failed")


def test_one_refused_recipient_of_several_means_that_nobody_gets_it(account, arrived):
    both = (Recipient("to", ADDRESS), Recipient("cc", "refused@havbris.example"))
    with pytest.raises(Rejected) as refused:
        send(account(), part(recipients=both))
    assert (refused.value.reason, refused.value.code) == (RejectReason.RECIPIENT_UNAVAILABLE, "550/5.1.1")
    later = (Recipient("to", ADDRESS), Recipient("cc", "later@havbris.example"))
    with pytest.raises(RetryLater) as waiting:
        send(account(), part(recipients=later))
    assert waiting.value.code == "451/4.2.1"
    send(account(), part(subject="Last"))
    assert read(arrived(1)[0])["Subject"] == "Re: Last"


def test_a_wrong_password_needs_a_person(account):
    for wrong in ("no", "feil-påskrift"):
        with pytest.raises(NeedsReconnect) as refused:
            send(account(password=wrong), part())
        assert refused.value.code == "535"


@pytest.mark.parametrize(("port", "security"), [("smtps", "tls"), ("smtp", "starttls")])
def test_a_certificate_nobody_vouches_for_is_refused(servers, account, monkeypatch, port, security):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(RetryLater) as refused:
        send(account(smtp_port=str(servers.ports[port]), smtp_security=security), part())
    assert refused.value.code == "certificate"


def test_a_mail_above_the_servers_own_size_is_refused_before_it_leaves(servers, account):
    """exim says SIZE 40M; the manifest allows less, so a smaller server is played by a larger mail."""
    files = tuple(OutgoingFile(f"{n}.bin", "application/octet-stream", b"x" * 5_000_000) for n in range(5))
    with pytest.raises(Rejected) as refused:
        send(account(), part(files=files))
    assert (refused.value.reason, refused.value.code) == (RejectReason.TOO_LONG, "attachments")


def test_twenty_megabytes_go_through(account, arrived):
    send(account(), part(files=(OutgoingFile("a.bin", "application/octet-stream", PNG * 2000),)))
    (attached,) = read(arrived(1)[0]).iter_attachments()
    assert attached.get_content() == PNG * 2000


def sent_mails(servers, folder="Sendte"):
    client = imaplib.IMAP4("localhost", servers.ports["imap"])
    client.starttls(ssl.create_default_context(cafile=servers.certificate))
    client.login(ADDRESS, PASSWORD)
    found = []
    if client.select(folder, readonly=True)[0] == "OK":
        found = [each for each in client.fetch("1:*", "(FLAGS BODY.PEEK[])")[1] if isinstance(each, tuple)]
    client.logout()
    return found


def test_a_copy_is_kept_among_the_sent_ones(servers, account, arrived):
    client_account = account(keep_sent="yes")
    send(client_account, part())
    assert sent_mails(servers) == []  # there is no such folder yet, and that stops nothing
    make_folder(servers)
    send(client_account, part())
    ((flags, body),) = sent_mails(servers)
    assert rb"\Seen" in flags
    assert read(body)["Message-ID"] == f"<{connector.fixed_id(client_account, part())}>"
    assert len(arrived(2)) == 2
    facts = [dict(raw.facts) for raw in poll(client_account, poll(client_account, None).cursor).raw]
    assert facts == [{"sent": "1"}]


def make_folder(servers):
    client = imaplib.IMAP4("localhost", servers.ports["imap"])
    client.starttls(ssl.create_default_context(cafile=servers.certificate))
    client.login(ADDRESS, PASSWORD)
    client.create("Sendte")
    client.logout()


def test_a_copy_that_cannot_be_kept_never_fails_the_send(servers, account, arrived, caplog):
    servers.stop("dovecot")
    caplog.set_level("INFO")
    assert send(account(keep_sent="yes"), part()).external_id
    arrived(1)
    assert [record.getMessage() for record in caplog.records] == ["no copy kept of a sent mail: RetryLater [imap]"]
