"""Alert mails: someone elsewhere wrote about us, and a service tells so. Each entry becomes a mention of the real page.

A service is a row in `SERVICES`: who sends, and how its links hide the address they lead to.
Source: sheet on Google Alerts, 2026-11; markup is nowhere promised, so only links and the text between count.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import nh3

from connectors.kit.foreign_html import counted
from tickets.intake.items import clean_line, clean_url

from .mime import Headers
from .people import mailboxes

MAX_ENTRIES = 100
_SNIPPET = 600
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs(?:enc|mi)", re.IGNORECASE)
_PLAIN_LINK = re.compile(r"<?(https?://[^\s<>]{1,4000})>?")
_GONE = {"script", "style", "title", "head"}
_KEPT = {"a", "div", "td", "p", "br"}  # where words of different pieces meet


@dataclass(frozen=True, slots=True)
class AlertService:
    """One service: its sender, the host and path of the links it sends, and the parameter with the real address.

    A link to its own hosts that is no such redirect (settings, sharing) ends an entry.
    """

    sender: str
    own_hosts: tuple[str, ...]
    redirect_path: str
    parameters: tuple[str, ...]


SERVICES = (AlertService("googlealerts-noreply@google.com", ("www.google.com", "google.com"), "/url", ("url", "q")),)


@dataclass(frozen=True, slots=True)
class Alert:
    """One page found: its real address, title and the words around the find."""

    address: str
    title: str
    snippet: str

    @property
    def external_id(self) -> str:
        """The same for the same page, whichever alert tells of it."""
        return "alert:" + hashlib.sha256(self.address.encode()).hexdigest()


def service_of(headers: Headers, services: tuple[AlertService, ...] = SERVICES) -> AlertService | None:
    """The service that sent this mail, None for any other mail."""
    senders = [one.address for one in mailboxes(headers, "from")]
    return next((one for one in services if senders == [one.sender]), None)


def read_alerts(service: AlertService, text: str, html: str) -> list[Alert]:
    """The pages an alert mail tells of, each once, in order; none when it is built in another way."""
    pieces = _html_pieces(html) if html else _plain_pieces(text)
    found: dict[str, tuple[str, list[str]]] = {}
    current: list[str] | None = None
    for address, words in pieces:
        target = _target(service, address) if address else ""
        if target:
            title, current = found.setdefault(target, (words, []))
            if not title and words:
                found[target] = (words, current)
        elif address and _host(address) in service.own_hosts:
            current = None
        elif current is not None and words:
            current.append(words)
    return [
        Alert(target, clean_line(title, 300), clean_line(" ".join(words), _SNIPPET))
        for target, (title, words) in list(found.items())[:MAX_ENTRIES] if title
    ]  # fmt: skip


def canonical(address: str) -> str:
    """An address without what only tells where the click came from: tracking parameters and the fragment."""
    parts = urlsplit(address.strip())
    query = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    ]
    host = (parts.hostname or "").lower() + (f":{parts.port}" if parts.port not in (None, 80, 443) else "")
    return clean_url(
        parts._replace(scheme=parts.scheme.lower(), netloc=host, query=urlencode(query), fragment="").geturl()
    )


def _target(service: AlertService, address: str) -> str:
    """Where a redirect leads; empty for any other link."""
    try:
        parts = urlsplit(address)
        if (parts.hostname or "").lower() not in service.own_hosts or parts.path != service.redirect_path:
            return ""
        query = parse_qs(parts.query)
        real = next((query[name][0] for name in service.parameters if name in query), "")
        return canonical(real) if _host(real) and _host(real) not in service.own_hosts else ""
    except ValueError:
        return ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


class _Links(HTMLParser):
    """The text of clean html in pieces: each with the address of the link it is in, or none."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._address = dict(attrs).get("href") or ""
            self.pieces.append((self._address, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._address = ""

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words:
            return
        if self._address and self.pieces[-1][0] == self._address:
            self.pieces[-1] = (self._address, f"{self.pieces[-1][1]} {words}".strip())
        else:
            self.pieces.append((self._address, words))


def _html_pieces(html: str) -> list[tuple[str, str]]:
    links = _Links()
    links.feed(
        nh3.clean(counted(html), tags=_KEPT, attributes={"a": {"href"}}, clean_content_tags=_GONE, link_rel=None)
    )
    links.close()
    return links.pieces


def _plain_pieces(text: str) -> list[tuple[str, str]]:
    """In plain mail a title and some lines stand above their link."""
    pieces: list[tuple[str, str]] = []
    place = 0
    for link in _PLAIN_LINK.finditer(text):
        paragraph = text[place : link.start()].rstrip().rpartition("\n\n")[2]
        title, _, snippet = paragraph.strip().partition("\n")
        pieces += [(link[1], title.strip()), ("", " ".join(snippet.split()))]
        place = link.end()
    return pieces
