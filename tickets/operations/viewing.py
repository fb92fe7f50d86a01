"""Keeping filters under a name: for oneself by anybody, for a team by its members, for everyone by leads and admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from analysis.personal_data import find
from core.audit.record import record
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.transactions import in_transaction
from core.users.models import Density, User
from tickets.access import SEES_ALL, SEES_TEAMS, team_ids_of
from tickets.filters import Filter, parse_filter, render_filter
from tickets.intake.items import clean_line
from tickets.models import SavedView, Scope, Team
from tickets.models.saved_view import NAME_LENGTH
from tickets.operations.recounting import count_view
from tickets.operations.teams import LETTERS
from tickets.queries.filtering import resolve_names
from tickets.queries.queue import SORTS, holds_personal_value
from tickets.queries.saved_views import MAY_SHARE_WITH_ALL, view_of

MOST_VIEWS = 50  # of one person
SLUG_LENGTH = 50


@in_transaction
def save_view(
    *,
    actor: User,
    name: str,
    text: str,
    scope: str,
    team_id: int | None = None,
    sort: str = "",
    density: str = "",
    now: datetime,
) -> SavedView:
    """Keep a filter under a name, last among the actor's own.

    Takes: text, the filter in neutral words; team_id with the scope "team".
    Raises: Forbidden (not for this person to share so widely, or without lists), Invalid (no name, a filter that is
    empty, cannot be read or holds personal data), Conflict (too many).
    """
    if actor.role not in SEES_ALL | SEES_TEAMS:
        raise Forbidden(_("Your role has no lists of cases."))
    User.objects.select_for_update().get(pk=actor.pk)  # one at a time, so that positions do not repeat
    mine = SavedView.objects.filter(owner=actor, deleted_at=None)
    if mine.count() >= MOST_VIEWS:
        raise Conflict(_("You have %(most)d views. Delete one first.") % {"most": MOST_VIEWS})
    last = mine.aggregate(last=Max("position"))["last"]
    words = _audience(actor, scope, team_id) | _filter(text) | _look(sort, density)
    view = SavedView.objects.create(owner=actor, name=_name(name), slug=_slug(name), created_at=now,
                                    position=0 if last is None else last + 1, **words)  # fmt: skip
    count_view(view, now=now)
    record(actor=actor, action="view.saved", object_type="saved_view", object_id=view.pk, now=now)
    return view


@in_transaction
def change_view(*, actor: User, view_id: int, now: datetime, **changes: Any) -> SavedView:
    """Give a view another name, audience (scope and team_id), filter (text), or sort and density; its address stays.

    Raises: NotFound, Forbidden, Invalid.
    """
    view = _demand(actor, view_id)
    if "name" in changes:
        view.name = _name(changes["name"])
    words: dict[str, Any] = {}
    if "scope" in changes and (changes["scope"], changes.get("team_id")) != (view.scope, view.team_id):
        words |= _audience(actor, changes["scope"], changes.get("team_id"))
    if "text" in changes:
        words |= _filter(changes["text"])
    words |= _look(changes.get("sort", view.sort), changes.get("density", view.density))
    counted = "filter" in words and words["filter"] != view.filter
    for field, value in words.items():
        setattr(view, field, value)
    view.save()
    if counted:
        count_view(view, now=now)
    record(actor=actor, action="view.changed", object_type="saved_view", object_id=view.pk, now=now)
    return view


@in_transaction
def delete_view(*, actor: User, view_id: int, now: datetime) -> SavedView:
    """Take a view out of everybody's navigation; for 30 days it can be put back. Raises: NotFound, Forbidden."""
    view = _demand(actor, view_id)
    view.deleted_at = now
    view.save(update_fields=["deleted_at"])
    count_view(view, now=now)
    record(actor=actor, action="view.deleted", object_type="saved_view", object_id=view.pk, now=now)
    return view


