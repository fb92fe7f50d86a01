"""Saved replies as those who keep them see them: in which languages, how often used, how far rewritten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from core.users.models import User
from tickets.access import teams_of, visible_to
from tickets.models import Message, SavedReply, SavedReplyUse, SavedReplyVariant, Team
from tickets.placeholders import generalise
from tickets.queries.saved_reply_values import get_values, written_language
from tickets.saved_reply_access import demand_writer, keeps_all, may_keep_reply, seen_by

COUNTED = timedelta(days=90)  # use and edit rate speak of these last days
FEW = 5  # uses below which an edit rate says nothing
HIGH = 40  # of each hundred characters: a text that is rewritten this far helps nobody


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One saved reply in the list. `changed` is the mean edit rate, None where it was used too seldom to say."""

    id: int
    title: str
    shortcut: str
    scope: str
    place: str
    languages: tuple[str, ...]
    uses: int
    changed: int | None
    review_due: bool
    archived_at: datetime | None
    changed_at: datetime
    may_change: bool

    @property
    def often_rewritten(self) -> bool:
        """Whether people seldom send it as it stands."""
        return self.changed is not None and self.changed >= HIGH


@dataclass(frozen=True, slots=True)
class VariantView:
    """One text of a saved reply."""

    language: str
    platform: str
    visibility: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplyView:
    """One saved reply as the editor shows it; `id` 0 for a new one."""

    id: int
    title: str
    shortcut: str
    scope: str
    team_id: int | None
    review_on: date | None
    variants: tuple[VariantView, ...]
    archived_at: datetime | None = None
    may_change: bool = True
    changed_at: datetime | None = None


def list_saved_replies(
    *, actor: User, text: str, deleted: bool, cursor: str, now: datetime, size: int = PAGE_SIZE
) -> Page[ReplyRow]:
    """Those the actor sees, the last changed first; `deleted` for what can still be brought back. Three queries.

    Raises: Forbidden, Invalid (cursor).
    """
    demand_writer(actor)
    replies = SavedReply.objects.filter(seen_by(actor), archived_at__isnull=not deleted)
    for word in text.replace("\0", "").split():
        said = SavedReplyVariant.objects.filter(saved_reply=OuterRef("pk"), text__icontains=word)
        replies = replies.filter(Q(title__icontains=word) | Q(shortcut__icontains=word) | Exists(said))
    if cursor:
        at, pk = decode_cursor(cursor, [datetime, int])
        replies = replies.filter(Q(changed_at__lt=at) | Q(changed_at=at, pk__lt=pk))
    found = list(_with_languages(replies).order_by("-changed_at", "-pk")[: size + 1])
    used = _used([reply.pk for reply in found], now)
    rows = [_row(actor, reply, used.get(reply.pk), now) for reply in found]
    return cut_page(rows, size, lambda row: [row.changed_at, row.id])


def _with_languages(replies: QuerySet[SavedReply]) -> QuerySet[SavedReply]:
    return replies.select_related("team", "owner").annotate(spoken=ArrayAgg("variants__language", distinct=True))


def _used(ids: Collection[int], now: datetime) -> dict[int, tuple[int, int]]:
    """How often each was used, and its mean edit rate. One query over the index alone."""
    uses = SavedReplyUse.objects.filter(saved_reply__in=ids, at__gt=now - COUNTED)
    counted = uses.values_list("saved_reply").annotate(n=Count("pk"), mean=Avg("changed"))
    return {pk: (n, round(mean)) for pk, n, mean in counted}


def _row(actor: User, reply: SavedReply, used: tuple[int, int] | None, now: datetime) -> ReplyRow:
    uses, mean = used or (0, 0)
    spoken: list[str] = reply.spoken  # type: ignore[attr-defined]  # annotated above
    return ReplyRow(
        id=reply.pk,
        title=reply.title,
        shortcut=reply.shortcut,
        scope=reply.scope,
        place=_place(actor, reply),
        languages=tuple(code for code, _name in settings.LANGUAGES if code in spoken),
        uses=uses,
        changed=mean if uses >= FEW else None,
        review_due=reply.review_on is not None and reply.review_on <= now.date(),
        archived_at=reply.archived_at,
        changed_at=reply.changed_at,
        may_change=may_keep_reply(actor, reply),
    )


def _place(actor: User, reply: SavedReply) -> str:
    if reply.team is not None:
        return reply.team.name
    if reply.owner is None:
        return _("Everyone")
    return _("Only me") if reply.owner_id == actor.pk else reply.owner.name


def get_saved_reply(*, actor: User, saved_reply_id: int) -> ReplyView:
    """One that the actor sees, with every text. At most three queries. Raises: Forbidden, NotFound."""
    demand_writer(actor)
    reply = SavedReply.objects.filter(seen_by(actor), pk=saved_reply_id).first()
    if reply is None:
        raise NotFound(_("There is no such saved reply."))
    texts = reply.variants.order_by("language", "platform", "visibility")
    return ReplyView(
        id=reply.pk,
        title=reply.title,
        shortcut=reply.shortcut,
        scope=reply.scope,
        team_id=reply.team_id,
        review_on=reply.review_on,
        variants=tuple(VariantView(v.language, v.platform, v.visibility, v.text) for v in texts),
        archived_at=reply.archived_at,
        may_change=may_keep_reply(actor, reply),
        changed_at=reply.changed_at,
    )


def get_reply_to_make(*, actor: User, message_id: int) -> VariantView:
    """What one of our own messages would be as a saved reply: masked as it is stored, its names made variables.

    Takes: a message of ours in a case that the actor sees. Two queries. Raises: Forbidden, NotFound.
    """
    demand_writer(actor)
    ours = Message.objects.filter(pk=message_id, direction="out", ticket__in=visible_to(actor)).exclude(state="deleted")
    message = ours.select_related("ticket__channel", "ticket__team", "author").first()
    if message is None or message.ticket is None:
        raise NotFound(_("There is no such reply."))
    values = get_values(actor=message.author or actor, ticket=message.ticket, visibility="private")
    names = {name: value for name, value in values.items() if name.endswith("name") and name[:5] in ("custo", "agent")}
    language = written_language(message.language)
    known = language in dict(settings.LANGUAGES)
    text = message.text[: message.fold_at] if message.fold_at else message.text
    return VariantView(language if known else "", "", "", generalise(text, names))


def list_places(*, actor: User) -> tuple[tuple[int, str], ...]:
    """The teams whose saved replies the actor may keep, by name. At most one query."""
    teams = list(Team.objects.order_by("name", "pk")) if keeps_all(actor) else teams_of(actor)
    return tuple((team.pk, team.name) for team in teams)
