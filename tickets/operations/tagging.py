"""Putting words on a case."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from analysis.read import read
from core.audit.record import record
from core.errors import Invalid
from core.events import emit
from core.transactions import in_transaction
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.items import clean_line
from tickets.models import Tag, Ticket, TicketEvent, TicketTag
from tickets.models.tag import TAG_LENGTH

MOST_TAGS = 20  # on one case


@in_transaction
def set_tags(*, actor: Actor, ticket_id: int, names: Collection[str], now: datetime) -> tuple[str, ...]:
    """Make these the tags of a case; what is not named comes off. The same names again change nothing.

    Takes: names, at most 20 of 1 to 40 code points; letters' case does not tell two apart.
    Gives: the tags as they are written, by name; one that exists already keeps its first spelling.
    Raises: NotFound, Forbidden, Invalid (empty, too long, too many, or holding personal data).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.TAG, ticket_id)
    wanted = _tags(cleaned_names(names))
    before = set(ticket.ticket_tags.values_list("tag_id", flat=True))
    added, removed = wanted.keys() - before, before - wanted.keys()
    if added or removed:
        ticket.ticket_tags.filter(tag_id__in=removed).delete()
        TicketTag.objects.bulk_create(TicketTag(ticket=ticket, tag_id=pk) for pk in sorted(added))
        _tell(ticket, actor, now, added=len(added), removed=len(removed))
    return tuple(sorted(wanted.values(), key=str.lower))


def cleaned_names(names: Iterable[str]) -> list[str]:
    """Tags as they will be written, each once. Raises: Invalid, as `set_tags`.

    In order of letters, so that two who make the same new tags do not wait for each other.
    """
    cleaned = {line.lower(): line for line in (clean_line(name, TAG_LENGTH + 1) for name in names)}
    if len(cleaned) > MOST_TAGS:
        raise Invalid(_("A case has at most %(most)d tags.") % {"most": MOST_TAGS}, field="tags")
    if any(not 1 <= len(name) <= TAG_LENGTH for name in cleaned.values()):
        raise Invalid(_("A tag has 1 to %(most)d characters.") % {"most": TAG_LENGTH}, field="tags")
    if any(read(name).masked.originals for name in cleaned.values()):
        raise Invalid(_("A tag is about the matter. It cannot hold personal data."), field="tags", code="personal_data")
    return [cleaned[key] for key in sorted(cleaned)]


def _tags(names: list[str]) -> dict[int, str]:
    """The tags of these names by id, made where new."""
    Tag.objects.bulk_create((Tag(name=name) for name in names), ignore_conflicts=True)
    same = [Lower(Value(name)) for name in names]  # the database says what is the same, as its unique index does
    found = Tag.objects.alias(key=Lower("name")).filter(key__in=same)
    return dict(found.values_list("pk", "name"))


def _tell(ticket: Ticket, actor: Actor, now: datetime, *, added: int, removed: int) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
    TicketEvent.objects.create(ticket=ticket, kind="tagged", actor_id=actor.pk, at=now)
    record(
        actor=actor,
        action="ticket.tagged",
        object_type="ticket",
        object_id=ticket.pk,
        now=now,
        added=added,
        removed=removed,
    )
    emit(TicketsChanged([TicketChange(ticket.pk, "tags", TicketPlace(ticket.team_id, ticket.assignee_id))]))
