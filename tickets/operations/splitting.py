"""One case about two matters becomes two (decision 0011)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.transactions import in_transaction
from core.users.models import User
from tickets.absorbing import settle_cases
from tickets.case_locks import demand_cases
from tickets.models import Message, Ticket, TicketLink, TicketThread, Undoable, UndoRecord, Visit
from tickets.operations.merging import UNDO_FOR


@in_transaction
def split_ticket(
    *, actor: User, ticket_id: int, now: datetime, message_ids: Collection[int] = (), onward_from: int | None = None
) -> UndoRecord:
    """Take words out of a case into a new one of the same customer.

    What the customer says next in a thread belongs to the case that has their last word there.
    Takes: message_ids, chosen ones of the case; or onward_from, a message with which all later ones go.
    Gives: what takes it back, for thirty days; its `other` is the new case.
    Raises: NotFound, Forbidden, Conflict ("merged"), Invalid (nothing of the customer's chosen, or nothing left).
    Leaves: TicketsChanged.
    """
    case = demand_cases(actor, [ticket_id])[ticket_id]
    chosen = _chosen(case, message_ids, onward_from)
    new = _new_case(case, chosen, now)
    Message.objects.filter(pk__in=[message.pk for message in chosen]).update(ticket=new)
    left = _share_threads(case, new, chosen)
    _copy_visits(case, new)
    link = TicketLink.objects.create(low=case, high=new, actor=actor, at=now)
    data = {"messages": [message.pk for message in chosen], "link": link.pk, "left": left}
    undo = UndoRecord.objects.create(
        act=Undoable.SPLIT, actor=actor, ticket=case, other=new, at=now, until=now + UNDO_FOR, data=data
    )
    record(
        actor=actor,
        action="ticket.split",
        object_type="ticket",
        object_id=case.pk,
        now=now,
        new=new.pk,
        messages=len(chosen),
    )
    told = {case.pk: ("split", {"number": new.number}), new.pk: ("split_from", {"number": case.number})}
    settle_cases([case, new], now=now, actor_id=actor.pk, told=told)
    return undo


def _chosen(case: Ticket, message_ids: Collection[int], onward_from: int | None) -> list[Message]:
    said = Message.objects.filter(ticket=case)
    if onward_from is not None:
        first = said.filter(pk=onward_from).first()
        if first is None:
            raise _refused()
        wanted = said.filter(Q(at__gt=first.at) | Q(at=first.at, pk__gte=first.pk))
    else:
        wanted = said.filter(pk__in=message_ids)
    chosen = list(wanted.select_for_update(of=("self",)).select_related("channel").order_by("at", "pk"))
    if len(chosen) < len(set(message_ids)) or not _heard(chosen):
        raise _refused()
    if not said.filter(direction="in").exclude(pk__in=[message.pk for message in chosen]).exists():
        raise Invalid(
            _("Leave at least one message of the customer in this case."), field="message", code="nothing_left"
        )
    return chosen


def _heard(messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message.direction == "in"]


def _refused() -> Invalid:
    return Invalid(_("Choose at least one message that the customer wrote in this case."), field="message")


def _new_case(case: Ticket, chosen: Sequence[Message], now: datetime) -> Ticket:
    """Where the old one is, with whom the chosen words are."""
    first = _heard(chosen)[0]
    speakers = {message.customer_id for message in _heard(chosen) if message.customer_id}
    theirs = case.ticket_threads.filter(customer_id__in=speakers).exclude(customer_id=case.customer_id)
    other = theirs.select_related("customer").first() if len(speakers) == 1 else None
    customer = other.customer if other else case.customer
    return Ticket.objects.create(
        customer=customer,
        channel=first.channel,
        team_id=case.team_id,
        assignee_id=case.assignee_id,
        priority=case.priority,
        language=first.language,
        opened_at=min(first.at, now),
        platform=first.channel.platform,
        visibility=first.visibility,
        customer_name=customer.name,
        last_message_at=chosen[-1].at,
    )


def _share_threads(case: Ticket, new: Ticket, chosen: Sequence[Message]) -> list[int]:
    """Join the new case to the threads of its words. Gives: the threads in which nothing is left of the old case.

    The open end of a thread goes with the customer's last word in it; a thread without a word left leaves the old case.
    """
    left = []
    for thread_id in sorted({message.thread_id for message in chosen}):
        links = list(case.ticket_threads.filter(thread_id=thread_id).order_by("pk"))
        if not links:
            continue
        link = next((one for one in links if one.customer_id == new.customer_id), links[0])
        rest = Message.objects.filter(ticket=case, thread_id=thread_id).exists()
        heard = Message.objects.filter(ticket__in=[case, new], thread_id=thread_id, direction="in")
        last = heard.order_by("-at", "-pk").values_list("ticket_id", flat=True).first()
        hears = link.is_open and (last == new.pk or not rest)
        if not rest:
            link.delete()
            left.append(thread_id)
        elif hears:
            TicketThread.objects.filter(pk=link.pk).update(is_open=False)
        TicketThread.objects.create(ticket=new, thread_id=thread_id, customer_id=link.customer_id, is_open=hears)
    return left


def _copy_visits(case: Ticket, new: Ticket) -> None:
    """Who had read the words has read them here too."""
    Visit.objects.bulk_create(
        Visit(ticket=new, user_id=user, message_id=seen, before_id=before)
        for user, seen, before in case.visits.order_by("pk").values_list("user_id", "message_id", "before_id")
    )
