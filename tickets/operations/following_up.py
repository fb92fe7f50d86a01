"""What follows a reply: held until the network has taken it, then done in the name of whoever wrote it.

    held → done      every part is sent, and nobody waits for an answer
    held → dropped   the customer wrote meanwhile, another reply failed, or the writer may no longer do it
    (taken back)     the row goes with its message

Nothing is done before the reply has arrived, so that a reply which fails, or a worker that dies, never leaves an
unanswered customer in a closed case. See docs/decisions/0013-after-the-send.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from core.actors import SYSTEM
from core.errors import Conflict, Invalid, SamsvarError
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import FollowUp, FollowUpState, Message, Part, PartState, Status, Ticket, TicketEvent
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.snoozing import LONGEST, snooze_ticket
from tickets.waking import wake_tickets

Step = Callable[[User, int, datetime | None, datetime], object]  # who wrote, case, until, now


def _resolve(actor: User, ticket_id: int, _until: datetime | None, now: datetime) -> object:
    return resolve_ticket(actor=actor, ticket_id=ticket_id, now=now)


def _snooze(actor: User, ticket_id: int, until: datetime | None, now: datetime) -> object:
    assert until is not None  # noqa: S101  it stands in LASTING
    return snooze_ticket(actor=actor, ticket_id=ticket_id, until=until, now=now)


# What may follow a send, by its word in forms and rows. A step that lasts stands in LASTING too and needs `until`.
STEPS: Mapping[str, Step] = {"resolve": _resolve, "snooze": _snooze}
LASTING = frozenset({"snooze"})
SLICE = 100  # follow-ups looked at in one round


@in_transaction
def hold_follow_up(
    *, actor: User, message: Message, kind: str, now: datetime, until: datetime | None = None
) -> FollowUp:
    """Hold what is to follow a reply that is being sent. Asking again for the same message changes nothing.

    Takes: message, one of the actor's own in this transaction; kind, a key of STEPS; until, for a step that lasts.
    Raises: NotFound, Forbidden, Invalid (no such step, or a time is missing or over).
    """
    lasts = until is not None and now < until <= now + LONGEST
    if kind not in STEPS or (kind in LASTING) != lasts:
        raise Invalid(_("Choose what should follow."), field="then")
    demand(actor, Action.RESOLVE, message.ticket_id or 0)
    follow_up, _made = FollowUp.objects.get_or_create(message=message, defaults={"kind": kind, "until": until})
    if actor.after_send != kind:
        User.objects.filter(pk=actor.pk).update(after_send=kind)
    return follow_up


def has_follow_ups() -> bool:
    """Whether anything held can be settled; what the sweeper asks each second."""
    return _arrived().exists()


def do_follow_ups(*, now: datetime) -> int:
    """Do what follows the replies that have been sent. Safe to repeat and to run twice at once. Gives: how many."""
    pks = list(_arrived().order_by("pk").values_list("pk", flat=True)[:SLICE])
    return sum(_settle(pk, now) for pk in pks)


def _arrived() -> QuerySet[FollowUp]:
    unsent = Part.objects.filter(message=OuterRef("message_id")).exclude(state=PartState.SENT)
    return FollowUp.objects.filter(~Exists(unsent), state=FollowUpState.HELD)


@in_transaction
def _settle(pk: int, now: datetime) -> bool:
    """The case is locked before the follow-up, as whoever takes the reply back locks it."""
    ticket_id = FollowUp.objects.filter(pk=pk).values_list("message__ticket_id", flat=True).first()
    ticket = Ticket.objects.select_for_update().filter(pk=ticket_id or 0).first()
    follow_up = _arrived().select_related("message__author").select_for_update(of=("self",)).filter(pk=pk).first()
    if follow_up is None or ticket is None:
        return False
    follow_up.state, follow_up.settled_at = _carry_out(follow_up, ticket, now), now
    follow_up.save(update_fields=["state", "settled_at"])
    return True


def _carry_out(follow_up: FollowUp, ticket: Ticket, now: datetime) -> FollowUpState:
    author = follow_up.message.author
    if author is None or (follow_up.until is not None and follow_up.until <= now):
        return FollowUpState.DROPPED
    if ticket.waiting_since is not None or ticket.trouble:
        _say_left(ticket, "left_open" if ticket.waiting_since else "left_unsent", now)
        return FollowUpState.DROPPED
    try:
        STEPS[follow_up.kind](author, ticket.pk, follow_up.until, now)
    except (SamsvarError, KeyError):  # moved out of the writer's sight, or a step that this version does not know
        return FollowUpState.DROPPED
    return FollowUpState.DONE


def _say_left(ticket: Ticket, kind: str, now: datetime) -> None:
    TicketEvent.objects.create(ticket=ticket, kind=kind, at=now)
    Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
    emit(TicketsChanged([TicketChange(ticket.pk, "status", TicketPlace(ticket.team_id, ticket.assignee_id))]))


@in_transaction
def reopen_unsent(*, ticket_ids: Iterable[int], now: datetime) -> int:
    """A reply in these cases has just failed: those that are closed or asleep open again, whoever put them there.

    Nothing may hide a customer who was not answered. A customer with a newer open case is seen there. The lines must be
    up to date. Gives: how many were opened. Leaves: TicketsChanged.
    """
    asleep = Ticket.objects.filter(pk__in=set(ticket_ids), status=Status.SNOOZED, trouble="failed")
    count = len(wake_tickets(asleep.values_list("pk", flat=True), because="reply_failed", now=now))
    closed = Ticket.objects.filter(pk__in=set(ticket_ids), status=Status.DONE, trouble="failed").order_by("pk")
    for ticket_id in list(closed.values_list("pk", flat=True)):
        try:
            reopen_ticket(actor=SYSTEM, ticket_id=ticket_id, now=now, kind="reopened_unsent")
            count += 1
        except Conflict:
            continue
    return count
