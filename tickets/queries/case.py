"""One case as its page shows it: who, what was said in which thread, notes and history in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import gettext as _

from core.errors import NotFound
from tickets.access import Action, Actor, may, visible_to
from tickets.models import Message, Note, Part, PartState, Post, Reaction, Thread, Ticket, TicketEvent, TicketThread
from tickets.queries.queue import QueueRow, row_of, with_tags
from tickets.queries.text import Piece, hue, initials, pieces

THREAD_LIMIT = 200  # the newest entries of each kind that a page shows


@dataclass(frozen=True, slots=True)
class PostView:
    """The post a public thread hangs under."""

    id: int
    author_name: str
    ours: bool
    text: tuple[Piece, ...]
    permalink: str
    published_at: datetime | None
    deleted: bool
    reactions: int
    entry: str = "post"


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `aside`: somebody else's words in the same thread, folded as context.

    `delivery` is a PartState value for ours, "" for inbound; `undo_until` while it can be taken back.
    """

    id: int
    at: datetime
    incoming: bool
    origin: str
    author_name: str
    author_initials: str
    hue: int
    visibility: str
    kind: str
    text: tuple[Piece, ...]
    language: str
    state: str
    edited: bool
    external_id: str
    permalink: str
    attachments: tuple[dict[str, Any], ...]
    reactions: int
    aside: bool
    delivery: str
    reason: str
    undo_until: datetime | None
    version: str
    entry: str = "message"


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note between colleagues."""

    id: int
    at: datetime
    author_name: str
    author_initials: str
    hue: int
    text: tuple[Piece, ...]
    entry: str = "note"


@dataclass(frozen=True, slots=True)
class EventView:
    """One grey line of history. `kind`: opened, routed, assigned, unassigned, moved, resolved, reopened."""

    id: int
    at: datetime
    kind: str
    actor_name: str
    data: dict[str, Any]
    entry: str = "event"


@dataclass(frozen=True, slots=True)
class TurnView:
    """From here on the talk is private, or public again."""

    id: int
    at: datetime
    to: str
    entry: str = "turn"


Entry = MessageView | NoteView | EventView | TurnView


@dataclass(frozen=True, slots=True)
class Related:
    """Another case of the same customer."""

    number: int
    preview: str
    status: str
    platform: str
    visibility: str
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadView:
    """One of the case's threads."""

    id: int
    visibility: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the case page shows."""

    row: QueueRow
    channel_name: str
    opened_at: datetime
    posts: tuple[PostView, ...]
    entries: tuple[Entry, ...]
    threads: tuple[ThreadView, ...]  # oldest first
    last_heard_visibility: str  # where the customer spoke last
    customer_since: datetime
    handles: tuple[tuple[str, str], ...]  # (platform, handle or name)
    related: tuple[Related, ...]
    may_reply: bool
    may_note: bool
    may_assign: bool
    may_resolve: bool
    may_moderate: bool
    may_reveal: bool = False


def get_case(*, actor: Actor, number: int) -> CaseView:
    """One case the actor sees, in at most twelve queries whatever its size. Raises: NotFound."""
    ticket = (
        with_tags(visible_to(actor).filter(number=number))
        .select_related("team", "assignee", "customer", "channel")
        .prefetch_related("customer__identities")
        .first()
    )
    if ticket is None or not may(actor, Action.READ):
        raise NotFound(_("There is no such case, or you do not have access to it."))
    threads = list(TicketThread.objects.filter(ticket=ticket).select_related("thread").order_by("id"))
    messages = list(reversed(said_in([link.thread_id for link in threads]).order_by("-at", "-id")[:THREAD_LIMIT]))
    return CaseView(
        row=row_of(ticket),
        channel_name=ticket.channel.name,
        opened_at=ticket.opened_at,
        posts=tuple(post_views(ticket, [link.thread for link in threads]).values()),
        entries=_entries(ticket, messages),
        threads=tuple(ThreadView(link.thread_id, link.thread.visibility) for link in threads),
        last_heard_visibility=_last_heard(ticket, messages),
        customer_since=ticket.customer.created_at,
        handles=tuple((i.platform, i.handle or ticket.customer_name) for i in ticket.customer.identities.all()),
        related=_related(actor, ticket),
        may_reply=may(actor, Action.REPLY) and bool(threads),
        may_note=may(actor, Action.NOTE),
        may_assign=may(actor, Action.ASSIGN),
        may_resolve=may(actor, Action.RESOLVE),
        may_moderate=may(actor, Action.MODERATE),
        may_reveal=may(actor, Action.REVEAL),
    )


def said_in(thread_ids: Sequence[int]) -> QuerySet[Message]:
    """What was said in these threads, with all that `message_view` needs, in no order yet."""
    parts = Prefetch("parts", queryset=Part.objects.order_by("position"))
    return Message.objects.filter(thread_id__in=thread_ids).select_related("author", "customer").prefetch_related(parts)


def post_views(ticket: Ticket, threads: Iterable[Thread]) -> dict[str, PostView]:
    """The posts these threads of the case hang under, by the platform's id. At most two queries."""
    wanted = {thread.post_external_id for thread in threads} - {""}
    posts = Post.objects.filter(channel_id=ticket.channel_id, external_id__in=wanted) if wanted else ()
    counts = reaction_counts(ticket, list(wanted))
    return {
        post.external_id: PostView(
            id=post.pk,
            author_name=post.author_name,
            ours=post.ours,
            text=pieces(post.text, post.masks),
            permalink=post.permalink,
            published_at=post.published_at,
            deleted=post.deleted_at is not None,
            reactions=counts.get(post.external_id, 0),
        )
        for post in posts
    }


