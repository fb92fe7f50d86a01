"""Each refusal and each place where the line may drop, by a scripted server (aiosmtpd) that does as it is told."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP

from connectors.kit.base import Account, OutgoingFile, OutgoingPart
from connectors.kit.errors import (
    ConnectorError,
    NeedsReconnect,
    OutcomeUnknown,
    Rejected,
    RejectReason,
    RetryLater,
    TokenExpired,
    Unsupported,
)
from connectors.kit.http import session_for
from connectors.platforms.email import compose
from connectors.platforms.email.manifest import MANIFEST
from connectors.platforms.email.smtp import send
from tests.contract.scripted_smtp import Script, free_port, start
from tests.mail.conftest import APP_SECRET, real_now
from tests.mail.servers import ADDRESS, PASSWORD
from tickets.intake.items import Recipient

TEXT = "Planted words of an answer"
TOKEN = "planted-bearer-token-77aa"


@pytest.fixture
def script():
    return Script({(ADDRESS, PASSWORD)}, (TOKEN,))


@pytest.fixture
def account(script):
    """An account at the scripted server, as the sandbox would be reached."""
    controller, session = start(script), session_for(MANIFEST.hosts)
    base_url = f"mail://127.0.0.1?imap=9&smtp={controller.port}"
    yield Account(
        ADDRESS, {"password": PASSWORD, "keep_sent": "no"}, APP_SECRET, base_url, session, real_now, "Havbris"
    )
    session.close()
    controller.stop()


def part(**words) -> OutgoingPart:
    given = {
        "kind": "text", "text": TEXT, "visibility": "private", "target_external_id": "a@elsewhere.example",
        "thread_root": "a@elsewhere.example", "subject": "Hei", "client_key": "1",
        "recipients": (Recipient("to", "kari@elsewhere.example"), Recipient("cc", "ola@elsewhere.example")),
    }  # fmt: skip
    return OutgoingPart(**{**given, **words})


def failure(account, **words) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        send(account, part(**words))
    error = failed.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert not any(word in f"{error!r}{error.args!r}" for word in (TEXT, PASSWORD, ADDRESS, "kari", "of the server"))
    return error


def test_a_mail_that_is_taken(account, script):
    receipt = send(account, part())
    ((sender, recipients, content),) = script.mails
    assert (sender, recipients) == (ADDRESS, ["kari@elsewhere.example", "ola@elsewhere.example"])
    assert content.startswith(f"Message-ID: <{receipt.external_id}>\r\n".encode())
    message = message_from_bytes(content, policy=policy.default)
    assert (message["To"], message["Cc"]) == ("kari@elsewhere.example", "ola@elsewhere.example")
    assert "bcc" not in message
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 998


REFUSALS = [
    ("mail", "421 4.3.2 words of the server", RetryLater, "421/4.3.2", None),
    ("mail", "450 4.2.0 words of the server", RetryLater, "450/4.2.0", None),
    ("mail", "452 4.3.1 words of the server", RetryLater, "452/4.3.1", None),
    ("mail", "530 5.7.0 words of the server", NeedsReconnect, "530/5.7.0", None),
    ("mail", "552 5.3.4 words of the server", Rejected, "552/5.3.4", RejectReason.TOO_LONG),
    ("mail", "553 5.7.1 words of the server", Rejected, "553/5.7.1", RejectReason.NOT_ALLOWED),
    ("mail", "550 words of the server", Rejected, "550", RejectReason.NOT_ALLOWED),
    ("rcpt1", "450 4.2.1 words of the server", RetryLater, "450/4.2.1", None),
    ("rcpt2", "451 4.7.1 words of the server", RetryLater, "451/4.7.1", None),
    ("rcpt1", "550 5.1.1 words of the server", Rejected, "550/5.1.1", RejectReason.RECIPIENT_UNAVAILABLE),
    ("rcpt2", "550 5.1.1 words of the server", Rejected, "550/5.1.1", RejectReason.RECIPIENT_UNAVAILABLE),
    ("rcpt1", "553 5.1.3 words of the server", Rejected, "553/5.1.3", RejectReason.RECIPIENT_UNAVAILABLE),
    ("rcpt1", "552 5.2.2 words of the server", Rejected, "552/5.2.2", RejectReason.RECIPIENT_UNAVAILABLE),
    ("rcpt1", "501 words of the server", Rejected, "501", RejectReason.RECIPIENT_UNAVAILABLE),
    ("rcpt1", "554 5.7.1 words of the server", Rejected, "554/5.7.1", RejectReason.CONTENT_REFUSED),
    ("data", "451 4.3.0 words of the server", RetryLater, "451/4.3.0", None),
    ("data", "554 5.5.1 words of the server", Rejected, "554/5.5.1", RejectReason.CONTENT_REFUSED),
    ("dot", "421 4.3.2 words of the server", RetryLater, "421/4.3.2", None),
    ("dot", "451 4.3.0 words of the server", RetryLater, "451/4.3.0", None),
    ("dot", "550 5.7.1 words of the server", Rejected, "550/5.7.1", RejectReason.CONTENT_REFUSED),
    ("dot", "550 5.6.0 words of the server", Rejected, "550/5.6.0", RejectReason.CONTENT_REFUSED),
    ("dot", "552 5.3.4 words of the server", Rejected, "552/5.3.4", RejectReason.TOO_LONG),
    ("dot", "552 words of the server", Rejected, "552", RejectReason.TOO_LONG),
    ("dot", "550 5.1.1 words of the server", Rejected, "550/5.1.1", RejectReason.RECIPIENT_UNAVAILABLE),
    ("dot", "550 words of the server", Rejected, "550", RejectReason.REFUSED),
]


@pytest.mark.parametrize(("stage", "reply", "kind", "code", "reason"), REFUSALS)
def test_each_refusal_becomes_its_class(account, script, stage, reply, kind, code, reason):
    script.says[stage] = reply
    error = failure(account)
    assert type(error) is kind
    assert error.code == code
    assert getattr(error, "reason", None) == reason
    assert script.mails == []


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("mail", RetryLater), ("rcpt1", RetryLater), ("rcpt2", RetryLater), ("data", RetryLater), ("body", RetryLater),
     ("dot", OutcomeUnknown)],
)  # fmt: skip
def test_a_line_that_drops_is_unknown_only_after_the_dot(account, script, stage, kind):
    script.drops = stage
    files = (OutgoingFile("a.bin", "a/b", b"x" * 9_000_000),) if stage == "body" else ()  # more than a socket holds
    assert type(failure(account, files=files)) is kind
    assert script.mails == []


def test_a_server_that_is_away_or_mute_got_nothing(account, monkeypatch):
    port = free_port()
    assert type(failure(replace(account, base_url=f"mail://127.0.0.1?imap=9&smtp={port}"))) is RetryLater
    monkeypatch.setattr("connectors.platforms.email.smtp.TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"mail://127.0.0.1?imap=9&smtp={mute.getsockname()[1]}"
        assert type(failure(replace(account, base_url=url))) is RetryLater


def test_no_answer_after_the_dot_is_unknown(account, script, monkeypatch):
    monkeypatch.setattr("connectors.platforms.email.smtp.VERDICT_SECONDS", 0.3)

    async def think(server, session, envelope):
        await asyncio.sleep(2)
        return "250 OK"

    script.handle_DATA = think
    assert type(failure(account)) is OutcomeUnknown


def test_a_greeting_that_sends_us_away(account):
    async def busy(reader, writer):
        writer.write(b"421 4.7.0 words of the server\r\n")
        await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(busy, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    url = f"mail://127.0.0.1?imap=9&smtp={server.sockets[0].getsockname()[1]}"
    error = failure(replace(account, base_url=url))
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert (type(error), error.code) == (RetryLater, "421/4.7.0")


def with_credentials(account, **others):
    return replace(account, credentials={**account.credentials, **others})


def test_a_refused_password_needs_a_person(account, script):
    error = failure(with_credentials(account, password="wrong"))
    assert (type(error), error.code) == (NeedsReconnect, "535/5.7.8")
    assert script.tried == 0


def test_a_password_with_foreign_letters_signs_in(account, script):
    script.users.add((ADDRESS, "blåbærsyltetøy"))
    send(with_credentials(account, password="blåbærsyltetøy"), part())
    assert len(script.mails) == 1


def test_a_server_that_knows_login_only(account, script, monkeypatch):
    real = SMTP.__init__
    monkeypatch.setattr(SMTP, "__init__", lambda self, *a, **k: real(self, *a, **k, auth_exclude_mechanism=["PLAIN"]))
    send(account, part())
    assert len(script.mails) == 1


def test_no_way_to_sign_in_that_both_know_needs_a_person(account, script, monkeypatch):
    real = SMTP.__init__
    monkeypatch.setattr(SMTP, "__init__", lambda self, *a, **k: real(self, *a, **k, auth_exclude_mechanism=["PLAIN"]))
    error = failure(with_credentials(account, password="blåbær"))
    assert (type(error), error.code, script.tried) == (NeedsReconnect, "smtp/auth", 0)


def oauth_account(account, **others):
    until = str(int(real_now().timestamp()) + 3000)
    told = {"provider": "google", "access_token": TOKEN, "expires_at": until, "password": ""}
    return with_credentials(account, **{**told, **others})


def test_a_token_signs_in(account, script):
    send(oauth_account(account), part())
    assert len(script.mails) == 1


def test_a_refused_token_is_renewed_once(account, script):
    error = failure(oauth_account(account, access_token="withdrawn"))
    assert (type(error), error.code) == (TokenExpired, "535/5.7.8")
    fresh = str(int(real_now().timestamp()) - 60)
    error = failure(oauth_account(account, access_token="withdrawn", refreshed_at=fresh))
    assert (type(error), error.code) == (NeedsReconnect, "535/5.7.8")
    assert script.tried == 0


@pytest.mark.parametrize("others", [{"access_token": ""}, {"expires_at": ""}, {"expires_at": "1700000000"}])
def test_a_token_that_ends_soon_is_not_even_tried(account, script, others):
    assert type(failure(oauth_account(account, **others))) is TokenExpired
    assert script.tried == 0


UNSENDABLE = [
    ({"subject": "Hei\r\nBcc: all@elsewhere.example"}, RejectReason.CONTENT_REFUSED, "header"),
    ({"subject": "Hei\u2028du"}, RejectReason.CONTENT_REFUSED, "header"),
    ({"files": (OutgoingFile("a\nb.png", "image/png", b"x"),)}, RejectReason.CONTENT_REFUSED, "header"),
    ({"recipients": (Recipient("to", "no-address"),)}, RejectReason.RECIPIENT_UNAVAILABLE, "address"),
    ({"recipients": (Recipient("to", "a@b@c.example"),)}, RejectReason.RECIPIENT_UNAVAILABLE, "address"),
    ({"recipients": (Recipient("to", "a@x> size=1"),)}, RejectReason.RECIPIENT_UNAVAILABLE, "address"),
    ({"recipients": (Recipient("to", "a@" + "x" * 64 + ".fi"),)}, RejectReason.RECIPIENT_UNAVAILABLE, "address"),
    ({"recipients": ()}, RejectReason.RECIPIENT_UNAVAILABLE, "recipients"),
    ({"recipients": tuple(Recipient("to", f"a{n}@x.fi") for n in range(51))}, RejectReason.NOT_ALLOWED, "recipients"),
    ({"text": " \n"}, RejectReason.EMPTY, ""),
    ({"text": "x" * 50_001}, RejectReason.TOO_LONG, ""),
    ({"files": (OutgoingFile("a", "a/b", b"x" * (20 * 2**20 + 1)),)}, RejectReason.TOO_LONG, "attachments"),
    ({"files": (OutgoingFile("a", "a/b", b"x"),) * 21}, RejectReason.TOO_LONG, "attachments"),
]


@pytest.mark.parametrize(("words", "reason", "code"), UNSENDABLE)
def test_what_cannot_be_sent_is_refused_before_any_call(account, script, words, reason, code):
    error = failure(account, **words)
    assert isinstance(error, Rejected)
    assert (error.reason, error.code) == (reason, code)
    assert script.tried == 0


def test_a_public_answer_is_no_mail(account, script):
    assert isinstance(failure(account, visibility="public"), Unsupported)


def test_a_sender_name_with_a_line_break_is_refused(account, script):
    error = failure(replace(account, name="Havbris\r\nBcc: x@y.fi"))
    assert (error.code, script.tried) == ("header", 0)


def test_foreign_letters_in_an_address(account, script):
    words = {"recipients": (Recipient("to", "ola@blåbær.example"), Recipient("cc", "søren@elsewhere.example"))}
    send(account, part(**words))
    ((_, recipients, content),) = script.mails
    assert recipients == ["ola@xn--blbr-roah.example", "søren@elsewhere.example"]
    assert "Cc: søren@elsewhere.example\r\n".encode() in content


def test_without_smtputf8_such_an_address_cannot_be_reached(account, script, monkeypatch):
    real = SMTP.__init__
    monkeypatch.setattr(SMTP, "__init__", lambda self, *a, **k: real(self, *a, **{**k, "enable_SMTPUTF8": False}))
    error = failure(account, recipients=(Recipient("to", "søren@elsewhere.example"),))
    assert (error.reason, error.code) == (RejectReason.RECIPIENT_UNAVAILABLE, "smtp/smtputf8")
    send(account, part(recipients=(Recipient("to", "ola@blåbær.example"),)))
    assert len(script.mails) == 1


def test_a_mail_above_the_size_the_server_names_does_not_leave(account, script, monkeypatch):
    real = SMTP.__init__
    monkeypatch.setattr(SMTP, "__init__", lambda self, *a, **k: real(self, *a, **{**k, "data_size_limit": 5000}))
    error = failure(account, files=(OutgoingFile("a.bin", "a/b", b"x" * 5000),))
    assert (error.reason, error.code, script.tried) == (RejectReason.TOO_LONG, "smtp/size", 0)


def test_files_alone_may_go(account, script):
    send(account, part(kind="attachment", text="", files=(OutgoingFile("", "not a type", b"x"),)))
    message = message_from_bytes(script.mails[0][2], policy=policy.default)
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("file", "application/octet-stream")


def test_a_message_without_named_recipients_goes_to_the_one_answered(account, script):
    send(account, part(recipients=(), recipient="kari@elsewhere.example"))
    assert script.mails[0][1] == ["kari@elsewhere.example"]


def test_a_recipient_named_twice_is_written_to_once(account, script):
    send(account, part(recipients=(Recipient("to", "a@x.fi"), Recipient("cc", "a@x.fi"), Recipient("from", "b@x.fi"))))
    assert script.mails[0][1] == ["a@x.fi"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hei", "Re: Hei"), ("RE: Hei", "Re: Hei"), ("VS: SV: AW: Re: VL: Hei", "Re: Hei"),
        ("Re[2]: Hei", "Re: Hei"),
        ("re : hei", "Re: hei"), ("Fwd: FW: WG: x", "Re: x"), ("Svar: ja", "Re: Svar: ja"),
        ("Rett: x", "Re: Rett: x"),
        ("", "Re:"), ("Re:", "Re:"), ("  Sv:hei  ", "Re: hei"),
        ("Ref: 12", "Re: Ref: 12"), ("Hei Re: du", "Re: Hei Re: du"),
    ],
)  # fmt: skip
def test_a_subject_has_one_re(subject, expected):
    assert compose.answer_subject(subject) == expected


def test_long_threads_keep_the_first_and_the_newest_references(account, script):
    ids = [f"{n}.{'x' * 150}@elsewhere.example" for n in range(40)]
    send(account, part(references=(*ids, "odd id", "", ids[3]), target_external_id=ids[39]))
    content = script.mails[0][2]
    found = message_from_bytes(content, policy=policy.default)["References"].split()
    assert found == [f"<{ids[0]}>", *(f"<{each}>" for each in [*ids[22:39], ids[3], ids[39]])]
    assert all(f"<{each[1:-1]}>".encode() in content for each in found)  # whole, not folded in its middle


def test_a_naked_dot_and_long_lines_survive(account, script):
    text = ".\n..\n" + "å" * 3000 + "\n" + "x" * 3000 + "\nFrom here\n  indented"
    send(account, part(text=text, signature=""))
    message = message_from_bytes(script.mails[0][2], policy=policy.default)
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == text + "\n"


def test_markup_in_a_text_stays_text(account, script):
    send(account, part(text='<script>alert("1")</script> & more'))
    page = message_from_bytes(script.mails[0][2], policy=policy.default).get_body(("html",)).get_content()
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more" in page
    assert "<script" not in page