@in_transaction
def restore_view(*, actor: User, view_id: int, now: datetime) -> SavedView:
    """Undo a deletion. Raises: NotFound, Forbidden, Conflict (it is there)."""
    view = _demand(actor, view_id, deleted=True)
    if view.deleted_at is None:
        raise Conflict(_("This view is not deleted."))
    view.deleted_at = None
    view.save(update_fields=["deleted_at"])
    count_view(view, now=now)
    record(actor=actor, action="view.restored", object_type="saved_view", object_id=view.pk, now=now)
    return view


@in_transaction
def reorder_view(*, actor: User, view_id: int, up: bool, now: datetime) -> None:
    """Let one of the actor's own views change places with its neighbour; at the end it stays. Raises: NotFound."""
    User.objects.select_for_update().get(pk=actor.pk)
    mine = list(SavedView.objects.filter(owner=actor, deleted_at=None).order_by("position", "pk"))
    at = next((place for place, view in enumerate(mine) if view.pk == view_id), None)
    if at is None:
        raise NotFound(_("There is no such view."))
    other = at - 1 if up else at + 1
    if 0 <= other < len(mine):
        mine[at], mine[other] = mine[other], mine[at]
    for position, view in enumerate(mine):
        view.position = position
    SavedView.objects.bulk_update(mine, ["position"])
    record(actor=actor, action="view.reordered", object_type="saved_view", object_id=view_id, now=now)


def _demand(actor: User, view_id: int, *, deleted: bool = False) -> SavedView:
    """The view, locked, if this person may change it; one they do not have answers like one that is not there."""
    views = SavedView.objects.select_for_update().filter(pk=view_id)
    view = (views if deleted else views.filter(deleted_at=None)).first()
    seen = view is not None and (
        view.owner_id == actor.pk or view.scope == Scope.ALL or view.team_id in team_ids_of(actor)
    )
    if view is None or not seen or actor.role not in SEES_ALL | SEES_TEAMS:
        raise NotFound(_("There is no such view."))
    if not view_of(actor=actor, row=view).editable:
        raise Forbidden(_("Whoever made this view, a lead or an admin can change it."))
    return view


def _audience(actor: User, scope: str, team_id: int | None) -> dict[str, Any]:
    if scope not in Scope.values:
        raise Invalid(_("Choose who has this view."), field="scope")
    if scope == Scope.ALL and actor.role not in MAY_SHARE_WITH_ALL:
        raise Forbidden(_("Only leads and admins share a view with everyone."))
    if scope == Scope.TEAM and not Team.objects.filter(pk=team_id or 0).exists():
        raise Invalid(_("Choose one of the teams."), field="team")
    if scope == Scope.TEAM and team_id not in team_ids_of(actor) and actor.role not in MAY_SHARE_WITH_ALL:
        raise Forbidden(_("Only members share a view with their team."))
    return {"scope": scope, "team_id": team_id if scope == Scope.TEAM else None}


def _filter(text: str) -> dict[str, Any]:
    """The filter by numbers, so that it outlives new names."""
    given = parse_filter(text)
    if not given:
        raise Invalid(_("A view needs a filter. Add one first."), field="filter")
    if holds_personal_value(text):
        raise Invalid(_("A view cannot hold a phone number, address or the like."), field="filter", code="personal")
    resolved = resolve_names(given.tokens)
    if any(token.fault for token in resolved.tokens):
        raise Invalid(_("Mend the words in red first."), field="filter")
    return {"filter": render_filter(Filter(resolved.tokens, given.words)), "names": dict(resolved.names)}


def _look(sort: str, density: str) -> dict[str, str]:
    return {"sort": sort if sort in SORTS else "", "density": density if density in Density.values else ""}


def _name(name: str) -> str:
    name = clean_line(name, NAME_LENGTH + 1)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Invalid(_("A view’s name has 1 to %(most)d characters.") % {"most": NAME_LENGTH}, field="name")
    if find(name):
        raise Invalid(_("A view’s name cannot hold personal data."), field="name", code="personal")
    return name


def _slug(name: str) -> str:
    """A word for the address, from the name; numbered when another view has it."""
    stem = slugify(name.lower().translate(LETTERS))[: SLUG_LENGTH - 8] or "view"
    taken = set(SavedView.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, 100_000))) if slug not in taken)
