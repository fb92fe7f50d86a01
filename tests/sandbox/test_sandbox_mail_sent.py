"""What the mailbox sends through SMTP: who gets it, who answers and how, what bounces, what goes wrong on command."""

from __future__ import annotations

import smtplib
from email import message_from_bytes, policy

import pytest

AINO = "aino.kivisuvanto@example.fi"
ADDRESS, PASSWORD = "post@havbris.example", "havbris-demo"


def parsed(raw):
    return message_from_bytes(raw, policy=policy.default)


def test_only_the_owner_sends(mailbox):
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail(ADDRESS, [AINO], b"x")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(ADDRESS, "wrong")
    assert refused.value.smtp_code == 530
    assert mailbox.ask("GET")["received"] == []


def test_a_person_gets_the_mail_and_nothing_else_happens(mailbox):
    before = len(mailbox.inbox())
    mailbox.send([AINO, "else@example.org"])
    got = mailbox.ask("GET")["received"]

    assert [(mail["to"], mail["message_id"]) for mail in got] == [
        (AINO, "<ours-1@havbris.example>"),
        ("else@example.org", "<ours-1@havbris.example>"),
    ]
    assert "asentaja tulee ylihuomenna." in got[0]["text"]
    assert len(mailbox.inbox()) == before


def test_a_copy_to_the_mailbox_itself_arrives_with_its_bytes(mailbox):
    raw = mailbox.send([AINO, ADDRESS])

    assert mailbox.newest() == f"Return-Path: <{ADDRESS}>\r\n".encode() + raw


@pytest.mark.parametrize(
    ("address", "prefix", "wrote"),
    [
        (AINO, None, None),
        ("jere.kuutamo@example.fi", "VS: Netti", "Lähettäjä: Havbris <post@havbris.example>"),  # Outlook
        ("ifeoma.redshaw@example.com", "Re: Netti", "On 21.11.2026 10:00, Havbris <post@havbris.example> wrote:"),
    ],
)
def test_an_answer_is_threaded_and_quotes_ours(mailbox, address, prefix, wrote):
    mailbox.send([address], more="References: <their-1@example.fi> <ours-0@havbris.example>\r\n")
    kept = mailbox.ask("POST", "/answers", {"message_id": "<ours-1@havbris.example>", "text": "Kiitos, sopii!"})
    answer = parsed(mailbox.newest())
    plain = answer.get_body(("plain",)).get_content()

    assert kept["from"] == address == answer["From"].addresses[0].addr_spec
    assert answer["In-Reply-To"] == "<ours-1@havbris.example>"
    assert answer["References"] == "<their-1@example.fi> <ours-0@havbris.example> <ours-1@havbris.example>"
    assert answer["Message-ID"] not in ("", None, "<ours-1@havbris.example>")
    above, _, _ = plain.partition("asentaja tulee ylihuomenna.")
    assert "Kiitos, sopii!" in above
    assert plain.count("asentaja tulee ylihuomenna.") == 1
    if prefix and wrote:
        assert answer["Subject"] == prefix
        assert wrote in above


def test_a_long_thread_keeps_its_first_and_last_references(mailbox):
    many, ours = "\r\n ".join(f"<r{n}@x.example>" for n in range(60)), f"<{'a' * 120}@havbris.example>"
    mailbox.send([AINO], message_id=ours, more=f"References: {many}\r\n")
    mailbox.ask("POST", "/answers", {"mood": "followups"})
    answer = mailbox.newest()
    references = parsed(answer)["References"].split()

    assert references[0] == "<r0@x.example>"
    assert references[-2:] == ["<r59@x.example>", ours]
    assert len(references) == 21
    assert f"\r\nIn-Reply-To: {ours}\r\n".encode() in answer  # not cut into encoded words


def test_html_only_mail_is_quoted_as_text(mailbox):
    raw = (
        b"From: post@havbris.example\r\nTo: x\r\nSubject: hi\r\nMessage-ID: <h@havbris.example>\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Hei &amp; <b>moi</b></p>\r\n"
    )
    mailbox.smtp().sendmail(ADDRESS, [AINO], raw)
    mailbox.ask("POST", "/answers", {"text": "ok"})

    plain = parsed(mailbox.newest()).get_body(("plain",)).get_content()
    assert "Hei & moi" in plain
    assert "<p>" not in plain


