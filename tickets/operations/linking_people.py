"""One person behind several handles: linked with evidence, and taken apart again when that was wrong."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.actors import SYSTEM
from core.audit.record import record
from core.errors import Conflict
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines, turn_over
from tickets.models import Channel, Customer, Identity, Message, Thread, Ticket, TicketEvent, TicketThread, Visibility

PRIVATE_REPLY = "private_reply"  # the network itself named the handle, as that of whom we answered in private


@in_transaction
def carry_on_in_private(*, message: Message, channel: Channel, external_key: str, now: datetime) -> Thread | None:
    """Our private answer to a comment opened a conversation, on `channel` with the person `external_key`: go on there.

    The person is linked to the case's customer, the conversation to the case, and the message stands in it from now on,
    so that its echo and the customer's answer are recognised. Where that person has an open case of their own in the
    conversation already, the answer belongs there: one open case per conversation.
    Gives: the conversation's thread; None where the message has no case.
    """
    ticket = message.ticket
    if ticket is None:
        return None
    thread, _made = Thread.objects.get_or_create(
        channel=channel,
        external_root=external_key,
        defaults={"visibility": Visibility.PRIVATE, "created_at": now},
    )
    opening = ticket.ticket_threads.filter(thread=message.thread).select_related("customer").first()
    person = opening.customer if opening else ticket.customer  # a case may hold two people's words
    _link(person, message, channel, external_key, now)
    if not TicketThread.objects.filter(thread=thread, is_open=True).exists():
        TicketThread.objects.get_or_create(
            ticket=ticket, thread=thread, customer=person, defaults={"is_open": ticket.closed_at is None}
        )
    message.channel, message.thread = channel, thread
    return thread


def _link(customer: Customer, message: Message, channel: Channel, external_key: str, now: datetime) -> None:
    """The handle is that of the case's customer. One that is known already stays whose it is."""
    handle, made = Identity.objects.get_or_create(
        platform=channel.platform,
        scope=channel.external_id,
        external_key=external_key,
        defaults={"customer": customer, "evidence": {"because": PRIVATE_REPLY, "message": message.pk}},
    )
    if made:
        record(
            actor=SYSTEM,
            action="identity.linked",
            object_type="identity",
            object_id=handle.pk,
            now=now,
            person_id=customer.pk,
            reason=PRIVATE_REPLY,
        )


@in_transaction
def separate_identity(*, actor: User, ticket_id: int, identity_id: int, now: datetime) -> Customer:
    """This handle is somebody else's after all: its talks leave the customer's cases for one of its own.

    Takes: identity_id, of a handle of the case's customer that was linked by evidence.
    Gives: the customer it belongs to from now on.
    Raises: NotFound, Forbidden, Conflict (the handle by which the customer was first known cannot leave).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    identity = Identity.objects.select_for_update().filter(pk=identity_id, customer_id=ticket.customer_id).first()
    if identity is None or not identity.evidence:
        raise Conflict(_("This handle was not linked to the customer later."), code="not_linked")
    person = Customer.objects.create(name=identity.handle, created_at=now)
    identity.customer, identity.evidence = person, {}
    identity.save(update_fields=["customer", "evidence"])
    touched = _move_talks(identity, ticket.customer_id, person, now)
    record(
        actor=actor,
        action="identity.separated",
        object_type="identity",
        object_id=identity.pk,
        now=now,
        person_id=person.pk,
        ticket_id=ticket.pk,
    )
    refresh_lines(touched)
    turn_over(touched)
    rows = Ticket.objects.filter(pk__in=touched).order_by("pk").values_list("pk", "team_id", "assignee_id")
    emit(TicketsChanged([TicketChange(pk, "message", TicketPlace(team, person)) for pk, team, person in rows]))
    return person


def _move_talks(identity: Identity, before_id: int, person: Customer, now: datetime) -> set[int]:
    """The private conversations with this handle, each into a case of its own. Gives: the tickets that changed."""
    talks = Thread.objects.filter(
        channel__platform=identity.platform,
        channel__external_id=identity.scope,
        external_root=identity.external_key,
        visibility=Visibility.PRIVATE,
    )
    touched: set[int] = set()
    for thread in talks.select_for_update().select_related("channel").order_by("pk"):
        said = Message.objects.filter(thread=thread)
        touched |= set(said.exclude(ticket=None).values_list("ticket_id", flat=True))
        first = said.filter(direction="in", customer_id=before_id).order_by("at", "pk").first()
        TicketThread.objects.filter(thread=thread, customer_id=before_id).delete()
        if first is not None:
            touched.add(_own_ticket(thread, first, person, now).pk)
        said.filter(customer_id=before_id).update(customer=person)
    return touched


def _own_ticket(thread: Thread, first: Message, person: Customer, now: datetime) -> Ticket:
    ticket = Ticket.objects.create(
        customer=person,
        channel=thread.channel,
        team_id=thread.channel.team_id,
        language=first.language,
        opened_at=first.at,
        platform=thread.channel.platform,
        visibility=Visibility.PRIVATE,
        customer_name=person.name,
        last_message_at=first.at,
    )
    TicketThread.objects.create(ticket=ticket, thread=thread, customer=person)
    TicketEvent.objects.create(ticket=ticket, kind="opened", at=now, data={"platform": ticket.platform})
    Message.objects.filter(thread=thread).update(ticket=ticket)
    return ticket
