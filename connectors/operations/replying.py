"""A colleague's reply: stored with its parts, taken back within its window, tried again, or settled by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from analysis.personal_data import normalise
from analysis.read import read
from connectors.jobs import SEND
from connectors.kit.manifest import Action as PlatformAction
from connectors.operations.addressing import address_letter, attach_files, choose_files
from connectors.operations.choosing_way import Way, choose_way
from connectors.queries.replies import unseen_replies
from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.events import emit
from core.ids import new_uid
from core.jobs import enqueue
from core.transactions import in_transaction
from core.users.models import User
from tickets import sealing
from tickets.access import Action, Actor, demand
from tickets.drafts import put_back, settle_sent
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.items import TEXT_LIMIT, clean_text
from tickets.intake.prepare import content_hash
from tickets.lines import refresh_lines, turn_over
from tickets.models import Customer, Message, Origin, Part, PartState, StoredFile, Thread, Ticket, TicketEvent
from tickets.operations.noting import written_text
from tickets.placeholders import find_unfilled, standing


@in_transaction
def queue_reply(
    *,
    actor: User,
    ticket_id: int,
    thread_id: int,
    visibility: str,
    text: str,
    client_key: uuid.UUID,
    undo_seconds: int,
    now: datetime,
    files: Sequence[uuid.UUID] = (),
    to_all: bool = False,
    cc: Sequence[str] = (),
    draft_revision: int | None = None,
    seen_message_id: int | None = None,
) -> Message:
    """Store a reply and ask for its sending.

    Takes: thread_id, one of the case's threads; visibility, who the writer was told will read it: "private" on a
    public thread opens a private one with the customer, where the platform offers that; text, plain, within the
    platform's limit in the platform's unit; client_key, made by the form or script; undo_seconds, how long it can be
    taken back; files, uids of what the colleague has put up for this case; to_all and cc, for letters only: whether the
    others who got the customer's letter get the answer, and addresses that get a copy; draft_revision, the draft that
    became this reply and is done with; seen_message_id, the newest message the writer has seen, so that two colleagues
    do not answer the same thing.
    Gives: the message with its part "queued"; the same message when client_key repeats.
    Raises: NotFound, Forbidden, Invalid (empty, too long, "unfilled", unsupported here), Conflict (case closed, key
    reused, window closed, "unseen": somebody else has answered meanwhile, or the network takes no public answer to
    this).
    Leaves: TicketsChanged; job SEND.
    """
    ticket = demand(actor, Action.REPLY, ticket_id)
    repeated = Message.objects.filter(client_key=client_key).first()
    if repeated is not None:
        return _same(repeated, ticket, visibility, text)
    way = choose_way(ticket=ticket, thread_id=thread_id, visibility=visibility)
    text = written_text(text, limit=TEXT_LIMIT)
    _check_filled(text)
    way.demand_fit(text)
    _demand_seen(actor, ticket, seen_message_id)
    way.demand_open(now)
    thread = way.open_thread(visibility, now)
    chosen = choose_files(actor=actor, ticket=ticket, uids=files, manifest=way.manifest, visibility=visibility)
    message = _store_message(ticket, thread, way.target, actor, text, client_key, now)
    if way.manifest.letter is not None:
        _address(message, ticket, way, to_all, cc)
    attach_files(message=message, files=chosen)
    _make_parts(message, way, chosen, now + timedelta(seconds=undo_seconds))
    if draft_revision is not None:
        settle_sent(ticket, actor, visibility, revision=draft_revision, text=text, now=now)
    _refresh(ticket)
    record(
        actor=actor, action="reply.queued", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    _tell(ticket, "message")
    enqueue(SEND)
    return message


def _demand_seen(actor: User, ticket: Ticket, seen_message_id: int | None) -> None:
    """Two colleagues do not answer the same thing without knowing."""
    if seen_message_id is None:
        return
    if unseen_replies(actor=actor, ticket_id=ticket.pk, after=seen_message_id).exists():
        raise Conflict(_("A colleague has answered since you opened this case."), code="unseen")


def _address(message: Message, ticket: Ticket, way: Way, to_all: bool, cc: Sequence[str]) -> None:
    """Put the envelope on a letter."""
    facts = way.manifest.letter
    assert facts is not None  # noqa: S101  asked before
    customer = Customer.objects.select_for_update().get(pk=ticket.customer_id)
    address_letter(message=message, customer=customer, answered=way.target, facts=facts, to_all=to_all, cc=cc)


def _refresh(ticket: Ticket) -> None:
    """Bring the queue's line up to what was said, and let it be whose turn it now is."""
    refresh_lines([ticket.pk])
    turn_over([ticket.pk])


