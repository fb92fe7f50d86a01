"""A colleague's reply: stored with its parts, taken back within its window, tried again, or settled by hand."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from analysis.personal_data import normalise
from analysis.read import read
from connectors.jobs import SEND
from connectors.kit import registry, textfit
from connectors.kit.manifest import Action as PlatformAction
from connectors.kit.manifest import Manifest
from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.events import emit
from core.ids import new_uid
from core.jobs import enqueue
from core.transactions import in_transaction
from core.users.models import User
from tickets import sealing
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.items import TEXT_LIMIT, clean_text
from tickets.intake.prepare import content_hash
from tickets.lines import refresh_lines, turn_over
from tickets.models import Customer, Message, Origin, Part, PartState, Status, Thread, Ticket, TicketThread, Visibility
from tickets.operations.noting import written_text


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
) -> Message:
    """Store a reply and ask for its sending.

    Takes: thread_id, one of the case's threads; visibility, who the writer was told will read it: "private" on a
    public thread opens a private one with the customer, where the platform offers that; text, plain, within the
    platform's limit in the platform's unit; client_key, made by the form or script; undo_seconds, how long it can be
    taken back.
    Gives: the message with its part "queued"; the same message when client_key repeats.
    Raises: NotFound, Forbidden, Invalid (empty, too long, unsupported here), Conflict (case closed, key reused).
    Leaves: TicketsChanged; job SEND.
    """
    ticket = demand(actor, Action.REPLY, ticket_id)
    repeated = Message.objects.filter(client_key=client_key).first()
    if repeated is not None:
        return _same(repeated, ticket, visibility, text)
    said_in = _thread_of(ticket, thread_id)
    manifest = registry.get(ticket.platform).manifest
    action = _action_for(manifest, said_in, visibility)
    text = written_text(text, limit=TEXT_LIMIT)
    _check_length(manifest, action, text)
    target = _answered(ticket, said_in)
    opens_private = visibility != said_in.visibility
    thread = _open_private(ticket, said_in, target, manifest, now) if opens_private else said_in
    message = _store_message(ticket, thread, target, actor, text, client_key, now)
    Part.objects.create(
        message=message,
        thread=thread,
        action=action,
        target_external_id=message.parent_external_id,
        not_before_at=now + timedelta(seconds=undo_seconds),
    )
    refresh_lines([ticket.pk])
    turn_over([ticket.pk])
    record(
        actor=actor, action="reply.queued", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    _tell(ticket, "message")
    enqueue(SEND)
    return message


def _same(message: Message, ticket: Ticket, visibility: str, text: str) -> Message:
    """A repeat as it came from the form: its text is cleaned as the first one was before they are compared."""
    place = (message.ticket_id, message.visibility)
    if place != (ticket.pk, visibility) or bytes(message.content_hash) != content_hash(clean_text(text)):
        raise Conflict(_("This idempotency key belongs to another reply."), code="key_reused")
    return message


def _thread_of(ticket: Ticket, thread_id: int) -> Thread:
    link = ticket.ticket_threads.filter(thread_id=thread_id).select_related("thread").first()
    if link is None:
        raise NotFound(_("This case has no such thread."))
    if ticket.status == Status.DONE:
        raise Conflict(_("This case is resolved. Reopen it to reply."), code="closed")
    return link.thread


def _action_for(manifest: Manifest, thread: Thread, visibility: str) -> PlatformAction:
    """What is asked of the platform. What the button promised is what happens: never a private text in public."""
    public = visibility == Visibility.PUBLIC
    if public and thread.visibility == Visibility.PRIVATE:
        raise Conflict(_("This thread is private. Choose who should read your reply."), code="audience")
    action = PlatformAction.REPLY_PUBLIC if public else PlatformAction.REPLY_PRIVATE
    if action not in manifest.actions:
        raise Invalid(_(manifest.gaps[action]), field="text", code="unsupported")
    if thread.visibility == Visibility.PRIVATE and manifest.limits.private_replies_per_message is not None:
        raise Conflict(_("This platform allows one private answer to a public message."), code="once_only")
    return action


def _open_private(ticket: Ticket, said_in: Thread, target: str, manifest: Manifest, now: datetime) -> Thread:
    """The private thread that answers one public message; its unique root makes the answer happen once.

    Raises: Conflict (answered so already, or the platform's window is shut).
    """
    asked_at = Message.objects.filter(thread=said_in, external_id=target).values_list("at", flat=True).first()
    window = manifest.limits.private_window
    if window is not None and asked_at is not None and now - asked_at > window:
        raise Conflict(_("The time in which the platform allows a private answer has passed."), code="window_closed")
    thread, made = Thread.objects.get_or_create(
        channel_id=said_in.channel_id,
        external_root=f"private:{target}",
        defaults={"visibility": Visibility.PRIVATE, "created_at": now},
    )
    if not made and Part.objects.filter(thread=thread).exclude(state=PartState.FAILED).exists():
        raise Conflict(_("This message has been answered in private already."), code="once_only")
    TicketThread.objects.get_or_create(ticket=ticket, thread=thread, defaults={"customer_id": ticket.customer_id})
    return thread


def _check_length(manifest: Manifest, action: PlatformAction, text: str) -> None:
    """Refused, never cut: what a colleague wrote is what the customer gets."""
    public = action == PlatformAction.REPLY_PUBLIC
    limit = manifest.limits.public_text if public else manifest.limits.private_text
    if limit is not None and not textfit.fits(text, limit):
        sentence = _("%(platform)s takes at most %(limit)d characters here; this has %(length)d.")
        facts = {"platform": manifest.name, "limit": limit.length, "length": textfit.length(text, limit)}
        raise Invalid(sentence % facts, field="text", code="too_long")


def _store_message(
    ticket: Ticket, thread: Thread, target: str, actor: User, text: str, client_key: uuid.UUID, now: datetime
) -> Message:
    reading = read(text, fallback_language=ticket.language or "und", allowed=_own_values(ticket))
    message = Message(
        uid=new_uid(),
        channel_id=ticket.channel_id,
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


def _answered(ticket: Ticket, thread: Thread) -> str:
    """The customer's latest word in this thread, as the platform knows it; the thread's root when there is none
    left."""
    said = Message.objects.filter(thread=thread, ticket=ticket, direction="in").exclude(state="deleted")
    latest = said.order_by("-at", "-id").values_list("external_id", flat=True).first()
    return latest or thread.external_root


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
def take_back_reply(*, actor: User, ticket_id: int, message_id: int, now: datetime) -> str:
    """Undo a reply that has not left yet. Gives: its text as written, to go on editing.

    Raises: NotFound, Forbidden, Conflict (too late: it is on its way).
    Leaves: TicketsChanged.
    """
    ticket, message, part = _own_message(actor, ticket_id, message_id)
    if part.state != PartState.QUEUED or part.attempts:
        raise Conflict(_("Too late to undo: the reply is on its way."), code="too_late")
    text = sealing.original_text(message)
    record(
        actor=actor, action="reply.undone", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    message.delete()  # it never was: nobody outside has seen it
    refresh_lines([ticket.pk])
    turn_over([ticket.pk])
    _tell(ticket, "message")
    return text


@in_transaction
def retry_reply(*, actor: User, ticket_id: int, message_id: int, now: datetime) -> Message:
    """Send a failed reply again, or one whose outcome is unknown and that the colleague says did not arrive.

    Raises: NotFound, Forbidden, Conflict (it is sent, or on its way).
    Leaves: TicketsChanged; job SEND.
    """
    ticket, message, part = _own_message(actor, ticket_id, message_id)
    if part.state not in (PartState.FAILED, PartState.UNKNOWN):
        raise Conflict(_("This reply needs no second try."), code="not_failed")
    part.state, part.reason, part.platform_code = PartState.QUEUED, "", ""
    part.not_before_at = now
    part.save(update_fields=["state", "reason", "platform_code", "not_before_at"])
    record(
        actor=actor, action="reply.retried", object_type="message", object_id=message.pk, now=now, ticket_id=ticket.pk
    )
    refresh_lines([ticket.pk])
    turn_over([ticket.pk])
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
