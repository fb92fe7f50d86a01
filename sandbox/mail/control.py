"""The control API of the simulated mail: write to the mailbox, answer its letters, set switches, see what stands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from email.utils import parseaddr
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, number_of, read_body, text_of
from sandbox.mail import letters, machines
from sandbox.mail.compose import Draft
from sandbox.mail.folders import Kept
from sandbox.mail.life import MailTalk
from sandbox.mail.office import PostOffice, stranger
from sandbox.mail.people import BY_ADDRESS, CORRESPONDENTS, Correspondent
from sandbox.mail.quoting import read_mail
from sandbox.mail.site import ADDRESS, NAME
from sandbox.mail.stock.shape import MATTERS
from sandbox.switches import UnknownSwitch

_BASE = "/_sandbox/email/pages"
_ONE = _BASE + "/{page_id}"
_MOODS = ("thanks", "followups", "still_angry")
_MACHINES = {"newsletter": machines.newsletter, "alert": machines.alert, "broken": machines.broken}
_LARGEST_MB = 100

Body = dict[str, Any]


class MailControl:
    """The endpoints; each acts as the world around the mailbox would, never as our software."""

    def __init__(self, office: PostOffice) -> None:
        self._office, self._site = office, office.site
        self._talk = MailTalk(office)
        # what a switch that acts once does; the others stand until they are cleared
        self._once: dict[str, Callable[[Any], object]] = {
            "mail_broken": lambda _: self._arrive(machines.broken),
            "mail_giant": self._giant,
            "mail_uidvalidity": lambda _: self._office.folders.rebuild("INBOX"),
        }

    def routes(self) -> list[Route]:
        """Everything below /_sandbox/email/."""
        return [
            Route(_BASE, self.pages, methods=["GET"]),
            Route(_ONE, self.see, methods=["GET"]),
            Route(_ONE, self._acting(self.empty), methods=["DELETE"]),
            Route(_ONE + "/mails", self._acting(self.mail), methods=["POST"]),
            Route(_ONE + "/answers", self._acting(self.answer), methods=["POST"]),
            Route(_ONE + "/rebuild", self._acting(self.rebuild), methods=["POST"]),
            Route(_ONE + "/unknown", self._acting(self.unknown), methods=["POST"]),
            Route(_ONE + "/faults", self._acting(self.faults), methods=["GET"]),
            Route(_ONE + "/faults", self._acting(self.set_faults), methods=["PUT"]),
        ]

    async def pages(self, _request: Request) -> Response:
        """GET: the mailboxes; there is one."""
        return JSONResponse({"pages": [self._facts()]})

    async def see(self, request: Request) -> Response:
        """GET: every folder's mails, and what the people got."""
        _check(request)
        names = self._office.folders.names()
        folders = {name: self._folder(name) for name in names}
        return JSONResponse({**self._facts(), "folders": folders, "received": self._received()})

    def empty(self, _body: Body) -> Body:
        """DELETE: nothing is left of the mails, of what people got, and of the switches."""
        self._office.empty()
        self._site.switches.change(dict.fromkeys(self._site.switches.load()))
        return self._facts()

    def mail(self, body: Body) -> Body:
        """POST: a mail arrives. `raw` in base64, or `kind`, or a person's letter with what is given."""
        if "raw" in body:
            return self._kept(self._office.arrive(_decoded(body)))
        kind = choice_of(body, "kind", "letter", ("letter", "giant", *_MACHINES))
        if kind == "giant":
            return self._kept(self._giant(number_of(body, "megabytes", 40, least=1, most=_LARGEST_MB)))
        if kind in _MACHINES:
            return self._kept(self._arrive(_MACHINES[kind]))
        return self._kept(self._office.post(self._letter(body), self._site.rng))

    def answer(self, body: Body) -> Body:
        """POST: whoever got `message_id` (by default the latest letter) answers, in `mood` or with `text`."""
        wanted = text_of(body, "message_id", "")
        rows = [row for row in self._office.received() if not wanted or row["message_id"] == wanted]
        if not rows:
            raise Missing("nobody got such a mail")
        writer = self._office.find(rows[-1]["address"]) or stranger(rows[-1]["address"], "", "en")
        text = text_of(body, "text", "") or self._talk.say(writer, choice_of(body, "mood", _MOODS[0], _MOODS))
        uid = self._talk.comment(ADDRESS, writer.name, str(rows[-1]["seq"]), text, None)
        return self._kept(self._office.folders.get("INBOX").messages[int(uid or 0)])

    def rebuild(self, body: Body) -> Body:
        """POST: a folder is rebuilt: another UIDVALIDITY, other UIDs."""
        try:
            folder = self._office.folders.rebuild(text_of(body, "folder", "INBOX"))
        except KeyError:
            raise Missing("no such folder") from None
        return {"folder": folder.name, "uid_validity": folder.uid_validity}

    def unknown(self, _body: Body) -> Body:
        """POST: a mail of a kind nobody has seen yet."""
        return self._kept(self._arrive(machines.unknown_kind))

    def faults(self, _body: Body) -> Body:
        """GET: every switch, null when off."""
        return {**self._site.switches.show(), **dict.fromkeys(self._once)}

    def set_faults(self, body: Body) -> Body:
        """PUT: set or clear switches; mail-broken, mail-giant and mail-uidvalidity act at once and stay off."""
        wanted = {name.replace("-", "_"): setting for name, setting in body.items()}
        try:
            self._site.switches.change({name: wanted[name] for name in wanted if name not in self._once})
        except UnknownSwitch as error:
            raise BadBody(f"{error}, {', '.join(self._once)}") from error
        for name, act in self._once.items():
            if wanted.get(name):
                setting = wanted[name]
                act(setting.get("value", True) if isinstance(setting, dict) else setting)
        if self._site.switches.load().get("mail_down"):
            self._site.disconnect()
        return self.faults({})

    def _letter(self, body: Body) -> Draft:
        writer, rng = self._writer(body), self._site.rng
        matter = choice_of(body, "matter", "", ("", *MATTERS)) or None
        draft = letters.new_letter(rng, writer, matter)
        if "text" in body:
            draft = letters.plain_letter(
                rng, draft.sender, text_of(body, "subject", draft.subject), text_of(body, "text")
            )
        return draft

    def _writer(self, body: Body) -> Correspondent | None:
        """By name, or by `from` for somebody from elsewhere; None for anyone."""
        name, address = parseaddr(text_of(body, "from", ""))
        if address:
            return BY_ADDRESS.get(address.lower()) or stranger(address, name, text_of(body, "language", "en"))
        person = text_of(body, "person", "")
        found = [each for each in CORRESPONDENTS if each.name == person]
        if person and not found:
            raise Missing("nobody of that name lives in the town")
        return found[0] if found else None

    def _arrive(self, make: Callable[..., bytes]) -> Kept:
        return self._office.arrive(make(self._site.rng, self._site.clock.now()))

    def _giant(self, megabytes: Any) -> Kept:
        size = 40 if megabytes is True else megabytes
        if not isinstance(size, int | float) or not 1 <= size <= _LARGEST_MB:
            raise BadBody(f"mail_giant takes megabytes from 1 to {_LARGEST_MB}")
        return self._office.arrive(machines.giant(self._site.rng, self._site.clock.now(), int(size)))

    def _facts(self) -> Body:
        ports = {"imap_port": self._site.imap_port, "smtp_port": self._site.smtp_port}
        return {"id": ADDRESS, "name": NAME, **ports}

    def _folder(self, name: str) -> Body:
        folder = self._office.folders.get(name)
        return {
            "uid_validity": folder.uid_validity,
            "mails": [self._kept(kept) for kept in folder.messages.values()],
        }

    def _kept(self, kept: Kept) -> Body:
        read = read_mail(self._site.read(kept.file))
        shown = {"message_id": read.message_id, "from": read.address, "name": read.name, "subject": read.subject}
        return {"uid": kept.uid, "size": kept.size, "flags": sorted(kept.flags), **shown}

    def _received(self) -> list[Body]:
        shown = []
        for row in self._office.received():
            read = read_mail(self._site.read(row["file"]))
            words = {"subject": read.subject, "text": read.text}
            shown.append({"seq": row["seq"], "to": row["address"], "message_id": row["message_id"], **words})
        return shown

    def _acting(self, act: Callable[[Body], Body]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            _check(request)
            return JSONResponse(act(await read_body(request)))

        return endpoint


def _check(request: Request) -> None:
    if request.path_params["page_id"] != ADDRESS:
        raise Missing("no such mailbox")


def _decoded(body: Body) -> bytes:
    try:
        return base64.b64decode(text_of(body, "raw"), validate=True)
    except binascii.Error as error:
        raise BadBody("raw must be base64") from error
