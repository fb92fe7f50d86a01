"""Colleagues and teams that a note calls by name: kept with the note, and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid
from core.users.models import User
from tickets.calling import Nameable, find_called
from tickets.models import Note, NoteMention, NoticeKind, Ticket
from tickets.notices import notify
from tickets.queries.nameable import list_nameable, members_of, people_seeing


def resolve_mentions(*, ticket: Ticket, text: str, insist: bool) -> list[tuple[Nameable, frozenset[int]]]:
    """Whom a text calls, each once, with those of them who see the case. No query for a text without an @.

    Takes: insist, leave out who would not see the case instead of refusing.
    Raises: Invalid (a first name that several have), Conflict with code "unseeing" (they would not see this case).
    """
    called = find_called(text, list_nameable()) if "@" in text else []
    for one in called:
        if len(one.meant) > 1:
            names = ", ".join(f"@{meant.name}" for meant in one.meant)
            sentence = _("@%(name)s could be several people. Write the whole name: %(names)s.")
            raise Invalid(sentence % {"name": one.written, "names": names}, field="text", code="ambiguous")
    meant = list(dict.fromkeys(one.meant[0] for one in called))
    reach = _reach(ticket, meant)
    blind = [one.name for one in meant if not reach[one]]
    if blind and not insist:
        sentence = _("%(names)s would not see this case, so nobody there would be told.")
        raise Conflict(sentence % {"names": ", ".join(blind)}, code="unseeing")
    return [(one, reach[one]) for one in meant if reach[one]]


def _reach(ticket: Ticket, meant: Sequence[Nameable]) -> dict[Nameable, frozenset[int]]:
    if not meant:
        return {}
    seeing = set(people_seeing(ticket).values_list("pk", flat=True))
    teams = [one.id for one in meant if one.kind == "team"]
    members = members_of(teams) if teams else {}
    return {one: frozenset(seeing & ({one.id} if one.kind == "user" else members[one.id])) for one in meant}


def store_mentions(
    *, actor: User, note: Note, mentions: Sequence[tuple[Nameable, frozenset[int]]], now: datetime
) -> None:
    """Keep whom a new note calls, and tell them. Nothing where it calls nobody.

    Leaves: NoticesChanged.
    """
    if not mentions:
        return
    NoteMention.objects.bulk_create(NoteMention(note=note, **{f"{one.kind}_id": one.id}) for one, _people in mentions)
    people = {pk for _one, reached in mentions for pk in reached}
    notify(people, ticket_id=note.ticket_id, kind=NoticeKind.MENTIONED, actor=actor, now=now)