def _make_parts(message: Message, way: Way, files: Sequence[StoredFile], at: datetime) -> None:
    """The text, and each file in a piece of its own, in order; a letter goes whole."""
    apart = files if way.manifest.letter is None else ()
    shared = {
        "message": message,
        "thread": message.thread,
        "target_external_id": message.parent_external_id,
        "not_before_at": at,
    }
    Part.objects.create(action=way.action, **shared)
    Part.objects.bulk_create(
        Part(kind="attachment", action=PlatformAction.ATTACH, position=position, file_uid=row.uid, **shared)
        for position, row in enumerate(apart, start=1)
    )


def _same(message: Message, ticket: Ticket, visibility: str, text: str) -> Message:
    """A repeat as it came from the form: its text is cleaned as the first one was before they are compared."""
    place = (message.ticket_id, message.visibility)
    if place != (ticket.pk, visibility) or bytes(message.content_hash) != content_hash(clean_text(text)):
        raise Conflict(_("This idempotency key belongs to another reply."), code="key_reused")
    return message


def _check_filled(text: str) -> None:
    """A variable of a saved reply that nobody filled in is never said to a customer."""
    if unfilled := find_unfilled(text):
        sentence = _("Fill in or remove %(word)s. The customer would read it as it stands.")
        raise Invalid(sentence % {"word": standing(unfilled[0])}, field="text", code="unfilled")


def _store_message(
    ticket: Ticket, thread: Thread, target: str, actor: User, text: str, client_key: uuid.UUID, now: datetime
) -> Message:
    reading = read(text, fallback_language=ticket.language or "und", allowed=_own_values(ticket))
    message = Message(
        uid=new_uid(),
        channel_id=thread.channel_id,
        thread=thread,
        ticket=ticket,
        author=actor,
        direction="out",
        origin=Origin.OURS,
        visibility=thread.visibility,
        parent_external_id=target,
        text=reading.masked.text,
        masks=sealing.masks_json(reading.masked),
        language="" if reading.language.code == "und" else reading.language.code,
        at=now,
        received_at=now,
        version_at=now,
        content_hash=content_hash(text),
        client_key=client_key,
    )
    if reading.masked.originals:
        customer = Customer.objects.select_for_update().get(pk=ticket.customer_id)
        keys = sealing.ensure_keys([customer])
        assert customer.data_key_id is not None  # noqa: S101  made above
        message.sealed = sealing.seal_originals(
            reading.masked,
            key_id=customer.data_key_id,
            key=keys[customer.data_key_id],
            context=sealing.message_context(message.uid),
        )
    message.save()
    sealing.keep_hashes([(message, reading.masked)])
    return message


def _own_values(ticket: Ticket) -> frozenset[str]:
    return frozenset(normalise(value) for value in ticket.channel.own_values)


def _tell(ticket: Ticket, kind: str) -> None:
    place = TicketPlace(ticket.team_id, ticket.assignee_id)
    emit(TicketsChanged([TicketChange(ticket.pk, kind, place)]))  # type: ignore[arg-type]  # a ChangeKind literal


