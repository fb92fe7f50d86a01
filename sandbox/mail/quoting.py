"""Reading what the mailbox sent, and quoting it as each mail program does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape, unescape

from sandbox.mail.people import Correspondent

_READ_BYTES = 256 * 1024
_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_REPLY = re.compile(r"^\s*((re|sv|vs|aw|antw)\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as its reader sees it."""

    message_id: str
    references: tuple[str, ...]
    name: str
    address: str
    to: str
    subject: str
    text: str
    at: datetime

    @property
    def bare_subject(self) -> str:
        """Without Re:, SV:, VS:."""
        return _REPLY.sub("", self.subject)


def read_mail(raw: bytes) -> Read:
    """Take a mail apart; what is missing is empty. Of a giant only the beginning is read."""
    mail = message_from_bytes(raw[:_READ_BYTES], policy=policy.default)
    name, address = parseaddr(_line(mail, "Reply-To") or _line(mail, "From"))
    date = mail["Date"].datetime if mail["Date"] is not None else None
    return Read(
        message_id=_line(mail, "Message-ID"),
        references=tuple(_line(mail, "References").split()),
        name=name or address,
        address=address,
        to=_line(mail, "To"),
        subject=_line(mail, "Subject"),
        text=_text(mail),
        at=date or datetime.now(UTC),
    )


def quote_plain(writer: Correspondent, read: Read) -> str:
    """The quotation below a plain text answer."""
    if writer.program == "outlook":
        labels = zip(writer.stock.headings, _heading_values(read), strict=True)
        return "\n\n" + "_" * 32 + "\n" + "\n".join(f"{label}: {value}" for label, value in labels) + f"\n\n{read.text}"
    quoted = "\n".join(f"> {line}".rstrip() for line in read.text.splitlines())
    return f"\n\n{_wrote(writer, read)}\n\n{quoted}\n"


def quote_html(writer: Correspondent, read: Read) -> str:
    """The quotation below an HTML answer."""
    if writer.program == "outlook":
        labels = zip(writer.stock.headings, _heading_values(read), strict=True)
        head = "<br>".join(f"<b>{escape(label)}:</b> {escape(value)}" for label, value in labels)
        return (
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            f'<p class="MsoNormal">{head}</p></div>{html_lines(read.text, "MsoNormal")}'
        )
    line, body = escape(_wrote(writer, read)), escape(read.text).replace("\n", "<br>\r\n")
    if writer.program == "gmail":
        return (
            f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{line}<br></div>'
            '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
            f'padding-left:1ex">{body}</blockquote></div>'
        )
    return (
        f'<br><blockquote type="cite">{line}<br><br></blockquote><blockquote type="cite"><div>{body}</div></blockquote>'
    )


def html_lines(text: str, style: str) -> str:
    """Paragraphs as Outlook writes them."""
    return "".join(f'<p class="{style}">{escape(line) or "&nbsp;"}</p>\n' for line in text.splitlines())


def _wrote(writer: Correspondent, read: Read) -> str:
    date = read.at.strftime("%d.%m.%Y %H:%M")
    return writer.stock.wrote.format(date=date, name=read.name, address=read.address)


def _heading_values(read: Read) -> tuple[str, str, str, str]:
    return (f"{read.name} <{read.address}>", read.at.strftime("%d.%m.%Y %H:%M"), read.to, read.subject)


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError):
        return ""
    if part.get_content_subtype() == "html":
        text = unescape(_TAGS.sub("", text))
    return text.replace("\r\n", "\n").strip()


def _line(mail: EmailMessage, name: str) -> str:
    return " ".join(str(mail[name] or "").split())
