"""One mail, as fetched, into items: pure, and for any bytes whatever it gives items or raises Unreadable."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.kit.base import RawRequest
from connectors.kit.errors import Unreadable
from tickets.intake.items import TEXT_LIMIT, AnyItem, Direction, ItemError, MessageItem, ReceiptItem

from .alerts import Alert, read_alerts, service_of
from .attachments import attachments_of
from .automatic import automatic_kind, is_loop
from .body import Body, body_of
from .ids import external_id_of, own_message_id_of, threading
from .mime import Letter, read_letter
from .people import author_of, is_own, mailboxes, recipients_of
from .quotes import split_reply
from .reports import Report, read_reports

PLATFORM = "email"
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


def parse(raw: RawRequest) -> list[AnyItem]:
    """What a mail tells: a message, what became of one of ours, mentions from an alert, or nothing (a loop).

    Takes: the whole mail, or its beginning with the fact `truncated`; `sent` when it lay among the sent.
    Raises: Unreadable, naming what is missing.
    """
    if not raw.account_external_id:
        raise Unreadable("account")
    letter = read_letter(raw.body)
    if not len(letter.headers):
        raise Unreadable("headers")
    try:
        return read_items(raw, letter)
    except ItemError as error:
        raise Unreadable(error.field_name) from None
    except Exception:
        # What nobody foresaw is kept whole and read again once it is mended; its text must not get into a traceback.
        raise Unreadable("mail") from None


def read_items(raw: RawRequest, letter: Letter) -> list[AnyItem]:
    """The items of a mail whose structure has been read."""
    headers, mailbox, secret = letter.headers, raw.account_external_id.lower(), raw.app_secret
    senders = mailboxes(headers, "from")
    ours = bool(senders) and is_own(mailbox, senders[0].address)
    own_id = own_message_id_of(headers, mailbox, secret)
    if raw.headers.get("sent") == "1" or own_id:
        return [_message(raw, letter, body_of(letter), direction="out", own_id=own_id)] if ours else []
    reports = read_reports(letter, secret)
    if reports is not None:
        return [_receipt(raw, letter, report) for report in reports]
    author, _ = author_of(headers, mailbox)
    if is_loop(headers, mailbox, secret) or (author and is_own(mailbox, author.external_id)):
        return []
    body = body_of(letter)
    if service := service_of(headers):
        alerts = read_alerts(service, body.text, body.html)
        if alerts:
            return [_mention(raw, letter, alert) for alert in alerts]
    return [_message(raw, letter, body, direction="in")]


def _message(raw: RawRequest, letter: Letter, body: Body, *, direction: Direction, own_id: str = "") -> MessageItem:
    headers, mailbox = letter.headers, raw.account_external_id.lower()
    author, by_form = author_of(headers, mailbox)
    recipients, left_out = recipients_of(headers, mailbox)
    external_id = own_id or external_id_of(letter, raw.body)
    references, aliases = threading(headers, mailbox, raw.app_secret, external_id)
    torn = raw.headers.get("truncated") == "1"
    attachments, more = attachments_of(letter, torn=torn)
    text, tail = split_reply(body.text)
    return MessageItem(
        platform=PLATFORM,
        account_external_id=raw.account_external_id,
        external_id=external_id,
        external_root=external_id,
        at=sent_at(letter, raw.received_at),
        kind="email",
        visibility="private",
        direction=direction,
        author=author,
        subject=headers.text("subject"),
        text=text,
        tail=tail,
        html=body.html,
        recipients=recipients,
        recipients_left_out=left_out,
        references=references,
        aliases=aliases,
        attachments=attachments,
        # A form on our own site says it is automatic, yet a person wrote what it carries.
        automatic="" if direction == "out" or by_form else automatic_kind(headers),
        truncated=torn or more or body.cut or letter.incomplete or max(len(text), len(tail)) > TEXT_LIMIT,
    )


def _receipt(raw: RawRequest, letter: Letter, report: Report) -> ReceiptItem:
    return ReceiptItem(
        platform=PLATFORM,
        account_external_id=raw.account_external_id,
        external_id=report.message_id,
        at=sent_at(letter, raw.received_at),
        outcome=report.outcome,
        reason=report.reason,
        code=report.code,
    )


def _mention(raw: RawRequest, letter: Letter, alert: Alert) -> MessageItem:
    return MessageItem(
        platform=PLATFORM,
        account_external_id=raw.account_external_id,
        external_id=alert.external_id,
        external_root=alert.external_id,
        at=sent_at(letter, raw.received_at),
        kind="mention",
        visibility="public",
        text=f"{alert.title}\n\n{alert.snippet}".strip(),
        permalink=alert.address,
    )


def sent_at(letter: Letter, received_at: datetime) -> datetime:
    """The mail's Date; when it came where that is missing, senseless or still to come."""
    try:
        told = parsedate_to_datetime(letter.headers.get("date")[:200])
        told = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return received_at
    return told if _OLDEST <= told <= received_at else received_at
