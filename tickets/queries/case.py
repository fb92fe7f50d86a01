"""One case as its page shows it: who, what was said in which thread, notes and history in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.users.models import User
from tickets.access import Action, Actor, may, visible_to
from tickets.models import (
    Follower,
    FollowUp,
    FollowUpState,
    Identity,
    Letter,
    Message,
    Note,
    Notice,
    Part,
    PartState,
    Post,
    Reaction,
    Status,
    Thread,
    Ticket,
    TicketEvent,
    TicketThread,
    Visit,
)
from tickets.models.thread import OPENING
from tickets.queries.beside import cases_beside, linked_here, undo_view, undoable_here
from tickets.queries.case_views import (
    CaseView,
    ContactView,
    Entry,
    EventView,
    LetterView,
    MessageView,
    NoteView,
    PostView,
    ThreadView,
    TurnView,
    UnreadView,
    VisitView,
)
from tickets.queries.queue import row_of, with_line
from tickets.queries.text import folded, hue, initials, pieces
from tickets.queries.window import Window, next_said, read_window


def get_case(
    *, actor: Actor, number: int, since: str = "", before: str = "", facts: Mapping[str, str] | None = None
) -> CaseView:
    """One case the actor sees, in at most twelve queries whatever its size.

    Takes: since or before, which window of what was said, see `tickets.queries.window`; facts, what else the caller
    wants to know of each thread, by name and lookup: they cost no query so.
    Raises: NotFound, Invalid for a cursor that is not ours.
    """
    ticket = (
        _with_reader(actor, with_line(visible_to(actor).filter(number=number)), facts or {})
        .select_related("team", "assignee", "customer", "channel")
        .first()
    )
    if ticket is None or not may(actor, Action.READ):
        raise NotFound(_("There is no such case, or you do not have access to it."))
    threads = _once(getattr(ticket, "threads_here", []))  # annotations, which the model does not know
    linked, related = cases_beside(actor=actor, ticket=ticket, linked=set(getattr(ticket, "links_here", ())))
    talk = said_in([t["id"] for t in threads])
    window = read_window(ticket, talk, since=since, before=before)
    messages = window.messages
    posts = posts_over(ticket, [t["post"] for t in threads])
    targets = [post.external_id for post in posts] + [said.external_id for said in messages if said.external_id]
    reactions = reaction_counts(ticket, targets)
    known = getattr(ticket, "identities", [])
    worked_in = ticket.status != Status.MERGED
    return CaseView(
        row=row_of(ticket),
        channel_name=ticket.channel.name,
        opened_at=ticket.opened_at,
        posts=tuple(post_view(post, reactions) for post in posts),
        entries=_entries(ticket, window, reactions, next_said(talk.filter(ticket=ticket), before) if before else None),
        start=window.start,
        threads=tuple(ThreadView(**{name: value for name, value in t.items() if name != "post"}) for t in threads),
        last_heard_visibility=_last_heard(ticket, messages),
        customer_since=ticket.customer.created_at,
        handles=tuple((i["platform"], i["handle"] or ticket.customer_name) for i in known if not i["sealed"]),
        related=related,
        may_reply=may(actor, Action.REPLY) and bool(threads),
        may_note=worked_in and may(actor, Action.NOTE),
        may_assign=worked_in and may(actor, Action.ASSIGN),
        may_resolve=worked_in and may(actor, Action.RESOLVE),
        may_moderate=worked_in and may(actor, Action.MODERATE),
        may_reveal=worked_in and may(actor, Action.REVEAL),
        subject=ticket.subject,
        contacts=tuple(
            ContactView(i["id"], "EMAIL" if "@" in i["handle"] else "PHONE", i["handle"]) for i in known if i["sealed"]
        ),
        separable=tuple((i["id"], i["platform"], i["handle"] or ticket.customer_name) for i in known if i["linked"]),
        visit=next((VisitView(**visit) for visit in getattr(ticket, "visits_here", ())), VisitView()),
        followers=tuple((f["id"], f["name"]) for f in getattr(ticket, "followers_here", ())),
        rings=getattr(ticket, "rings", False),
        newest_id=max((message.pk for message in messages if message.ticket_id == ticket.pk), default=0),
        linked=linked,
        undos=tuple(undo_view(undo) for undo in getattr(ticket, "undos_here", ())),
    )


def _with_reader(actor: Actor, tickets: QuerySet[Ticket], facts: Mapping[str, str]) -> QuerySet[Ticket]:
    """Have the threads, the customer's handles and the reader's last visit come with a ticket in the same query."""
    handles = Identity.objects.filter(customer=OuterRef("customer")).order_by("pk")
    reader = actor.pk if isinstance(actor, User) else None
    visits = Visit.objects.filter(ticket=OuterRef("pk"), user=reader)
    sealed = ExpressionWrapper(Q(sealed__isnull=False), output_field=BooleanField())
    linked = ExpressionWrapper(~Q(evidence={}), output_field=BooleanField())
    handle = JSONObject(id="pk", platform="platform", handle="handle", sealed=sealed, linked=linked)
    links = TicketThread.objects.filter(ticket=OuterRef("pk")).order_by("pk")
    thread = JSONObject(
        id="thread_id",
        visibility="thread__visibility",
        post="thread__post_external_id",
        platform="thread__channel__platform",
        channel_id="thread__channel_id",
        standby="thread__standby",
        shared=ExpressionWrapper(Q(thread__standby_at__isnull=False), output_field=BooleanField()),
        person="customer__name",
        is_opening=ExpressionWrapper(Q(thread__external_root__startswith=OPENING), output_field=BooleanField()),
        facts=JSONObject(**facts),
    )
    followers = Follower.objects.filter(ticket=OuterRef("pk"), user__is_active=True).order_by("user__name", "pk")
    unseen = Notice.objects.filter(ticket=OuterRef("pk"), recipient=reader, seen_at__isnull=True)
    return tickets.annotate(
        rings=Exists(unseen),
        followers_here=ArraySubquery(followers.values(json=JSONObject(id="user_id", name="user__name"))),
        threads_here=ArraySubquery(links.values(json=thread)),
        identities=ArraySubquery(handles.values(json=handle)),
        visits_here=ArraySubquery(visits.values(json=JSONObject(message_id="message_id", before_id="before_id"))),
        undos_here=ArraySubquery(undoable_here(OuterRef("pk"))),
        links_here=ArraySubquery(linked_here(OuterRef("pk"))),
    )


def _once(joined: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each thread once, though two people of one case may speak in it."""
    threads: dict[int, dict[str, Any]] = {}
    for one in joined:
        threads[one["id"]] = one | {"person": ""} if one["id"] in threads else one
    return list(threads.values())


