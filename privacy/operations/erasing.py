"""Erasing what one customer said and is known by on one platform.

What stays is a shell without content: that something was said, when, and under which id of the network, so that neither
a late webhook nor a poll nor an old backup brings it back. Counters hold no customers and stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from core.actors import SYSTEM
from core.audit.record import Actor, record
from core.events import emit
from core.keys.models import DataKey
from core.secrets import keyed_hash
from core.transactions import in_transaction
from privacy.models import ErasureRequest, RequestState
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.messages import set_state
from tickets.lines import refresh_lines, turn_over
from tickets.models import (
    Channel,
    Customer,
    Draft,
    Identity,
    Letter,
    Message,
    MessageState,
    Note,
    Reaction,
    StoredFile,
    Thread,
    Ticket,
    Visibility,
)

ERASED_ROOT = "erased:"  # and the thread's own number, in place of the person's id


@in_transaction
def erase_on_platform(*, actor: Actor, customer_id: int, platform: str, now: datetime) -> int:
    """Erase the customer's handles, words and files on `platform`, what we said to them in private, and our notes,
    drafts and unsent files in its cases. What others wrote in a private conversation is theirs and stays.

    When nothing is left of the customer elsewhere, the name goes and the data key is destroyed, so that what lies in
    backups is unreadable too; else the key stays with what it still guards. Doing it twice changes nothing.
    Gives: how many messages lost their content.
    Leaves: TicketsChanged; audit `customer.erased`.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    identities = list(Identity.objects.select_for_update().filter(customer=customer, platform=platform).order_by("pk"))
    threads = _private_threads(customer, platform)
    cases = Ticket.objects.filter(customer=customer, platform=platform)
    messages = _messages(customer, platform, threads)
    tickets = set(cases.values_list("pk", flat=True))
    tickets |= {message.ticket_id for message in messages if message.ticket_id}
    erased = _empty(messages, now)
    _forget_reactions(identities, platform)
    for thread in threads:
        thread.external_root = f"{ERASED_ROOT}{thread.pk}"
    Thread.objects.bulk_update(threads, ["external_root"])
    about = Q(pk__in=cases) | Q(ticket_threads__customer=customer, ticket_threads__thread__channel__platform=platform)
    written_in = Ticket.objects.filter(about).values("pk")  # also where the words were merged into another's case
    Note.objects.filter(ticket__in=written_in).delete()
    Draft.objects.filter(ticket__in=written_in).delete()
    StoredFile.objects.filter(ticket__in=written_in, message__isnull=True).delete()
    Identity.objects.filter(pk__in=[identity.pk for identity in identities]).delete()
    _forget_person(customer)
    Ticket.objects.filter(pk__in=written_in).update(subject="")  # others' own come back with their lines
    cases.update(customer_name=customer.name)
    record(
        actor=actor,
        action="customer.erased",
        object_type="customer",
        object_id=customer.pk,
        now=now,
        person_id=customer.pk,
        count=erased,
    )
    _settle(tickets)
    return erased


def _private_threads(customer: Customer, platform: str) -> list[Thread]:
    theirs = Thread.objects.filter(channel__platform=platform, visibility=Visibility.PRIVATE)
    found = theirs.filter(pk__in=Thread.objects.filter(ticket_threads__customer=customer).values("pk"))
    return list(found.select_for_update().order_by("pk"))


def _messages(customer: Customer, platform: str, threads: Collection[Thread]) -> list[Message]:
    """What they said, and in private what we said to them."""
    said = Message.objects.filter(channel__platform=platform, customer=customer)
    told = Message.objects.filter(thread__in=threads, direction="out")
    return list((said | told).select_for_update(of=("self",)).order_by("pk"))


def _empty(messages: Iterable[Message], now: datetime) -> int:
    """Take the content, for good: the state says that it is gone, and no later news changes that."""
    rows = list(messages)
    count = sum(message.state != MessageState.DELETED for message in rows)
    for message in rows:
        set_state(message, MessageState.DELETED, now)
        message.permalink, message.language, message.content_hash = "", "", b""
    fields = ["text", "masks", "fold_at", "sealed", "attachments", "subject", "state", "state_at"]
    Message.objects.bulk_update(rows, [*fields, "permalink", "language", "content_hash"])
    Letter.objects.filter(message__in=rows).delete()
    StoredFile.objects.filter(message__in=rows).delete()
    return count


def _forget_reactions(identities: Iterable[Identity], platform: str) -> None:
    """Reactions are kept by a keyed hash of who reacted; the counts of others stay."""
    for identity in identities:
        for channel in Channel.objects.filter(platform=platform):
            hashed = keyed_hash(identity.external_key, purpose=f"reaction:{channel.pk}")
            Reaction.objects.filter(channel=channel, actor_hash=hashed).delete()


def _forget_person(customer: Customer) -> None:
    """Without any handle left there is nobody behind the row: no name, and no key to anything."""
    if Identity.objects.filter(customer=customer).exists():
        return
    key_id, customer.name, customer.data_key = customer.data_key_id, "", None
    customer.save(update_fields=["name", "data_key"])
    if key_id is not None:
        DataKey.objects.filter(pk=key_id).delete()


def _settle(ticket_ids: Collection[int]) -> None:
    rows = Ticket.objects.select_for_update().filter(pk__in=ticket_ids).order_by("pk")
    places = list(rows.values_list("pk", "team_id", "assignee_id"))
    refresh_lines(ticket_ids)
    turn_over(ticket_ids)
    if places:
        emit(TicketsChanged([TicketChange(pk, "state", TicketPlace(team, person)) for pk, team, person in places]))


def erase_waiting(*, now: datetime) -> int:
    """Do what the networks asked for. Gives: how many requests were settled."""
    waiting = ErasureRequest.objects.filter(state=RequestState.RECEIVED).order_by("pk")
    return sum(_erase_one(pk, now) for pk in list(waiting.values_list("pk", flat=True)))


@in_transaction
def _erase_one(request_id: int, now: datetime) -> bool:
    request = ErasureRequest.objects.select_for_update(skip_locked=True).filter(pk=request_id).first()
    if request is None or request.state != RequestState.RECEIVED:
        return False
    places = set(request.identities.values_list("customer_id", "platform"))
    for customer_id, platform in sorted(places):
        request.erased_messages += erase_on_platform(actor=SYSTEM, customer_id=customer_id, platform=platform, now=now)
    request.state, request.done_at = RequestState.DONE, now
    request.save(update_fields=["state", "done_at", "erased_messages"])
    return True
