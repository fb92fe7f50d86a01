"""Names of ours that come back in a stranger's mail: signed, so that nobody can write his way into a thread.

The secret is the account's own (`Account.app_secret`). Upper and lower case are one, since some servers change it.
"""

from __future__ import annotations

import hashlib
import hmac
import re

LOCAL_PART_LIMIT = 64  # RFC 5321 4.5.3.1.1
_OWN_ID = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{20})\.([0-9a-f]{16})@[\w.-]{0,180}\w")
_TAGGED = re.compile(r"[^@]{1,200}\+c\.([0-9a-f]{20})\.([0-9a-f]{16})@[^@]{1,255}")


def root_tag(root: str) -> str:
    """A thread's root as 20 hex digits: short enough for an address, and telling nothing of the root."""
    return _digest(root)[:20]


def own_message_id(*, secret: str, root: str, client_key: str, domain: str) -> str:
    """The Message-ID, without brackets, of what we send in the thread `root`: the same for the same `client_key`."""
    key, tag = _digest(client_key)[:32], root_tag(root)
    return f"{key}.{tag}.{_mac(secret, 'message', key, tag)}@{domain.lower()}"


def read_own_message_id(secret: str, message_id: str) -> str | None:
    """The root tag in a Message-ID that we made, with or without brackets; None for anybody else's."""
    found = _OWN_ID.fullmatch(message_id.strip().removeprefix("<").removesuffix(">").lower())
    if found is None or not _same(secret, found[3], "message", found[1], found[2]):
        return None
    return found[2]


def tagged_address(secret: str, address: str, root: str) -> str:
    """The mailbox's address with the thread in it, for Reply-To; the bare address where the tag leaves no room."""
    local, _, domain = address.rpartition("@")
    tag = root_tag(root)
    tagged = f"{local}+c.{tag}.{_mac(secret, 'address', tag)}"
    return f"{tagged}@{domain}" if local and len(tagged.encode()) <= LOCAL_PART_LIMIT else address


def read_tag(secret: str, address: str) -> str | None:
    """The root tag in an address that we tagged; None for any other."""
    found = _TAGGED.fullmatch(address.strip().lower())
    if found is None or not _same(secret, found[2], "address", found[1]):
        return None
    return found[1]


def find_own_message_ids(secret: str, text: str) -> list[str]:
    """The Message-IDs of ours that stand anywhere in `text`, as they were made, in order."""
    found = dict.fromkeys(one[0] for one in _OWN_ID.finditer(text.lower()))
    return [one for one in found if read_own_message_id(secret, one) is not None]


def loop_mark(secret: str) -> str:
    """What our mail carries in `X-Samsvar-Loop`: a mail that comes in with it has been round already.

    It is of this mailbox and no other, since mail of another installation must not pass for our own.
    """
    return _mac(secret, "loop")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _mac(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode("utf-8", "surrogatepass"), ".".join(parts).encode(), hashlib.sha256).hexdigest()[:16]


def _same(secret: str, mac: str, *parts: str) -> bool:
    # With no secret anybody could sign.
    return bool(secret) and hmac.compare_digest(mac, _mac(secret, *parts))