_SAID = (  # what `message_view` reads and no more: half the work of a long case is making these objects
    *("thread_id", "ticket_id", "customer_id", "author_id", "direction", "origin", "kind", "visibility", "external_id"),
    *("permalink", "subject", "text", "masks", "fold_at", "attachments", "language", "at", "version_at", "edited_at"),
    *("state", "state_at", "automatic", "outcome", "no_reply", "author__name", "customer__name"),
    *("letter__recipients", "letter__left_out", "letter__has_html", "letter__truncated"),
    *("follow_up__state", "follow_up__kind"),
)
_PART = ("message_id", "position", "state", "reason", "attempts", "not_before_at")


def said_in(thread_ids: Sequence[int]) -> QuerySet[Message]:
    """What was said in these threads, with all that `message_view` needs, in no order yet."""
    parts = Prefetch("parts", queryset=Part.objects.only(*_PART).order_by("position"))
    said = Message.objects.filter(thread_id__in=thread_ids).select_related("author", "customer", "letter", "follow_up")
    return said.only(*_SAID).prefetch_related(parts)


def posts_over(ticket: Ticket, external_ids: Iterable[str]) -> list[Post]:
    """Those of these posts that threads of the case hang under. At most one query."""
    wanted = set(external_ids) - {""}
    return list(Post.objects.filter(channel_id=ticket.channel_id, external_id__in=wanted)) if wanted else []


def post_view(post: Post, reactions: dict[str, int]) -> PostView:
    """One post as a case shows it."""
    return PostView(
        id=post.pk,
        author_name=post.author_name,
        ours=post.ours,
        text=pieces(post.text, post.masks),
        permalink=post.permalink,
        published_at=post.published_at,
        deleted=post.deleted_at is not None,
        reactions=reactions.get(post.external_id, 0),
    )


def reaction_counts(ticket: Ticket, targets: Sequence[str]) -> dict[str, int]:
    """How many reactions each of these messages or posts has, by the platform's id. At most one query."""
    if not targets:
        return {}
    channels = Thread.objects.filter(ticket_threads__ticket=ticket).values("channel_id")
    found = Reaction.objects.filter(channel_id__in=channels, target_external_id__in=targets, active=True)
    return dict(found.values_list("target_external_id").annotate(n=Count("id")))


