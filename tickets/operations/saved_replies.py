"""Keeping saved replies: written, changed, deleted with thirty days to think again; and each use counted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Actor
from tickets.edit_share import changed_share
from tickets.intake.items import clean_line, clean_text
from tickets.models import (
    Message,
    SavedReply,
    SavedReplyUse,
    SavedReplyVariant,
    Scope,
    Team,
    Ticket,
    Visibility,
)
from tickets.models.saved_reply import SHORTCUT_LENGTH, TITLE_LENGTH
from tickets.placeholders import VARIABLES, fill, find_unknown, standing, tidied
from tickets.queries.saved_reply_values import get_values
from tickets.saved_reply_access import demand_writer, may_keep, may_keep_reply, seen_by, usable_by

KEPT_DELETED = timedelta(days=30)
MOST_VARIANTS = 60
LONGEST_TEXT = 10_000  # code points; the editor counts what each channel takes
MOST_IN_ONE = 5  # saved replies that one message can be made of
_SHORTCUT = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Variant:
    """A text in one language; `platform` and `visibility` empty for any channel."""

    language: str
    text: str
    platform: str = ""
    visibility: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells it from its sisters."""
        return self.language, self.platform, self.visibility


@dataclass(frozen=True, slots=True)
class Content:
    """All that a saved reply says about itself. `team_id` counts for a team's, `owner_id` for one's own."""

    title: str
    variants: Sequence[Variant]
    shortcut: str = ""
    scope: str = Scope.OWN
    team_id: int | None = None
    review_on: date | None = None


@in_transaction
def create_saved_reply(*, actor: User, content: Content, now: datetime) -> SavedReply:
    """Keep a new one.

    Takes: content; texts with variables of `tickets.placeholders.VARIABLES` only, at most one for each language and
    kind of channel, at least one of them written.
    Raises: Forbidden, Invalid naming the field, Conflict (the shortcut is taken there).
    """
    demand_writer(actor)
    reply = SavedReply(owner_id=actor.pk, created_at=now)
    return _keep(actor, reply, content, now, "saved_reply.created")


@in_transaction
def change_saved_reply(*, actor: User, saved_reply_id: int, content: Content, now: datetime) -> SavedReply:
    """Make this what a saved reply says. Takes and raises: as `create_saved_reply`; NotFound; Conflict for a deleted
    one."""
    reply = _locked(actor, saved_reply_id)
    if reply.archived_at is not None:
        raise Conflict(_("This saved reply is deleted. Bring it back to change it."), code="deleted")
    return _keep(actor, reply, content, now, "saved_reply.changed")


def _keep(actor: User, reply: SavedReply, content: Content, now: datetime, act: str) -> SavedReply:
    content = _checked(content)
    owner_id = (reply.owner_id or actor.pk) if content.scope == Scope.OWN else None
    team_id = content.team_id if content.scope == Scope.TEAM else None
    if not may_keep(actor, content.scope, owner_id=owner_id, team_id=team_id):
        raise Forbidden(_("Only a lead or an admin may keep saved replies here."))
    if content.scope == Scope.TEAM and not Team.objects.filter(pk=team_id or 0).exists():
        raise Invalid(_("Choose one of the teams."), field="team")
    reply.owner_id, reply.team_id = owner_id, team_id
    reply.title, reply.shortcut = content.title, content.shortcut
    reply.review_on, reply.changed_at = content.review_on, now
    with _one_shortcut():
        reply.save()
    _keep_variants(reply, content.variants)
    record(actor=actor, action=act, object_type="saved_reply", object_id=reply.pk, now=now, scope=reply.scope)
    return reply


