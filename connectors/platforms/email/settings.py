"""What an account's credentials say, made sure of before any call: a wrong one needs a person, not a retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect
from connectors.kit.peers import is_loopback

from .manifest import MANIFEST, SECURITY

MOST_FOLDERS = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+")
_DEFAULTS = {setting.name: setting.default for setting in MANIFEST.required_settings if setting.optional}


@dataclass(frozen=True, slots=True)
class Server:
    """Where one of the two protocols is spoken, and how the line is protected."""

    host: str
    port: int
    security: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox as its channel describes it."""

    address: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    imap: Server
    smtp: Server
    folders: tuple[str, ...]
    sent_folder: str
    keep_sent: bool
    tag_replies: bool

    @property
    def domain(self) -> str:
        """What stands behind the @ of the address, in letters that any server knows."""
        return ascii_domain(self.address)


def mailbox_of(account: Account) -> Mailbox:
    """The settings of `account`, with defaults for what was left empty. Makes no call.

    Takes: account, whose base_url, when there is one, is `mail://HOST?imap=PORT&smtp=PORT` on loopback.
    Raises: NeedsReconnect with code `settings/…` for a value that cannot be used, or without any proof of who we are.
    """
    told = {**_DEFAULTS, **{name: value for name, value in account.credentials.items() if value}}
    for name, value in told.items():
        if _CONTROL.search(value):
            raise NeedsReconnect(code=f"settings/{name}")
    if not is_address(account.external_id) or not ascii_domain(account.external_id):
        raise NeedsReconnect(code="settings/external_id")
    if not told["provider"] and not told["password"]:
        raise NeedsReconnect(code="settings/password")
    return Mailbox(
        address=account.external_id,
        user=told["username"] or account.external_id,
        password=told["password"],
        imap=_server(account, told, "imap"),
        smtp=_server(account, told, "smtp"),
        folders=_folders(told["folders"]),
        sent_folder=told["sent_folder"].strip(),
        keep_sent=told["keep_sent"] == "yes",
        tag_replies=told["tag_replies"] == "yes",
    )


def is_address(value: str) -> bool:
    """Does this look like one bare mail address, fit for an envelope? Quoted local parts are not taken."""
    return bool(_ADDRESS.fullmatch(value)) and not _CONTROL.search(value) and len(value) <= 254


def ascii_domain(address: str) -> str:
    """The domain of an address, foreign letters in it written as `xn--`; empty for one that cannot be."""
    try:
        return address.rpartition("@")[2].encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _server(account: Account, told: Mapping[str, str], protocol: str) -> Server:
    if account.base_url is not None:
        return _simulated(account.base_url, protocol)
    host, port = told.get(f"{protocol}_host", "").strip(), told[f"{protocol}_port"].strip()
    security = told[f"{protocol}_security"]
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise NeedsReconnect(code=f"settings/{protocol}")
    if security not in SECURITY or (security == "none" and not is_loopback(host)):
        raise NeedsReconnect(code=f"settings/{protocol}_security")
    return Server(host, int(port), security)


def _simulated(base_url: str, protocol: str) -> Server:
    parts = urlsplit(base_url)
    port = parse_qs(parts.query).get(protocol, [""])[0]
    if parts.scheme != "mail" or not is_loopback(parts.hostname or "") or not port.isdigit():
        raise NeedsReconnect(code="settings/base_url")
    return Server(parts.hostname or "", int(port), "none")


def _folders(listed: str) -> tuple[str, ...]:
    """The names in a list with commas, once each, in order; INBOX when there is none."""
    names = dict.fromkeys(name.strip() for name in listed.split(",") if name.strip())
    return tuple(names)[:MOST_FOLDERS] or ("INBOX",)
