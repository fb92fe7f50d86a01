"""Parts of a case on their own: its line, its threads, one message or note, and all its messages page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.fields.tuple_lookups import TupleGreaterThan
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from tickets.access import Action, Actor, may, visible_to
from tickets.models import Message, Note, Ticket, TicketThread
from tickets.queries.case import message_view, note_view, post_view, posts_over, reaction_counts, said_in
from tickets.queries.case_views import MessageView, NoteView, PostView
from tickets.queries.queue import QueueRow, queue_rows


@dataclass(frozen=True, slots=True)
class ThreadDetail:
    """One of a case's threads, with the post it hangs under. `answerable`: the case is open in it."""

    id: int
    visibility: str
    answerable: bool
    created_at: datetime
    post: PostView | None


def get_ticket_row(*, actor: Actor, ticket_id: int) -> QueueRow | None:
    """The line of one case, None when `actor` does not see it. One query."""
    rows = queue_rows(visible_to(actor).filter(pk=ticket_id))
    return rows[0] if rows and may(actor, Action.READ) else None


def get_tags(*, actor: Actor, ticket_id: int) -> tuple[str, ...]:
    """The tags of one case, by name. One query. Raises: NotFound."""
    row = get_ticket_row(actor=actor, ticket_id=ticket_id)
    if row is None:
        raise _none()
    return row.tags


def get_number(*, actor: Actor, ticket_id: int) -> int:
    """The number of a case by its id. One query. Raises: NotFound."""
    return _seen(actor, ticket_id).number


def _seen(actor: Actor, ticket_id: int) -> Ticket:
    ticket = visible_to(actor).filter(pk=ticket_id).select_related("channel").first()
    if ticket is None or not may(actor, Action.READ):
        raise _none()
    return ticket


def _none() -> NotFound:
    return NotFound(_("There is no such case, or you do not have access to it."))


def get_threads(*, actor: Actor, ticket_id: int) -> tuple[ThreadDetail, ...]:
    """The case's threads, oldest first. At most four queries. Raises: NotFound."""
    ticket = _seen(actor, ticket_id)
    joined = TicketThread.objects.filter(ticket=ticket).select_related("thread").order_by("id")
    links = list({link.thread_id: link for link in joined}.values())  # two people may speak in one thread
    found = posts_over(ticket, [link.thread.post_external_id for link in links])
    reactions = reaction_counts(ticket, [post.external_id for post in found])
    posts = {post.external_id: post_view(post, reactions) for post in found}
    return tuple(
        ThreadDetail(
            id=link.thread_id,
            visibility=link.thread.visibility,
            answerable=link.is_open,
            created_at=link.thread.created_at,
            post=posts.get(link.thread.post_external_id),
        )
        for link in links
    )


def get_message_page(*, actor: Actor, ticket_id: int, cursor: str = "", size: int = PAGE_SIZE) -> Page[MessageView]:
    """Everything said in the case's threads, oldest first. At most five queries.

    Raises: NotFound, Invalid for a cursor that is not ours.
    """
    ticket = _seen(actor, ticket_id)
    messages = said_in(_thread_ids(ticket))
    if cursor:
        place = decode_cursor(cursor, (datetime, int))
        messages = messages.filter(TupleGreaterThan((F("at"), F("id")), place))
    rows = list(messages.order_by("at", "id")[: size + 1])
    return cut_page(_views(ticket, rows), size, lambda view: (view.at, view.id))


def _thread_ids(ticket: Ticket) -> list[int]:
    return list(ticket.ticket_threads.values_list("thread_id", flat=True))


def _views(ticket: Ticket, messages: list[Message]) -> list[MessageView]:
    reactions = reaction_counts(ticket, [message.external_id for message in messages if message.external_id])
    return [message_view(ticket, message, reactions) for message in messages]


def get_message(*, actor: Actor, ticket_id: int, message_id: int) -> MessageView:
    """One message of the case. At most five queries. Raises: NotFound."""
    ticket = _seen(actor, ticket_id)
    views = _views(ticket, list(said_in(_thread_ids(ticket)).filter(pk=message_id)))
    if not views:
        raise NotFound(_("There is no such message."))
    return views[0]


def get_note(*, actor: Actor, ticket_id: int, note_id: int) -> NoteView:
    """One note of the case. Two queries. Raises: NotFound."""
    note = Note.objects.filter(ticket=_seen(actor, ticket_id), pk=note_id).select_related("author").first()
    if note is None:
        raise NotFound(_("There is no such note."))
    return note_view(note)