def _own_message(actor: Actor, ticket_id: int, message_id: int) -> tuple[Ticket, Message, Part]:
    """The case, one of its outgoing messages and that one's part, locked. Raises: NotFound, Forbidden."""
    ticket = demand(actor, Action.REPLY, ticket_id)
    part = (
        Part.objects.filter(message_id=message_id, message__ticket=ticket)
        .select_related("message")
        .select_for_update(of=("self", "message"))
        .order_by("position")
        .first()
    )
    if part is None:
        raise NotFound(_("There is no such reply."))
    return ticket, part.message, part


@in_transaction
def take_back_reply(*, actor: User, ticket_id: int, message_id: int, now: datetime, keep_text: bool = True) -> str:
    """Undo a reply that has not left yet, and what waits for it; its text goes on as the draft of whoever undoes it.

    Takes: keep_text, false for a line that nobody wrote by hand, as one that waits for another is.
    Gives: the text as written.
    Raises: NotFound, Forbidden, Conflict (too late: it is on its way).
    Leaves: TicketsChanged, DraftChanged.
    """
    ticket, message, part = _own_message(actor, ticket_id, message_id)
    if part.state != PartState.QUEUED or part.attempts:
        raise Conflict(_("Too late to undo: the reply is on its way."), code="too_late")
    for dependant in Message.objects.filter(parts__waits_for__message=message).order_by("pk"):
        take_back_reply(actor=actor, ticket_id=ticket_id, message_id=dependant.pk, now=now, keep_text=False)
    text = sealing.original_text(message)
    StoredFile.objects.filter(message=message).update(message=None)  # to be sent with the text once it is mended
    record(
        actor=actor, action="reply.undone", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    if keep_text:
        put_back(ticket, actor, message.visibility, text=text, now=now)
    TicketEvent.objects.filter(ticket=ticket, kind="moved_private", data__message=message.pk).delete()
    message.delete()  # it never was: nobody outside has seen it
    _refresh(ticket)
    _tell(ticket, "message")
    return text


@in_transaction
def retry_reply(*, actor: User, ticket_id: int, message_id: int, now: datetime) -> Message:
    """Send a failed reply again, or one whose outcome is unknown and that the colleague says did not arrive.

    What waits for it is queued again with it.
    Raises: NotFound, Forbidden, Conflict (it is sent, or on its way, or it speaks of one that was not sent).
    Leaves: TicketsChanged; job SEND.
    """
    ticket, message, part = _own_message(actor, ticket_id, message_id)
    if part.state not in (PartState.FAILED, PartState.UNKNOWN):
        raise Conflict(_("This reply needs no second try."), code="not_failed")
    if Part.objects.filter(dependants=part, state=PartState.FAILED).exists():
        raise Conflict(_("The message that this speaks of was not sent. Send that one again first."), code="waits")
    again = Part.objects.filter(Q(pk=part.pk) | Q(waits_for=part, state=PartState.FAILED))
    again.update(state=PartState.QUEUED, reason="", platform_code="", not_before_at=now)
    record(
        actor=actor, action="reply.retried", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    _refresh(ticket)
    _tell(ticket, "delivery")
    enqueue(SEND)
    return message


@in_transaction
def confirm_reply(*, actor: User, ticket_id: int, message_id: int, now: datetime) -> Message:
    """Settle an unknown outcome: the colleague has seen the reply on the network.

    Raises: NotFound, Forbidden, Conflict (its outcome is known).
    Leaves: TicketsChanged.
    """
    ticket, message, part = _own_message(actor, ticket_id, message_id)
    if part.state != PartState.UNKNOWN:
        raise Conflict(_("What became of this reply is known."), code="not_unknown")
    part.state, part.reason = PartState.SENT, ""
    part.save(update_fields=["state", "reason"])
    record(actor=actor, action="reply.confirmed", object_type="message", object_id=message.pk, now=now)
    refresh_lines([ticket.pk])
    _tell(ticket, "delivery")
    enqueue(SEND)
    return message
