"""Saved replies as whoever writes in a case is offered them: filled from the case, the customer's language first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Lower

from core.users.models import User
from tickets.access import Action, demand
from tickets.intake.items import clean_line
from tickets.models import (
    Mode,
    SavedReply,
    SavedReplyUse,
    SavedReplyVariant,
    Thread,
    Ticket,
    Visibility,
)
from tickets.placeholders import Run, fill, find_unfilled, runs
from tickets.queries.saved_reply_values import get_values, written_language
from tickets.saved_reply_access import usable_by

MOST_REPLIES, MOST_OFFERS = 60, 40
LONGEST_QUERY = 80


@dataclass(frozen=True, slots=True)
class Offer:
    """One text that can be put into the box. `ours`: in the customer's language; `unfilled`: what is left to write."""

    variant_id: int
    saved_reply_id: int
    title: str
    shortcut: str
    language: str
    ours: bool
    text: str
    runs: tuple[Run, ...]
    unfilled: tuple[str, ...]


def offer_saved_replies(*, actor: User, ticket_id: int, mode: str, text: str = "") -> tuple[Offer, ...]:
    """What the actor can answer with in this case: one for each reply in the customer's language, then the others.

    Takes: mode, for whom they write; text, words that stand in title, shortcut or any language's text.
    At most six queries. Raises: NotFound, Forbidden.
    """
    ticket = _ticket(actor, ticket_id, mode)
    visibility = Visibility.PUBLIC if mode == Visibility.PUBLIC else Visibility.PRIVATE
    replies = list(_found(actor, ticket, clean_line(text, LONGEST_QUERY)))
    if not replies:
        return ()
    values = get_values(actor=actor, ticket=ticket, visibility=visibility)
    fitting = list(_fitting(replies, _platform(ticket, visibility), visibility))
    language = written_language(ticket.language)
    offers = [_offer(reply, variant, values, language) for reply, variant in fitting]
    return tuple(sorted(offers, key=lambda offer: not offer.ours)[:MOST_OFFERS])


def get_offer(*, actor: User, ticket_id: int, mode: str, variant_id: int) -> Offer | None:
    """One of them, filled; None when it is not there for the actor in this case. At most five queries."""
    ticket = _ticket(actor, ticket_id, mode)
    replies = SavedReply.objects.filter(usable_by(actor, ticket))
    variant = (
        SavedReplyVariant.objects.select_related("saved_reply").filter(pk=variant_id, saved_reply__in=replies).first()
    )
    if variant is None:
        return None
    visibility = Visibility.PUBLIC if mode == Visibility.PUBLIC else Visibility.PRIVATE
    values = get_values(actor=actor, ticket=ticket, visibility=visibility)
    return _offer(variant.saved_reply, variant, values, written_language(ticket.language))


def _ticket(actor: User, ticket_id: int, mode: str) -> Ticket:
    demand(actor, Action.NOTE if mode == Mode.NOTE else Action.REPLY, ticket_id, lock=False)
    return Ticket.objects.select_related("channel", "team").get(pk=ticket_id)


def _found(actor: User, ticket: Ticket, text: str) -> QuerySet[SavedReply]:
    """Those that hold every word; what begins with the text first, then what this person used last."""
    replies = SavedReply.objects.filter(usable_by(actor, ticket))
    for word in text.removeprefix("/").split():
        said = SavedReplyVariant.objects.filter(saved_reply=OuterRef("pk"), text__icontains=word)
        replies = replies.filter(Q(title__icontains=word) | Q(shortcut__icontains=word) | Exists(said))
    last = SavedReplyUse.objects.filter(author=actor, saved_reply=OuterRef("pk")).order_by("-at").values("at")[:1]
    variants = Prefetch("variants", queryset=SavedReplyVariant.objects.order_by("pk"), to_attr="texts")
    replies = replies.annotate(rank=_rank(text.removeprefix("/")), used=Subquery(last)).prefetch_related(variants)
    return replies.order_by("rank", F("used").desc(nulls_last=True), Lower("title"), "pk")[:MOST_REPLIES]


def _rank(text: str) -> Case:
    if not text:
        return Case(default=Value(0), output_field=IntegerField())
    steps = (Q(shortcut__istartswith=text), Q(title__istartswith=text), Q(title__icontains=text))
    whens = [When(step, then=Value(at)) for at, step in enumerate(steps)]
    return Case(*whens, default=Value(len(steps)), output_field=IntegerField())


def _platform(ticket: Ticket, visibility: str) -> str:
    """Where an answer to these readers goes: a private talk may have moved to a sister channel."""
    if visibility == Visibility.PUBLIC:
        return ticket.platform
    talks = Thread.objects.filter(ticket_threads__ticket=ticket, visibility=Visibility.PRIVATE).order_by("-pk")
    return talks.values_list("channel__platform", flat=True).first() or ticket.platform


def _fitting(
    replies: Iterable[SavedReply], platform: str, visibility: str
) -> Iterator[tuple[SavedReply, SavedReplyVariant]]:
    """Of each reply and language the text written most closely for this channel and reader."""
    order = {code: at for at, (code, _name) in enumerate(settings.LANGUAGES)}
    for reply in replies:
        best: dict[str, SavedReplyVariant] = {}
        texts: Sequence[SavedReplyVariant] = reply.texts  # type: ignore[attr-defined]  # prefetched above
        for variant in texts:
            if variant.platform in ("", platform) and variant.visibility in ("", visibility):
                known = best.get(variant.language)
                if known is None or _closeness(variant) > _closeness(known):
                    best[variant.language] = variant
        for code in sorted(best, key=lambda code: order.get(code, len(order))):
            yield reply, best[code]


def _closeness(variant: SavedReplyVariant) -> tuple[bool, bool]:
    return bool(variant.platform), bool(variant.visibility)


def _offer(reply: SavedReply, variant: SavedReplyVariant, values: dict[str, str], language: str) -> Offer:
    text = fill(variant.text, values)
    return Offer(
        variant_id=variant.pk,
        saved_reply_id=reply.pk,
        title=reply.title,
        shortcut=reply.shortcut,
        language=variant.language,
        ours=variant.language == language,
        text=text,
        runs=runs(text),
        unfilled=find_unfilled(text),
    )
