"""What a mail is called, and what it follows.

A Message-ID is the sender's word: newsletters use one twice, strangers copy one they know. So another's mail is known
by its Message-ID and a digest of what it says. The digest is over bytes as sent, not over what we made of them, so that
a better reading of an old mail does not make it a new one.
"""

from __future__ import annotations

import hashlib
import re

from tickets.intake.items import ID_LIMIT, ItemError, clean_id

from .mime import Headers, Letter
from .people import is_own, mailboxes
from .tokens import read_own_message_id, read_tag, root_tag

_DIGEST = re.compile(r"/[0-9a-f]{12}\Z")
_LONGEST = ID_LIMIT - 13
_BRACKETED = re.compile(r"<([^<>]{1,1000})>")
_DIGESTED_BYTES = 65_536
_MOST_REFERENCES = 40
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


def message_id_of(external_id: str) -> str:
    """The Message-ID in a mail's external id, without brackets; empty where the mail had none that could be used."""
    if _DIGEST.search(external_id):
        return external_id[:-13]
    return "" if external_id.startswith("sha256:") else external_id


def clean_message_id(value: str) -> str:
    """A Message-ID without brackets and without the breaks that folding put in; empty for what cannot be one."""
    found = _BRACKETED.search(value)
    bare = "".join((found[1] if found else value).split())
    try:
        return clean_id(bare, "message_id") if "@" in bare and len(bare) <= _LONGEST else ""
    except ItemError:
        return ""


def own_message_id_of(headers: Headers, mailbox: str, secret: str) -> str:
    """The Message-ID when we signed it and the mail is from us: a stranger may have copied it. Else empty."""
    found = clean_message_id(headers.get("message-id")).lower()
    senders = mailboxes(headers, "from")
    ours = bool(senders) and is_own(mailbox, senders[0].address)
    return found if ours and read_own_message_id(secret, found) else ""


def external_id_of(letter: Letter, raw: bytes) -> str:
    """The name of a mail that is not one we sent."""
    headers = letter.headers
    message_id = clean_message_id(headers.get("message-id"))
    if not message_id:
        return "sha256:" + hashlib.sha256(raw).hexdigest()
    told = hashlib.sha256()
    for name in ("from", "date", "subject"):
        told.update(headers.get(name).encode() + b"\n")
    text = next((part.body for part in letter.parts if part.mime.startswith("text/")), b"")
    told.update(b"".join(text[:_DIGESTED_BYTES].split()))
    return f"{message_id}/{told.hexdigest()[:12]}"


def threading(headers: Headers, mailbox: str, secret: str, external_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of what this mail follows, the surest first, and the names by which others may follow it."""
    follows = _followed(headers)
    tags = [read_tag(secret, one.address) for name in _TO for one in mailboxes(headers, name)[:500]]
    own = message_id_of(external_id)
    if own_message_id_of(headers, mailbox, secret):
        tags.append(read_own_message_id(secret, own))
    tags += [read_own_message_id(secret, one) for one in follows]
    roots = [f"root:{tag}" for tag in tags if tag]
    named = [f"mid:{_as_signed(secret, one)}" for one in follows]
    # A stranger who took one of our ids must not be found by it.
    copied = read_own_message_id(secret, own) is not None and own != external_id
    itself = [f"mid:{own}"] if own and not copied else []
    return tuple(dict.fromkeys(roots + named)), tuple(dict.fromkeys([*itself, f"root:{root_tag(external_id)}", *named]))


def _as_signed(secret: str, message_id: str) -> str:
    return message_id.lower() if read_own_message_id(secret, message_id) else message_id


def _followed(headers: Headers) -> list[str]:
    """In-Reply-To, then References from right to left; a long row keeps its newest and its very first."""
    answered = [_BRACKETED.findall(one) or one.split()[:1] for one in headers.all("in-reply-to")]
    earlier = [found for one in headers.all("references") for found in _BRACKETED.findall(one)]
    row = [*(one for some in answered for one in some[:5]), *reversed(earlier)]
    cleaned = list(dict.fromkeys(one for written in row if (one := clean_message_id(written))))
    return cleaned if len(cleaned) <= _MOST_REFERENCES else [*cleaned[: _MOST_REFERENCES - 1], cleaned[-1]]