def test_a_stranger_who_wrote_gets_and_answers_too(mailbox):
    wrote = {"from": "Rolf Ukjent <rolf@example.net>", "language": "nb", "subject": "Hei", "text": "Er det noen der?"}
    assert mailbox.ask("POST", "/mails", wrote)["name"] == "Rolf Ukjent"
    mailbox.send(["rolf@example.net"])
    kept = mailbox.ask("POST", "/answers", {"text": "Takk"})

    assert (kept["from"], kept["name"]) == ("rolf@example.net", "Rolf Ukjent")


def test_an_unknown_recipient_bounces_with_a_report_naming_our_message(mailbox):
    mailbox.send(["who@nobody.example", AINO])
    report = parsed(mailbox.newest())
    text, status, headers = report.iter_parts()

    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert report["Return-Path"] == "<>"
    assert report["Auto-Submitted"] == "auto-replied"
    assert "who@nobody.example" in text.get_content()
    assert status.get_content_type() == "message/delivery-status"
    whole, recipient = status.get_payload()
    assert whole["Reporting-MTA"] == "dns; mail.havbris.example"
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
    assert recipient["Final-Recipient"] == "rfc822; who@nobody.example"
    assert parsed(headers.get_content().encode())["Message-ID"] == "<ours-1@havbris.example>"
    assert [mail["to"] for mail in mailbox.ask("GET")["received"]] == [AINO]


def test_a_bounce_of_a_bounce_is_not_made(mailbox):
    before = len(mailbox.inbox())
    mailbox.smtp().sendmail("", ["who@nobody.example"], b"Subject: auto\r\n\r\n")

    assert len(mailbox.inbox()) == before


def test_out_of_office_says_that_a_machine_wrote(mailbox):
    mailbox.ask("PUT", "/faults", {"out_of_office": {"value": True, "times": 1}})
    mailbox.send([AINO])
    mailbox.send([AINO], message_id="<ours-2@havbris.example>")
    away = parsed(mailbox.newest())

    assert away["Auto-Submitted"] == "auto-replied"
    assert away["X-Auto-Response-Suppress"] == "All"
    assert away["In-Reply-To"] == "<ours-1@havbris.example>"
    assert away["Subject"].startswith("Automaattinen vastaus: ")


@pytest.mark.parametrize(("switch", "code"), [({"smtp_4xx": 452}, 452), ({"smtp-5xx": True}, 550)])
def test_mail_is_put_off_or_refused(mailbox, switch, code):
    mailbox.ask("PUT", "/faults", {name: {"value": value, "times": 1} for name, value in switch.items()})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        mailbox.send([AINO])
    mailbox.send([AINO], message_id="<ours-2@havbris.example>")

    assert refused.value.smtp_code == code
    assert [mail["message_id"] for mail in mailbox.ask("GET")["received"]] == ["<ours-2@havbris.example>"]


def test_an_answer_lost_after_the_mail_was_taken(mailbox):
    mailbox.ask("PUT", "/faults", {"timeout_after_effect": {"times": 1}})
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        mailbox.send([AINO])

    assert [mail["message_id"] for mail in mailbox.ask("GET")["received"]] == ["<ours-1@havbris.example>"]


def test_refused_passwords_and_a_provider_that_is_down(mailbox):
    idle = mailbox.imap()
    mailbox.ask("PUT", "/faults", {"auth-refused": True})
    with pytest.raises(idle.error, match="AUTHENTICATIONFAILED"):
        mailbox.imap()
    with pytest.raises(smtplib.SMTPAuthenticationError):
        mailbox.smtp()
    mailbox.ask("PUT", "/faults", {"auth-refused": None, "mail-down": "bye"})

    with pytest.raises((idle.abort, OSError)):
        idle.noop()
    with pytest.raises(idle.error, match="UNAVAILABLE"):
        mailbox.imap()
    with pytest.raises(smtplib.SMTPConnectError) as met:
        mailbox.smtp()
    assert met.value.smtp_code == 421
    mailbox.ask("PUT", "/faults", {"mail-down": True})
    with pytest.raises((idle.abort, OSError)):
        mailbox.imap()
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        mailbox.smtp()
    mailbox.ask("PUT", "/faults", {"mail_down": None})
    assert (mailbox.imap().noop()[0], mailbox.smtp().noop()[0]) == ("OK", 250)
