"""A fake platform that is reached by mail: a scripted IMAP server and a scripted SMTP server on loopback."""

from __future__ import annotations

import base64
import json
import re
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from tests.contract.scripted_smtp import Script, start

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass
class MailCall:
    """One connection as the fake saw it: what was proved, and the mail that was sent over it, if any."""

    proof: str = ""
    recipients: list[str] = field(default_factory=list)
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)  # mail has none of HTTP's

    @property
    def body(self) -> str:
        return self.proof

    def require(self, expected: dict[str, Any]) -> None:
        """As the fixtures describe a mail: its recipients, some headers, the plain text and the names of files."""
        message = message_from_bytes(self.content, policy=policy.default)
        assert self.recipients == expected["recipients"]
        for name, value in expected["headers"].items():
            assert message[name] == value, name
        plain = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert plain == expected["text"]
        assert [each.get_filename() for each in message.iter_attachments()] == expected["files"]


class FakeMail:
    """Both servers behind one address.

    `fault` scripts them: {"smtp": {stage: reply}}, {"imap": {verb or "FETCH <uid>": reply}}, {"drop": stage} and
    {"down": true}.
    """

    def __init__(self, facts: dict[str, Any], key: str, proof: str) -> None:
        self.calls: list[MailCall] = []
        self.targets: list[str] = []  # nothing stands in an address
        self._fault: dict[str, Any] | None = None
        folders = facts["folders"].items()
        self.folders = {name: [self._mail(key, each) for each in mails] for name, mails in folders}
        self.account, self.proof = facts["account"], proof
        self.script = _Noting(self)
        self.smtp = start(self.script)
        self.calls.clear()
        self.imap = _ImapServer(self)
        self.url = f"mail://127.0.0.1?imap={self.imap.server_address[1]}&smtp={self.smtp.port}"

    @staticmethod
    def address(port: int) -> str:
        """Where a fake would be that listens on `port`."""
        return f"mail://127.0.0.1?imap={port}&smtp={port}"

    @staticmethod
    def _mail(key: str, payload: str) -> bytes:
        told = json.loads((FIXTURES / key / "payloads" / f"{payload}.json").read_text())
        return str(told["raw"]).replace("\n", "\r\n").encode()

    @property
    def fault(self) -> dict[str, Any] | None:
        return self._fault

    @fault.setter
    def fault(self, fault: dict[str, Any] | None) -> None:
        told = fault or {}
        self._fault = fault
        self.script.says = dict(told.get("smtp", {}))
        self.script.drops = "mail" if told.get("down") else str(told.get("drop", ""))

    faults: tuple[dict[str, Any] | None, ...] = (
        None, {"down": True}, {"drop": "rcpt1"}, {"drop": "dot"}, {"smtp": {"dot": "554 words"}},
        {"imap": {"LOGIN": "NO words"}}, {"imap": {"EXAMINE": "BAD words"}},
    )  # fmt: skip
    unavailable = {"down": True}

    def kinds(self, answer: dict[str, Any]) -> set[str]:
        """Which calls a scripted answer is about: each protocol has its own errors."""
        return {kind for kind, server in (("send", "smtp"), ("read", "imap")) if server in answer}

    def close(self) -> None:
        self.smtp.stop()
        self.imap.close()


class _Noting(Script):
    def __init__(self, fake: FakeMail) -> None:
        super().__init__({(fake.account, fake.proof)})
        self.fake = fake

    def authenticate(self, server, session, envelope, mechanism, data):
        self.fake.calls.append(MailCall(data.password.decode()))
        return super().authenticate(server, session, envelope, mechanism, data)

    async def handle_DATA(self, server, session, envelope):
        call = self.fake.calls[-1]
        call.recipients, call.content = envelope.rcpt_tos, envelope.original_content
        return await super().handle_DATA(server, session, envelope)


class _ImapServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, fake: FakeMail) -> None:
        super().__init__(("127.0.0.1", 0), _ImapLine)
        self.fake = fake
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class _ImapLine(socketserver.StreamRequestHandler):
    """Enough of RFC 3501 to read mail. The real ones are in tests/mail."""

    def handle(self) -> None:
        self.mails: list[bytes] = []
        self.call = MailCall()
        self.server.fake.calls.append(self.call)
        self.say("* OK [CAPABILITY IMAP4rev1] fake")
        for line in self.rfile:
            tag, verb, rest = ([*line.decode().rstrip("\r\n").split(" ", 2), ""])[:3]
            fault = self.server.fake.fault or {}
            if fault.get("down"):
                return
            said = fault.get("imap", {}).get(verb)
            if said is None:
                said = getattr(self, f"do_{verb}")(rest) or "OK done"
            self.say(f"{tag} {said}")
            if verb == "LOGOUT":
                return

    def say(self, line: str, literal: bytes = b"") -> None:
        self.wfile.write(line.encode() + (b"\r\n" if not literal else b"\r\n" + literal + b")\r\n"))

    def do_CAPABILITY(self, _rest: str) -> None:
        self.say("* CAPABILITY IMAP4rev1")

    def do_LOGIN(self, rest: str) -> str:
        fake, words = self.server.fake, re.findall(r'"([^"]*)"|(\S+)', rest)
        user, proof = (quoted or bare for quoted, bare in words)
        self.call.proof = proof
        return "OK in" if (user, proof) == (fake.account, fake.proof) else "NO [AUTHENTICATIONFAILED] words"

    def do_LIST(self, _rest: str) -> None:
        for name in self.server.fake.folders:
            self.say(f'* LIST ({"" if name == "INBOX" else chr(92) + name}) "/" "{name}"')

    def do_EXAMINE(self, rest: str) -> str:
        self.mails = self.server.fake.folders[rest.strip('"')]
        self.say(f"* {len(self.mails)} EXISTS")
        self.say("* OK [UIDVALIDITY 7] fixed")
        self.say(f"* OK [UIDNEXT {len(self.mails) + 1}] next")
        return "OK [READ-ONLY] done"

    def do_UID(self, rest: str) -> str | None:
        verb, _, asked = rest.partition(" ")
        uids = range(1, len(self.mails) + 1)
        if verb == "SEARCH":
            first = int(re.search(r"(\d+):\*", asked)[1])
            found = [uid for uid in uids if uid >= first] or list(uids)[-1:]  # n:* always names the last one
            self.say(f"* SEARCH {' '.join(map(str, found))}".rstrip())
            return None
        faults = (self.server.fake.fault or {}).get("imap", {})
        for uid in map(int, asked.partition(" ")[0].split(",")):
            mail = self.mails[uid - 1]
            if "BODY" in asked and f"FETCH {uid}" in faults:
                return str(faults[f"FETCH {uid}"])
            if "RFC822.SIZE" in asked:
                self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mail)})")
            else:
                self.say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(mail)}}}", mail)
        return None

    def do_LOGOUT(self, _rest: str) -> None:
        self.say("* BYE")


def decoded(value: str) -> bytes:
    """Bytes as fixtures write them."""
    return base64.b64decode(value)
