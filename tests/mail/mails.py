"""The corpus of mails, and their reading in a form that can stand in a file."""

import base64
import dataclasses
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from connectors.kit.base import RawRequest
from tests.architecture.sources import ROOT

MAILS = ROOT / "tests/contract/fixtures/email/mails"
MAILBOX = "tuki@havbris.example"
SECRET = "corpus-secret"  # the signed ids in the corpus are signed with it
RECEIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NAMES = sorted(path.stem for path in MAILS.glob("*.eml"))
SENT = {"sent-by-colleague", "sent-by-us"}


def request(body: bytes, secret: str = SECRET, **facts: str) -> RawRequest:
    return RawRequest("", {"folder": "INBOX", **facts}, {}, body, RECEIVED, MAILBOX, secret)


def mail(name: str) -> RawRequest:
    facts = {"folder": "Sent", "sent": "1"} if name in SENT else {}
    return request(Path(MAILS / f"{name}.eml").read_bytes(), **facts)


def plain(value):
    """Items as json: fields that are not at their default; bytes as text, long ones as a digest."""
    if dataclasses.is_dataclass(value):
        told = {"is": type(value).__name__}
        for one in dataclasses.fields(value):
            found = getattr(value, one.name)
            default = () if one.default_factory is not dataclasses.MISSING else one.default
            if found != default and one.name not in ("platform", "account_external_id"):
                told[one.name] = plain(found)
        return told
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() if len(value) < 60 else hashlib.sha256(value).hexdigest()
    return value.isoformat() if isinstance(value, datetime) else value