def reaction_counts(ticket: Ticket, targets: Sequence[str]) -> dict[str, int]:
    """How many reactions each of these messages or posts has, by the platform's id. At most one query."""
    if not targets:
        return {}
    found = Reaction.objects.filter(channel_id=ticket.channel_id, target_external_id__in=targets, active=True)
    return dict(found.values_list("target_external_id").annotate(n=Count("id")))


def _entries(ticket: Ticket, messages: Sequence[Message]) -> tuple[Entry, ...]:
    reactions = reaction_counts(ticket, [message.external_id for message in messages if message.external_id])
    talk: list[Entry] = [message_view(ticket, message, reactions) for message in messages]
    notes = Note.objects.filter(ticket=ticket).select_related("author").order_by("-at", "-id")[:THREAD_LIMIT]
    events = TicketEvent.objects.filter(ticket=ticket).select_related("actor").order_by("-at", "-id")[:THREAD_LIMIT]
    talk += [note_view(note) for note in notes]
    talk += [_event_view(event) for event in events]
    order = {"event": 0, "message": 1, "note": 2, "turn": 0}
    talk.sort(key=lambda entry: (entry.at, order[entry.entry], entry.id))
    return tuple(_with_turns(talk))


def _with_turns(talk: Sequence[Entry]) -> list[Entry]:
    """Put a line wherever the talk with this customer goes from public to private or back."""
    out: list[Entry] = []
    before = ""
    for entry in talk:
        if isinstance(entry, MessageView) and not entry.aside:
            if before and entry.visibility != before:
                out.append(TurnView(entry.id, entry.at, entry.visibility))
            before = entry.visibility
        out.append(entry)
    return out


def message_view(ticket: Ticket, message: Message, reactions: dict[str, int]) -> MessageView:
    """One message as this case shows it; its author, customer and parts are loaded."""
    part = _telling_part(message)
    name = _author_name(ticket, message)
    key = message.author_id or message.customer_id or 0
    return MessageView(
        id=message.pk,
        at=message.at,
        incoming=message.direction == "in",
        origin=message.origin,
        author_name=name,
        author_initials=initials(name),
        hue=hue(key),
        visibility=message.visibility,
        kind=message.kind,
        text=pieces(message.text, message.masks),
        language=message.language,
        state=message.state,
        edited=message.edited_at is not None,
        external_id=message.external_id or "",
        permalink=message.permalink,
        attachments=tuple(message.attachments),
        reactions=reactions.get(message.external_id or "", 0),
        aside=_is_aside(ticket, message),
        delivery=part.state if part else "",
        reason=part.reason if part else "",
        undo_until=part.not_before_at if part and part.state == PartState.QUEUED and not part.attempts else None,
        version=_version(message, part, reactions),
    )


def _last_heard(ticket: Ticket, messages: Sequence[Message]) -> str:
    heard = [m.visibility for m in messages if m.direction == "in" and m.customer_id == ticket.customer_id]
    return heard[-1] if heard else ticket.visibility


def _is_aside(ticket: Ticket, message: Message) -> bool:
    """Somebody else's words in the thread, or our answer to somebody else."""
    if message.direction == "in":
        return message.customer_id != ticket.customer_id
    return message.ticket_id is not None and message.ticket_id != ticket.pk


def _telling_part(message: Message) -> Part | None:
    """The part whose state stands for the message: the first one not yet sent, else the last."""
    parts = list(message.parts.all())
    return next((part for part in parts if part.state != PartState.SENT), parts[-1] if parts else None)


def _author_name(ticket: Ticket, message: Message) -> str:
    if message.direction == "in":
        return message.customer.name if message.customer else ""
    return message.author.name if message.author else ticket.channel.name


def _version(message: Message, part: Part | None, reactions: dict[str, int]) -> str:
    count = reactions.get(message.external_id or "", 0)
    delivery = f"{part.state}.{part.attempts}.{part.reason}" if part else ""
    return f"{message.version_at.timestamp():.6f}-{message.state}-{delivery}-{count}-{message.ticket_id or 0}"


def note_view(note: Note) -> NoteView:
    """One note, whose author is loaded."""
    name = note.author.name if note.author else ""
    return NoteView(note.pk, note.at, name, initials(name), hue(note.author_id or 0), pieces(note.text, note.masks))


def _event_view(event: TicketEvent) -> EventView:
    return EventView(event.pk, event.at, event.kind, event.actor.name if event.actor else "", event.data)


RELATED_LIMIT = 5


def _related(actor: Actor, ticket: Ticket) -> tuple[Related, ...]:
    others = visible_to(actor).filter(customer_id=ticket.customer_id).exclude(pk=ticket.pk)
    return tuple(
        Related(t.number, t.preview, t.status, t.platform, t.visibility, t.last_message_at)
        for t in others.order_by("-last_message_at", "-id")[:RELATED_LIMIT]
    )