@contextmanager
def _one_shortcut() -> Iterator[None]:
    """The unique index holds the rule; asking first would leave a gap between asking and writing."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(_("Another saved reply has this shortcut."), code="shortcut_taken") from None


def _keep_variants(reply: SavedReply, wanted: Iterable[Variant]) -> None:
    """Rows keep their ids where the place is the same, so that a form that is being written still finds them."""
    rows = {(row.language, row.platform, row.visibility): row for row in reply.variants.all()}
    kept = {variant.place for variant in wanted}
    SavedReplyVariant.objects.filter(pk__in=[row.pk for place, row in rows.items() if place not in kept]).delete()
    for variant in wanted:
        row = rows.get(variant.place)
        if row is None:
            names = {"language": variant.language, "platform": variant.platform, "visibility": variant.visibility}
            SavedReplyVariant.objects.create(saved_reply=reply, text=variant.text, **names)
        elif row.text != variant.text:
            row.text = variant.text
            row.save(update_fields=["text"])


def _checked(content: Content) -> Content:
    title = clean_line(content.title, TITLE_LENGTH + 1)
    if not 1 <= len(title) <= TITLE_LENGTH:
        raise Invalid(_("Write a title of 1 to %(most)d characters.") % {"most": TITLE_LENGTH}, field="title")
    shortcut = clean_line(content.shortcut, SHORTCUT_LENGTH + 2).removeprefix("/").lower()
    if shortcut and (len(shortcut) > SHORTCUT_LENGTH or not _SHORTCUT.fullmatch(shortcut)):
        sentence = _("A shortcut has letters, digits and hyphens only, at most %(most)d.")
        raise Invalid(sentence % {"most": SHORTCUT_LENGTH}, field="shortcut")
    if content.scope not in Scope.values:
        raise Invalid(_("Choose who finds it."), field="scope")
    variants = [_variant(variant) for variant in content.variants if variant.text.strip()]
    if not variants:
        raise Invalid(_("Write the text in at least one language."), field="text")
    if len(variants) > MOST_VARIANTS or len({variant.place for variant in variants}) != len(variants):
        raise Invalid(_("Write one text for each language and kind of channel."), field="text")
    return Content(title, variants, shortcut, content.scope, content.team_id, content.review_on)


def _variant(variant: Variant) -> Variant:
    if variant.language not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose one of the languages."), field="text")
    if variant.visibility not in ("", *Visibility.values) or len(variant.platform) > 40:
        raise Invalid(_("Choose one of the channels."), field="text")
    text = tidied(clean_text(variant.text, LONGEST_TEXT + 1).strip())
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("Use %(limit)d characters or fewer.") % {"limit": LONGEST_TEXT}, field="text")
    if unknown := find_unknown(text):
        sentence = _("%(word)s is no variable. There are: %(known)s.")
        known = ", ".join(standing(name) for name in VARIABLES)
        raise Invalid(sentence % {"word": unknown[0], "known": known}, field="text", code="unknown_variable")
    return Variant(variant.language, text, variant.platform, variant.visibility)


@in_transaction
def archive_saved_reply(*, actor: User, saved_reply_id: int, now: datetime) -> SavedReply:
    """Delete one: nobody is offered it, and it can be brought back for 30 days. Raises: NotFound, Forbidden."""
    reply = _locked(actor, saved_reply_id)
    if reply.archived_at is None:
        reply.archived_at = now
        reply.save(update_fields=["archived_at"])
        record(actor=actor, action="saved_reply.archived", object_type="saved_reply", object_id=reply.pk, now=now)
    return reply


@in_transaction
def restore_saved_reply(*, actor: User, saved_reply_id: int, now: datetime) -> SavedReply:
    """Bring a deleted one back. Raises: NotFound, Forbidden, Conflict (another has its shortcut by now)."""
    reply = _locked(actor, saved_reply_id)
    if reply.archived_at is None:
        return reply
    reply.archived_at = None
    with _one_shortcut():
        reply.save(update_fields=["archived_at"])
    record(actor=actor, action="saved_reply.restored", object_type="saved_reply", object_id=reply.pk, now=now)
    return reply


def drop_deleted_replies(*, now: datetime) -> int:
    """Delete for good what was deleted 30 days ago; its uses go with it. Gives: how many."""
    old = SavedReply.objects.filter(archived_at__lt=now - KEPT_DELETED)
    count = old.count()
    old.delete()
    return count


def _locked(actor: Actor, saved_reply_id: int) -> SavedReply:
    demand_writer(actor)
    reply = SavedReply.objects.select_for_update(of=("self",)).filter(seen_by(actor), pk=saved_reply_id).first()
    if reply is None:
        raise NotFound(_("There is no such saved reply."))
    if not may_keep_reply(actor, reply):
        raise Forbidden(_("Only a lead or an admin may change this saved reply."))
    return reply


@in_transaction
def count_saved_reply_uses(
    *, actor: User, message: Message, text: str, variant_ids: Collection[int], now: datetime
) -> int:
    """Note which saved replies a message was made from, and how far they were rewritten. No text is kept.

    Never a reason to refuse a send: what is gone or not theirs is left out, and counting twice changes nothing.
    Takes: text, as sent; variant_ids, as the composer's form names them. Gives: how many were noted.
    """
    wanted = list(dict.fromkeys(variant_ids))[:MOST_IN_ONE]
    ticket = Ticket.objects.select_related("channel", "team").filter(pk=message.ticket_id or 0).first()
    if not wanted or ticket is None:
        return 0
    mine = SavedReply.objects.filter(usable_by(actor, ticket))
    variants = SavedReplyVariant.objects.filter(pk__in=wanted, saved_reply__in=mine).order_by("pk")
    values = get_values(actor=actor, ticket=ticket, visibility=message.visibility)
    sent = clean_text(text).strip()
    uses: dict[int, SavedReplyUse] = {}
    for variant in variants:
        filled = fill(variant.text, values)
        uses[variant.saved_reply_id] = SavedReplyUse(
            saved_reply_id=variant.saved_reply_id,
            message=message,
            ticket=ticket,
            author=actor,
            at=now,
            edited=filled.strip() != sent,
            changed=changed_share(filled, sent),
        )
    SavedReplyUse.objects.bulk_create(uses.values(), ignore_conflicts=True)
    return len(uses)
