"""Builds the bytes of a letter as the writer's mail program would: charset, alternatives, headers, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from random import Random

from sandbox.mail.attachments import Attachment
from sandbox.mail.people import Correspondent
from sandbox.mail.quoting import Read, html_lines, quote_html, quote_plain
from sandbox.mail.site import ADDRESS, HOST_NAME

_MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say. `answers` is the mail that is answered, quoted unless a machine answers;
    `headers` come on top of the usual.
    """

    sender: Correspondent
    subject: str
    text: str
    answers: Read | None = None
    quotes: bool = True
    cc: tuple[Correspondent, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    to: str = ADDRESS


def build(draft: Draft, rng: Random, at: float) -> bytes:
    """The letter as it arrives, with the lines that servers put on top."""
    writer, when = draft.sender, datetime.fromtimestamp(at, UTC)
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _mailbox(writer)
    mail["To"] = draft.to
    if draft.cc:
        mail["Cc"] = tuple(_mailbox(each) for each in draft.cc)
    mail["Subject"] = draft.subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = _message_id(writer, rng)
    _program_headers(mail, draft, rng)
    for name, value in draft.headers:
        mail[name] = value
    _fill(mail, draft)
    for file in draft.attachments:
        mail.add_attachment(file.content, file.maintype, file.subtype, filename=file.name)
    return _top(draft, when).encode() + mail.as_bytes()


def _top(draft: Draft, when: datetime) -> str:
    """Lines written by hand: Python's `email` would break a long id into encoded words, which no mail program does."""
    domain, lines = draft.sender.stock.domain, [f"Return-Path: <{draft.sender.address}>"]
    lines.append(f"Received: from mail.{domain} by {HOST_NAME} with ESMTP; {format_datetime(when)}")
    if draft.answers is not None and draft.answers.message_id:
        ids = [*draft.answers.references, draft.answers.message_id]
        kept = "\r\n ".join([ids[0], *ids[1:][-_MOST_REFERENCES:]])
        lines += [f"In-Reply-To: {draft.answers.message_id}", f"References: {kept}"]
    return "".join(f"{line}\r\n" for line in lines)


def _fill(mail: EmailMessage, draft: Draft) -> None:
    writer, quoted = draft.sender, draft.answers if draft.quotes else None
    plain = draft.text + (quote_plain(writer, quoted) if quoted else "") + "\n"
    charset = _charset(plain) if writer.program == "outlook" else "utf-8"
    if writer.program == "thunderbird":
        mail.set_content(_flowed(plain), charset="utf-8", cte="8bit", params={"format": "flowed"})
        return
    mail.set_content(plain, charset=charset, cte="quoted-printable")
    below = quote_html(writer, quoted) if quoted else ""
    html = {"gmail": _gmail, "outlook": _outlook, "iphone": _iphone}[writer.program](draft.text, below, charset)
    mail.add_alternative(html, subtype="html", charset=charset, cte="quoted-printable")


def _gmail(text: str, below: str, _charset: str) -> str:
    return f'<div dir="ltr">{_broken(text)}</div>{below}\n'


def _outlook(text: str, below: str, charset: str) -> str:
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'
        '<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;} --></style></head>'
        f'<body lang="NO" style="word-wrap:break-word"><div class="WordSection1">{html_lines(text, "MsoNormal")}'
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{below}</div></body></html>\n'
    )


def _iphone(text: str, below: str, charset: str) -> str:
    return (
        f'<html><head><meta http-equiv="content-type" content="text/html; charset={charset}"></head>'
        f'<body dir="auto">{_broken(text)}{below}</body></html>\n'
    )


def _broken(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _flowed(text: str) -> str:
    """RFC 3676: lines that begin like a quotation's or with a space are stuffed; ours need only the latter."""
    return "\n".join(f" {line}" if line.startswith((" ", "From ")) else line for line in text.splitlines()) + "\n"


def _charset(text: str) -> str:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return "utf-8"
    return "windows-1252"


def _mailbox(who: Correspondent) -> Address:
    return Address(who.name, addr_spec=who.address)


def _message_id(writer: Correspondent, rng: Random) -> str:
    number = rng.getrandbits(128)
    forms = {
        "gmail": f"<CA+{number:032x}@mail.{writer.stock.domain}>",
        "outlook": f"<{number:032X}@EUR01.prod.{writer.stock.domain}>",
        "iphone": f"<{number:032X}@{writer.stock.domain}>",
        "thunderbird": f"<{number:032x}@{writer.stock.domain}>",
    }
    return forms[writer.program]


def _program_headers(mail: EmailMessage, draft: Draft, rng: Random) -> None:
    mail["MIME-Version"] = "1.0"
    if draft.sender.program == "outlook":
        mail["Thread-Topic"] = draft.answers.bare_subject if draft.answers else draft.subject
        mail["Thread-Index"] = f"Ad{rng.getrandbits(120):030x}=="
        mail["X-MS-Has-Attach"] = "yes" if draft.attachments else ""
    elif draft.sender.program == "iphone":
        mail["X-Mailer"] = "iPhone Mail (22A3354)"
    elif draft.sender.program == "thunderbird":
        mail["User-Agent"] = "Mozilla Thunderbird"
