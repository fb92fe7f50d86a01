"""What a mail is called and what it follows; who wrote; which way it goes."""

import pytest

from connectors.kit.errors import Unreadable
from connectors.platforms.email.alerts import AlertService, canonical, read_alerts
from connectors.platforms.email.ids import message_id_of
from connectors.platforms.email.parse import parse
from connectors.platforms.email.quotes import split_reply
from connectors.platforms.email.tokens import loop_mark, own_message_id, root_tag, tagged_address
from tests.mail.mails import MAILBOX, SECRET, mail, request

OWN = own_message_id(secret=SECRET, root="r", client_key="k", domain="havbris.example")


def one(*headers: str, text: str = "hei", **facts: str):
    [item] = parse(request("\r\n".join([*headers, "", text]).encode(), **facts))
    return item


def test_the_same_message_id_twice_is_two_mails_unless_all_is_the_same():
    head = ("From: a@example.com", "Message-ID: <x@example.com>", "Date: Fri, 20 Nov 2026 07:15:00 +0000")

    ids = {
        one(*head).external_id,
        one(*head, text="other").external_id,
        one(*head, "Subject: other").external_id,
        one("From: b@example.com", *head[1:]).external_id,
        one(*head[:2], "Date: Fri, 20 Nov 2026 07:15:01 +0000").external_id,
    }

    assert len(ids) == 5
    assert {message_id_of(name) for name in ids} == {"x@example.com"}
    assert one(*head, "X-Spam: 3").external_id == one(*head).external_id


@pytest.mark.parametrize(
    "written", ["", "<>", "<a b>", "< >", "<no-at-sign>", f"<{'x' * 250}@example.com>", "<a\u202e@b.example>"]
)
def test_a_mail_without_a_usable_name_is_known_by_its_bytes(written):
    item = one("From: a@example.com", f"Message-ID: {written}")

    assert item.external_id.startswith("sha256:")
    assert message_id_of(item.external_id) == ""
    assert item.aliases == (f"root:{root_tag(item.external_id)}",)


def test_references_from_the_surest_to_the_oldest():
    tagged = tagged_address(SECRET, MAILBOX, "t")

    item = one(
        "From: a@example.com", f"To: {tagged}", "Message-ID: <x@example.com>", "In-Reply-To: <p@example.com>",
        f"References: <o1@example.com> <>\r\n <{OWN.upper()}> <o2@example.com> <p@example.com>",
    )  # fmt: skip

    assert item.references == (
        f"root:{root_tag('t')}", f"root:{root_tag('r')}", "mid:p@example.com", "mid:o2@example.com", f"mid:{OWN}",
        "mid:o1@example.com",
    )  # fmt: skip
    assert item.aliases[:2] == ("mid:x@example.com", f"root:{root_tag(item.external_id)}")
    assert set(item.references[2:]) <= set(item.aliases)


def test_a_subject_alone_follows_nothing():
    item = one("From: a@example.com", "Message-ID: <x@example.com>", "Subject: Re: [#1234] same", "In-Reply-To: <>")

    assert item.references == ()


def test_another_mailbox_secret_proves_nothing():
    [item] = parse(request(mail("tagged-reply").body, secret="another"))

    assert item.references == ()


@pytest.mark.parametrize("headers", [
    (f"From: {MAILBOX}", f"Message-ID: <{OWN}>"),
    (f"From: {MAILBOX}", f"Message-ID: <{OWN.upper()}>"),
])  # fmt: skip
def test_our_own_mail_keeps_its_name(headers):
    item = one(*headers)

    assert (item.direction, item.external_id, item.external_root) == ("out", OWN, OWN)
    assert message_id_of(item.external_id) == OWN
    assert item.references == (f"root:{root_tag('r')}",)


def test_among_the_sent_only_mail_from_the_mailbox_counts():
    assert parse(request(b"From: a@example.com\r\n\r\nhei", sent="1")) == []
    assert one(f"From: {MAILBOX}", sent="1").direction == "out"


def test_a_mark_of_ours_that_comes_in_is_a_loop():
    marked = f"From: a@example.com\r\nX-Samsvar-Loop: {loop_mark(SECRET)}\r\n\r\nhei".encode()

    assert parse(request(marked)) == []
    assert len(parse(request(marked, secret="another"))) == 1
    assert parse(request(f"From: a@example.com\r\nX-Loop: {MAILBOX}\r\n\r\nhei".encode())) == []


@pytest.mark.parametrize(
    ("body", "path"), [(b"", "headers"), (b"\r\n\r\nhei", "headers"), (b"\xff\xfe\x00", "headers")]
)
def test_what_is_no_mail_is_unreadable(body, path):
    with pytest.raises(Unreadable) as refused:
        parse(request(body))

    assert refused.value.path == path


def test_a_vacation_answer_with_our_id_in_it_is_no_bounce():
    item = one("Return-Path: <>", "From: a@example.com", "Auto-Submitted: auto-replied", text=f"Message-ID: <{OWN}>")

    assert item.automatic == "reply"


def test_a_bounce_in_words_without_our_id_marks_nothing():
    item = one("Return-Path: <>", "From: MAILER-DAEMON@example.com", text="Message-ID: <x@havbris.example> 5.1.1")

    assert item.automatic == "report"


def test_a_date_still_to_come_is_the_moment_of_receipt():
    late = one("From: a@example.com", "Date: Fri, 20 Nov 2099 09:15:00 +0000")

    assert late.at == request(b"").received_at


@pytest.mark.parametrize(("written", "real"), [
    ("HTTPS://Www.Example.com:443/A?utm_source=x&b=1&gclid=2#top", "https://www.example.com/A?b=1"),
    ("http://example.com/?q=%C3%A4", "http://example.com/?q=%C3%A4"),
    ("javascript:alert(1)", ""),
])  # fmt: skip
def test_real_addresses(written, real):
    assert canonical(written) == real


def test_another_alert_service_is_a_row():
    service = AlertService("a@alerts.example", ("alerts.example",), "/go", ("to",))
    html = '<a href="https://alerts.example/go?to=https%3A%2F%2Fblog.example%2F1">Title</a><p>Words</p>'

    [alert] = read_alerts(service, "", html)

    assert (alert.address, alert.title, alert.snippet) == ("https://blog.example/1", "Title", "Words")


@pytest.mark.parametrize(("text", "new"), [
    ("Yes.\n\nOn Fri, 20 Nov 2026 at 08:00, A <a@b.example> wrote:\n\nold", "Yes."),
    ("> q\n\nBelow the quotation.", "> q\n\nBelow the quotation."),
    ("Yes.\n\nLe ven. 20 nov. 2026 à 08:00, A <a@b.example> a écrit :\n> vieux", "Yes."),
    ("Yes.\n-- \nAnna\n\n20.11.2026 8.00 B kirjoitti:\n> vanha", "Yes."),
    ("Hän kirjoitti 5.11.:\n\nlasku on väärä", "Hän kirjoitti 5.11.:\n\nlasku on väärä"),
    ("> all\n> quoted", "> all\n> quoted"),
    ("Fra: Oslo\nvil vi reise.", "Fra: Oslo\nvil vi reise."),
    ("Kiitos!\n\nLähetetty iPhonesta", "Kiitos!"),
    ("", ""),
])  # fmt: skip
def test_what_was_newly_written(text, new):
    assert split_reply(text)[0] == new
