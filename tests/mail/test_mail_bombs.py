"""Mails made to hurt: each is survived within bounds of processor time and memory, with a state that says so."""

import base64
import time
import tracemalloc

import pytest

from connectors.kit.foreign_html import safe_html, text_of_html
from connectors.platforms.email.mime import MAX_PARTS
from connectors.platforms.email.parse import parse
from tests.mail.mails import request

HEAD = (
    b"From: a@example.com\r\nTo: tuki@havbris.example\r\nMessage-ID: <b@example.com>\r\n"
    b"Date: Fri, 20 Nov 2026 09:15:00 +0200\r\nMIME-Version: 1.0\r\n"
)
SECONDS = 10  # of processor time; none takes two on an idle machine, a quadratic one takes minutes


def body(text: bytes, mime: bytes = b"text/plain") -> bytes:
    return HEAD + b"Content-Type: " + mime + b"\r\n\r\n" + text


def nested(depth: int) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))


def people(number: int) -> bytes:
    return b", ".join(b'"N %d" <u%d@example.com>' % (n, n) for n in range(number))


BOMBS = {
    "nesting": HEAD + nested(10_000) + b"\r\nhei",
    "nested mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"hei",
    "long header": HEAD + b"Subject: " + b"word " * 200_000 + b"\r\n\r\nhei",
    "long folded header": HEAD + b"X-A: a\r\n" + b" b\r\n" * 300_000 + b"\r\nhei",
    "many headers": HEAD + b"X-A: a\r\n" * 150_000 + b"\r\nhei",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\r\n\r\nhei",
    "brackets": b"From: " + b"(" * 100_000 + b"\r\nTo: " + b"a:" * 100_000
    + b"\r\nCc: " + b"<" * 100_000 + b"\r\n\r\nhei",
    "commas": b"From: " + b"a@b," * 70_000 + b"\r\nReply-To: " + b"\\" * 100_000 + b"\r\n\r\nhei",
    "references": HEAD + b"References: " + b"<a@b> " * 100_000 + b"\r\nIn-Reply-To: " + b"<" * 250_000 + b"\r\n\r\nhei",
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a*0*=x" * 100_000 + b"\r\n\r\nhei",
    "false boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + b"--qq\r\n" * 1_000_000,
    "blank lines": body(b"\n" * 2_000_000 + b"hei"),
    "quotes": body(b"> x\n" * 500_000),
    "attributions": body(b"On 1 2026 10:00 a@b wrote:\n" * 50_000),
    "wrapped attributions": body(b"On 10 a\nb\nc\n" * 80_000),
    "header blocks": body(b"From: a\n" * 200_000),
    "flowed": body(b"x \n" * 800_000, b"text/plain; format=flowed"),
    "deep html": body(b"<div>" * 100_000 + b"hei", b"text/html"),
    "deep lists": body(b"<ul><li>" * 60_000 + b"hei", b"text/html"),
    "html cells": body(b"<table><tr>" + b"<td>x" * 190_000, b"text/html"),
    "open html": body(b'<p title="' * 90_000, b"text/html"),
    "calendar": body(b"BEGIN:VEVENT\n" + b"SUMMARY;" * 100_000, b"text/calendar"),
    "report": HEAD + b"Content-Type: multipart/report; boundary=q\r\n\r\n--q\r\n"
    + b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\n\n" * 100_000,
    "bounce": b"From: mailer-daemon@example.com\r\n\r\n" + b"0123456789abcdef" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_survived(name):
    began = time.process_time()

    items = parse(request(BOMBS[name]))

    assert time.process_time() - began < SECONDS
    assert len(items) == (0 if name == "report" else 1)


def test_what_stands_too_deep_is_kept_as_a_file_and_told():
    [item] = parse(request(BOMBS["nesting"]))

    assert item.truncated
    assert [(one.kind, one.mime) for one in item.attachments] == [("file", "application/octet-stream")]


def test_two_thousand_recipients():
    [item] = parse(request(b"From: a@example.com\r\nTo: " + people(2000) + b"\r\n\r\nhei"))

    assert (len(item.recipients), item.recipients_left_out) == (200, 1801)


def test_too_many_parts_are_told():
    parts = b"--q\r\nContent-Type: text/plain\r\n\r\nx\r\n" * (MAX_PARTS + 100)

    [item] = parse(request(HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + parts + b"--q--\r\n"))

    assert item.truncated


def test_too_many_files_are_told():
    parts = b"--q\r\nContent-Type: image/png\r\n\r\nx\r\n" * 101

    [item] = parse(request(HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + parts + b"--q--\r\n"))

    assert item.truncated
    assert len(item.attachments) == 100


def test_forty_megabytes_and_a_zip_stay_packed():
    content = b"PK\x03\x04" + b"\0" * 29_999_996
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\nhei\r\n--q\r\n"
        b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content) + b"--q--\r\n"
    )  # fmt: skip
    tracemalloc.start()
    began = time.process_time()

    [item] = parse(request(raw))

    assert time.process_time() - began < SECONDS
    assert tracemalloc.get_traced_memory()[1] < 2.5 * len(raw)
    tracemalloc.stop()
    assert item.attachments[0].content == content
    assert not item.truncated


def test_the_last_file_of_a_torn_mail_keeps_its_name_only():
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nhei\r\n--q\r\n"
        b"Content-Type: application/pdf; name=a.pdf\r\n\r\nwhole\r\n--q\r\n"
        b"Content-Type: application/pdf; name=b.pdf\r\n\r\nto"
    )  # fmt: skip

    [item] = parse(request(raw, truncated="1"))

    assert item.truncated
    assert [(one.title, one.content) for one in item.attachments] == [("a.pdf", b"whole"), ("b.pdf", b"")]


@pytest.mark.parametrize("tag", ["div", "ul><li", "table><tr><td", "blockquote", "b", "span><p", "a href=x", "dl><dd"])
def test_deep_html_keeps_its_words(tag):
    began = time.process_time()
    deep = f"<{tag}>" * (900_000 // (len(tag) + 2)) + "hei"

    read, shown = text_of_html(deep), safe_html(deep, remote_pictures=False)

    assert time.process_time() - began < SECONDS
    assert "hei" in read
    assert "hei" in shown
