"""Who a mail is from and to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses

import idna

from tickets.intake.items import RECIPIENT_LIMIT, Author, Recipient, Role, clean_line

from .mime import Headers
from .words import decode_words

_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]{1,64}@[^\s@<>,;:\"\\]{1,190}")
_ROLES: tuple[tuple[str, Role], ...] = (("from", "from"), ("reply-to", "reply_to"), ("to", "to"), ("cc", "cc"))
_SENDER_LIMIT = 10_000  # code points looked at; nobody writes as a thousand people
_RECIPIENTS_LIMIT = 200_000
_MOST_PARSED = 20_000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address in lower case."""

    name: str
    address: str


def mailboxes(headers: Headers, name: str) -> list[Mailbox]:
    """The usable addresses in every header of that name, once each, in order; groups opened, names read."""
    found: dict[str, Mailbox] = {}
    limit = _SENDER_LIMIT if name in ("from", "reply-to") else _RECIPIENTS_LIMIT
    for value in headers.all(name)[:20]:
        for label, written in _parsed(value[:limit]):
            if (address := clean_address(written)) and address not in found:
                found[address] = Mailbox(clean_line(decode_words(label)), address)
    return list(found.values())


def _parsed(value: str) -> list[tuple[str, str]]:
    # The library goes one call deeper per bracket and group; what has that many is no list of people.
    if value.count("(") > 50 or value.count(":") > 50 or "[" in value:
        return [("", address) for address in _ADDRESS.findall(value)[:_MOST_PARSED]]
    try:
        return getaddresses([value])
    except (ValueError, IndexError, TypeError, RecursionError):
        return [("", address) for address in _ADDRESS.findall(value)[:_MOST_PARSED]]


def clean_address(written: str) -> str:
    """An address in lower case, the domain as DNS has it; empty for what is none."""
    address = clean_line(written, 300).lower().strip(".")
    if not _ADDRESS.fullmatch(address) or clean_line(address, 255) != address:
        return ""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return address
    return f"{local}@{domain}"


def is_own(mailbox: str, address: str) -> bool:
    """Whether `address` is the mailbox, with or without something behind a plus sign."""
    local, _, domain = address.rpartition("@")
    return mailbox in (address, f"{local.partition('+')[0]}@{domain}")


def author_of(headers: Headers, mailbox: str) -> tuple[Author | None, bool]:
    """Who wrote, and whether it came through a form: from our own address with somebody else's for the answer."""
    senders = mailboxes(headers, "from")
    form = False
    if senders and is_own(mailbox, senders[0].address):
        others = [one for one in mailboxes(headers, "reply-to") if not is_own(mailbox, one.address)]
        senders, form = others or senders, bool(others)
    if not senders:
        return None, False
    return Author(senders[0].address, name=senders[0].name, contact="email"), form


def recipients_of(headers: Headers, mailbox: str) -> tuple[tuple[Recipient, ...], int]:
    """Everybody in From, Reply-To, To and Cc, at most the limit, and how many more there were.

    Our own address stands without the tag that names the thread: whoever reads it could write into that thread.
    """
    found: dict[tuple[str, str], Recipient] = {}
    for name, role in _ROLES:
        for one in mailboxes(headers, name):
            address = mailbox if is_own(mailbox, one.address) else one.address
            found.setdefault((role, address), Recipient(role, address, one.name))
    kept = tuple(found.values())
    return kept[:RECIPIENT_LIMIT], max(0, len(kept) - RECIPIENT_LIMIT)