def _entries(
    ticket: Ticket, window: Window, reactions: dict[str, int], then: Message | None = None
) -> tuple[Entry, ...]:
    """All of a window in order. Takes: then, what is said right after it, so that a turn there is not lost."""
    talk: list[Entry] = [message_view(ticket, message, reactions) for message in window.messages]
    talk += [note_view(note) for note in window.notes]
    talk += [_event_view(event) for event in window.events]
    order = {"event": 0, "message": 1, "note": 2}
    talk.sort(key=lambda entry: (entry.at, order[entry.entry], entry.id))
    return tuple(_with_turns(talk, then))


def _with_turns(talk: Sequence[Entry], then: Message | None) -> list[Entry]:
    """Put a line wherever the talk with this customer goes from public to private or back."""
    out: list[Entry] = []
    before = ""
    for entry in talk:
        if isinstance(entry, MessageView) and not entry.aside:
            if before and entry.visibility != before:
                out.append(TurnView(entry.id, entry.at, entry.visibility))
            before = entry.visibility
        out.append(entry)
    if then and before and then.visibility != before:
        out.append(TurnView(then.pk, then.at, then.visibility))
    return out


def message_view(ticket: Ticket, message: Message, reactions: dict[str, int]) -> MessageView:
    """One message as this case shows it; its author, customer and parts are loaded."""
    part = _telling_part(message)
    name = _author_name(ticket, message)
    shown, tail = folded(pieces(message.text, message.masks), message.fold_at)
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
        text=shown,
        language=message.language,
        state=message.state,
        edited=message.edited_at is not None,
        external_id=message.external_id or "",
        permalink=message.permalink,
        attachments=tuple(message.attachments),
        reactions=reactions.get(message.external_id or "", 0),
        aside=_is_aside(ticket, message),
        in_linked=_is_in_linked(ticket, message),
        delivery=part.state if part else "",
        reason=part.reason if part else "",
        undo_until=part.not_before_at if part and part.state == PartState.QUEUED and not part.attempts else None,
        version=_version(message, part, reactions),
        subject=message.subject,
        tail=tail,
        letter=_letter_view(message),
        automatic=message.automatic,
        outcome=message.outcome,
        no_reply=message.no_reply,
        state_at=message.state_at,
        then=_then(message),
    )


def _then(message: Message) -> str:
    follow_up: FollowUp | None = getattr(message, "follow_up", None)
    return follow_up.kind if follow_up and follow_up.state == FollowUpState.HELD else ""


def _letter_view(message: Message) -> LetterView | None:
    letter: Letter | None = getattr(message, "letter", None)
    if letter is None:
        return None
    recipients = tuple((role, name, address) for role, name, address in letter.recipients)
    copied = [address for role, _name, address in recipients if role in ("to", "cc")]
    return LetterView(recipients, letter.left_out, len(copied) > 1, letter.has_html, letter.truncated)


def with_unread_line(entries: Sequence[Entry], since: int) -> tuple[Entry, ...]:
    """Put a line before the first word of the customer after message `since`; none for 0, the first visit."""
    news = (at for at, entry in enumerate(entries) if isinstance(entry, MessageView) and _is_news(entry, since))
    at = next(news, None) if since else None
    if at is None:
        return tuple(entries)
    return (*entries[:at], UnreadView(entries[at].id, entries[at].at), *entries[at:])


def _is_news(message: MessageView, since: int) -> bool:
    return message.incoming and not message.aside and message.id > since


def _last_heard(ticket: Ticket, messages: Sequence[Message]) -> str:
    heard = [m.visibility for m in messages if m.direction == "in" and m.customer_id == ticket.customer_id]
    return heard[-1] if heard else ticket.visibility


def _is_aside(ticket: Ticket, message: Message) -> bool:
    """Somebody else's words in the thread, our answer to somebody else, or what is in a case of its own by now."""
    if _is_in_linked(ticket, message):
        return True
    if message.direction == "in":
        return message.customer_id != ticket.customer_id and message.ticket_id != ticket.pk
    return message.ticket_id is not None and message.ticket_id != ticket.pk


def _is_in_linked(ticket: Ticket, message: Message) -> bool:
    return message.ticket_id in getattr(ticket, "links_here", ())


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
    told = f"{message.state}-{delivery}-{message.outcome}"
    return f"{message.version_at.timestamp():.6f}-{told}-{count}-{message.ticket_id or 0}"


def note_view(note: Note) -> NoteView:
    """One note, whose author is loaded."""
    name = note.author.name if note.author else ""
    return NoteView(note.pk, note.at, name, initials(name), hue(note.author_id or 0), pieces(note.text, note.masks))


def _event_view(event: TicketEvent) -> EventView:
    return EventView(event.pk, event.at, event.kind, event.actor.name if event.actor else "", event.data)
