"""What machines write: bounces, alerts, newsletters, and mails that are broken, huge or of no known kind."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from random import Random
from urllib.parse import urlencode

from sandbox.mail.letters import filled
from sandbox.mail.people import correspondent
from sandbox.mail.site import ADDRESS, HOST_NAME
from sandbox.mail.stock import STOCKS
from sandbox.town import words
from sandbox.town.people import PEOPLE

_LINE = 57  # bytes in a line of base64


def bounce(original: bytes, sender: str, recipient: str, rng: Random, at: float) -> bytes:
    """A delivery status notification after RFC 3464: nobody there, with the original's headers."""
    edge, date = f"=_{rng.getrandbits(80):020x}", _date(at)
    head = original.partition(b"\r\n\r\n")[0]
    top = (
        f"Return-Path: <>\r\nReceived: by {HOST_NAME}; {date}\r\n"
        f"From: Mail Delivery System <MAILER-DAEMON@{HOST_NAME}>\r\nTo: {sender}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nDate: {date}\r\nMessage-ID: {_id(rng, HOST_NAME)}\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{edge}"\r\n\r\n'
        f"--{edge}\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"This is the mail system at host {HOST_NAME}.\r\n\r\nYour message could not be delivered to\r\n"
        f"<{recipient}>: there is no such mailbox.\r\n\r\n"
        f"--{edge}\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {HOST_NAME}\r\nArrival-Date: {date}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nOriginal-Recipient: rfc822;{recipient}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nRemote-MTA: dns; mx.nobody.example\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected: User unknown\r\n\r\n"
        f"--{edge}\r\nContent-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    )
    return top.encode() + head + f"\r\n\r\n--{edge}--\r\n".encode()


def alert(rng: Random, at: float) -> bytes:
    """An alert mail on the firm's name, with the real address wrapped into the alert service's own."""
    person = rng.choice(PEOPLE)
    stock = STOCKS[person.language]
    letter = filled(rng, correspondent(person), rng.choice(stock.letters["broken"]))
    title, excerpt = f"Havbris: {letter.subject}", words.speak(rng, person)
    real = f"https://lokalavisen.{stock.domain}/{rng.randint(10_000, 99_999)}/havbris"
    wrapped = "https://www.google.com/url?" + urlencode({"rct": "j", "sa": "t", "url": real, "ct": "ga", "cd": "CAEY"})
    mail = _mail("Google Alerts <googlealerts-noreply@google.com>", stock.alert[0], rng, at, "google.com")
    mail["List-Unsubscribe"] = "<https://www.google.com/alerts/remove?source=alertsmail>"
    mail.set_content(
        f"=== {stock.alert[1]} ===\n\n{title}\n{excerpt}\n<{wrapped}>\n\nThis alert is brought to you by Google.\n"
    )
    mail.add_alternative(
        f'<html><body><h3>{escape(stock.alert[1])}</h3><table><tr><td><a href="{escape(wrapped)}">{escape(title)}</a>'
        f"<div>{escape(excerpt)}</div></td></tr></table></body></html>\n",
        subtype="html",
    )
    return mail.as_bytes()


def newsletter(rng: Random, at: float) -> bytes:
    """A newsletter to a list: nobody waits for an answer."""
    stock = rng.choice(list(STOCKS.values()))
    place = rng.choice(stock.slots["place"])
    subject, text = (each.format(place=place) for each in (stock.newsletter.subject, stock.newsletter.text))
    mail = _mail(f"{subject.split(':')[0]} <news@list.{stock.domain}>", subject, rng, at, stock.domain)
    mail["List-Id"] = f"<news.list.{stock.domain}>"
    mail["List-Unsubscribe"] = f"<mailto:leave@list.{stock.domain}>, <https://list.{stock.domain}/leave>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Precedence"] = "bulk"
    mail.set_content(text + "\n")
    seen = f'<img src="https://list.{stock.domain}/seen.gif?{rng.getrandbits(32)}" width="1" height="1" alt="">'
    mail.add_alternative(f"<html><body><h1>{escape(subject)}</h1><p>{escape(text)}</p>{seen}</body></html>", "html")
    return mail.as_bytes()


