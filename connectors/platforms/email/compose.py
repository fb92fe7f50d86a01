"""Building the mail: from the same part always the same bytes, so that a repeat can be recognised anywhere.

Lines that consist of identifiers are written here and not by Python's email package, which would fold a long one in
its middle. Source: RFC 5322, RFC 2045-2049, RFC 2369.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.kit.base import Account, OutgoingFile, OutgoingPart
from connectors.kit.errors import Rejected, RejectReason
from tickets.intake.items import Recipient

from .ids import message_id_of
from .settings import Mailbox, ascii_domain, is_address
from .tokens import loop_mark, own_message_id, tagged_address

LOOP_HEADER = "X-Samsvar-Loop"
MOST_REFERENCES = 20  # the first, which names the thread, and the newest
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_IDENTIFIER = re.compile(r"[!-;=?-~]{1,900}")
# Answers and forwards as mail programs of Finland, the Nordics, Germany, France, the Netherlands … mark them.
_MARKS = re.compile(
    r"^(?:\s*(?:re|vs|sv|aw|antw|vl|fwd?|wg|tr|rv|rif|odp|vb|vid)\s*(?:\[\d{1,3}\])?\s*[:：])+\s*", re.I
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to leave. `international` when its envelope needs SMTPUTF8."""

    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    international: bool


def fixed_id(account: Account, part: OutgoingPart) -> str:
    """The Message-ID that `part` will have, without brackets; pure."""
    domain = ascii_domain(account.external_id) or "localhost"
    return own_message_id(secret=account.app_secret, root=part.thread_root, client_key=part.client_key, domain=domain)


def compose(account: Account, mailbox: Mailbox, part: OutgoingPart) -> Letter:
    """The mail that `part` describes.

    Raises: Rejected (recipient_unavailable, content_refused) for an address or a header that cannot be written; its
    code names the field.
    """
    recipients = [_reachable(each) for each in _recipients(part)]
    _demand_lines(account.name, part.subject, *(each.name for each in recipients), *(f.name for f in part.files))
    own_id = fixed_id(account, part)
    message = EmailMessage(policy=SMTP)
    international = not all(each.address.isascii() for each in recipients) or not mailbox.address.isascii()
    policy = SMTP.clone(utf8=international, cte_type="7bit")
    _write_head(message, account, mailbox, part, recipients)
    _write_body(message, part)
    _fix_boundaries(message, own_id)
    content = _identifiers(account, part, own_id) + message.as_bytes(policy=policy)
    return Letter(mailbox.address, tuple(dict.fromkeys(each.address for each in recipients)), content, international)


def answer_subject(subject: str) -> str:
    """The subject with one `Re:`, whatever marks stood there."""
    return f"Re: {_MARKS.sub('', subject).strip()}".strip()


def _recipients(part: OutgoingPart) -> list[Recipient]:
    """To and Cc; where nobody is named, the one who is answered."""
    named = [each for each in part.recipients if each.role in ("to", "cc")]
    return named or ([Recipient("to", part.recipient)] if is_address(part.recipient) else [])


def _reachable(recipient: Recipient) -> Recipient:
    """The recipient with a domain that any server knows: foreign letters in it are written as `xn--`."""
    if not is_address(recipient.address):
        raise Rejected(RejectReason.RECIPIENT_UNAVAILABLE, code="address")
    domain = ascii_domain(recipient.address)
    if not domain:
        raise Rejected(RejectReason.RECIPIENT_UNAVAILABLE, code="address")
    return Recipient(recipient.role, f"{recipient.address.rpartition('@')[0]}@{domain}", recipient.name)


def _demand_lines(*values: str) -> None:
    """A line break in a header would be a header of somebody else's making."""
    if any(_CONTROL.search(value) for value in values):
        raise Rejected(RejectReason.CONTENT_REFUSED, code="header")


def _write_head(
    message: EmailMessage, account: Account, mailbox: Mailbox, part: OutgoingPart, recipients: list[Recipient]
) -> None:
    message["From"] = _address(account.name, mailbox.address)
    for role, name in (("to", "To"), ("cc", "Cc")):
        listed = [_address(each.name, each.address) for each in recipients if each.role == role]
        if listed:
            message[name] = listed
    if mailbox.tag_replies:
        tagged = tagged_address(account.app_secret, mailbox.address, part.thread_root)
        message["Reply-To"] = _address(account.name, tagged)
    message["Subject"] = answer_subject(part.subject) if part.target_external_id else part.subject.strip()
    message["Date"] = format_datetime(part.made_at or account.clock())


def _address(name: str, address: str) -> Address:
    """Name and address apart, since `addr_spec` takes no foreign letters."""
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _write_body(message: EmailMessage, part: OutgoingPart) -> None:
    text = part.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    signature = part.signature.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    plain = f"{text}\n\n-- \n{signature}\n" if signature else f"{text}\n"
    message.set_content(plain, charset="utf-8", cte="quoted-printable")
    markup = _markup(text) + (f'<p class="signature">-- <br>\n{_lines(signature)}</p>\n' if signature else "")
    page = f"<!DOCTYPE html>\n<html><body>\n{markup}</body></html>\n"
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    for file in part.files:
        maintype, _, subtype = _mime(file).partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name or "file")


def _markup(text: str) -> str:
    paragraphs = [each for each in re.split(r"\n{2,}", text) if each.strip()]
    return "".join(f"<p>{_lines(each)}</p>\n" for each in paragraphs)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _mime(file: OutgoingFile) -> str:
    """What the file is called in the mail; mails within mails may not be encoded, so they go as plain bytes."""
    mime = file.mime.lower()
    known = _MIME.fullmatch(mime) and not mime.startswith(("message/", "multipart/"))
    return mime if known else "application/octet-stream"


def _fix_boundaries(message: EmailMessage, own_id: str) -> None:
    """Boundaries made from our id in place of random ones."""
    seed = hashlib.sha256(own_id.encode()).hexdigest()[:32]
    for number, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")


def _identifiers(account: Account, part: OutgoingPart, own_id: str) -> bytes:
    lines = [f"Message-ID: <{own_id}>"]
    answered = message_id_of(part.target_external_id) if part.target_external_id else ""
    if _IDENTIFIER.fullmatch(answered):
        lines.append(f"In-Reply-To: <{answered}>")
    if references := _references([*(message_id_of(each) for each in part.references), answered]):
        lines.append("References: " + "\r\n ".join(f"<{each}>" for each in references))
    lines.append(f"{LOOP_HEADER}: {loop_mark(account.app_secret)}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _references(ids: Iterable[str]) -> list[str]:
    """Each once, the last mention counting; the first and the newest of a long thread."""
    known = [each for each in ids if _IDENTIFIER.fullmatch(each)]
    once = list(reversed(dict.fromkeys(reversed(known))))
    return once if len(once) <= MOST_REFERENCES else [once[0], *once[-(MOST_REFERENCES - 1) :]]