def giant(rng: Random, at: float, megabytes: int) -> bytes:
    """A mail with one attachment, so many MB on the wire."""
    edge = f"=_{rng.getrandbits(80):020x}"
    line = base64.b64encode(rng.randbytes(_LINE)) + b"\r\n"
    top = _raw_top("Kari Solvang Myhre <kari.solvang.myhre@example.no>", "Video av feilen", rng, at) + (
        f'Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n--{edge}\r\n'
        "Content-Type: text/plain; charset=utf-8\r\n\r\nSe vedlagt film.\r\n"
        f'--{edge}\r\nContent-Type: video/mp4; name="film.mp4"\r\nContent-Transfer-Encoding: base64\r\n'
        'Content-Disposition: attachment; filename="film.mp4"\r\n\r\n'
    )
    return top.encode() + line * (megabytes * 1024 * 1024 // len(line)) + f"--{edge}--\r\n".encode()


def broken(rng: Random, at: float) -> bytes:
    """A mail that follows no standard, in one of the ways that occur."""
    make = rng.choice(BREAKAGES)
    return make(rng, at)


def unknown_kind(rng: Random, at: float) -> bytes:
    """A mail whose content is of a type that nobody knows yet."""
    top = _raw_top("Onni Peuranen <onni.peuranen@example.fi>", "Hologrammi", rng, at)
    kind = "Content-Type: application/x-hologram\r\nContent-Transfer-Encoding: base64"
    return f"{top}{kind}\r\n\r\nSG9sb2dyYW0=\r\n".encode()


def _no_end(rng: Random, at: float) -> bytes:
    """Cut off in the middle of a part, with an ended line missing."""
    top = _raw_top("Odd Birger Fjellro <odd.birger.fjellro@example.no>", "Avkuttet", rng, at)
    return (f'{top}Content-Type: multipart/mixed; boundary="half"\r\n\r\n--half\r\nContent-Type: text/plain;'
            " charset=utf-8\r\n\r\nTeksten kom fram, resten ikke.\r\n--half\r\nContent-Type: image/png\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=AAA").encode()  # fmt: skip


def _lying_charset(rng: Random, at: float) -> bytes:
    """Says UTF-8, is windows-1252, and raw bytes stand in the headers."""
    top = _raw_top("G\udcf6ran Tall\udce5ker <goran.tallaker@example.se>", "N\udce4tet \udce4r nere", rng, at)
    kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    body = f"{kind}\r\n\r\nSnälla hjälp, över en vecka nu.\r\n"
    return top.encode("utf-8", "surrogateescape") + body.encode("cp1252")


def _no_boundary(rng: Random, _at: float) -> bytes:
    """A multipart that names no boundary, with a date of no calendar and two From lines."""
    return (b"Return-Path: <freja.lundehave@example.dk>\r\nFrom: Freja Lundehave <freja.lundehave@example.dk>\r\n"
            b"From: freja\r\nTo: " + ADDRESS.encode() + b"\r\nSubject: =?utf-8?q?=F8del=C3=A6gt?=\r\n"
            b"Date: 31 Feb 2026 25:61\r\nMessage-ID: <" + str(rng.getrandbits(32)).encode() + b">\r\n"
            b"Content-Type: multipart/alternative\r\n\r\n--x\r\n\r\nKan I l\xe6se det her?\r\n--x--\r\n")  # fmt: skip


BREAKAGES: tuple[Callable[[Random, float], bytes], ...] = (_no_end, _lying_charset, _no_boundary)


def _raw_top(sender: str, subject: str, rng: Random, at: float) -> str:
    address = sender.partition("<")[2].rstrip(">")
    lines = (
        f"Return-Path: <{address}>",
        f"From: {sender}",
        f"To: {ADDRESS}",
        f"Subject: {subject}",
        f"Date: {_date(at)}",
        f"Message-ID: {_id(rng, address.partition('@')[2])}",
        "MIME-Version: 1.0",
    )
    return "".join(f"{line}\r\n" for line in lines)


def _mail(sender: str, subject: str, rng: Random, at: float, domain: str) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["Return-Path"] = f"<{sender.partition('<')[2]}"
    mail["From"], mail["To"], mail["Subject"] = sender, ADDRESS, subject
    mail["Date"], mail["Message-ID"] = _date(at), _id(rng, domain)
    return mail


def _date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC))


def _id(rng: Random, domain: str) -> str:
    return f"<{rng.getrandbits(96):024x}@{domain}>"
