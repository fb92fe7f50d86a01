"""Bringing older messages into a channel from a file: put it up, look at it, let it in, watch it."""

from __future__ import annotations

import csv
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.import_columns import CHOOSABLE
from connectors.import_rows import NEEDED, OPTIONAL, safe_cell
from connectors.operations.choosing_columns import choose_columns
from connectors.operations.importing import discard_import, keep_import, start_import
from connectors.queries.channel_cards import get_card
from connectors.queries.import_tables import get_import_table
from connectors.queries.imports import get_import
from core.clock import now
from core.errors import Conflict, Invalid
from core.users.models import User
from inbox.pages.channels import HOME
from inbox.pages.shell import shell_context
from inbox.refusals import status_of


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def put_up(request: HttpRequest, channel_id: int) -> HttpResponse:
    """What the file must look like, and the field for it."""
    actor = cast(User, request.user)
    card = get_card(actor=actor, channel_id=channel_id, now=now())
    error: Invalid | None = None
    if request.method == "POST":
        try:
            return _kept(request, actor, channel_id)
        except Invalid as refused:
            error = refused
    context = shell_context(
        actor, tab="channels", card=card, needed=NEEDED, optional=OPTIONAL, error=error.message if error else ""
    )
    return render(request, "inbox/pages/channel_import.html", context, status=status_of(error) if error else 200)


def _kept(request: HttpRequest, actor: User, channel_id: int) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None or upload.file is None:
        raise Invalid(_("Choose a file."), field="file")
    kept = keep_import(actor=actor, channel_id=channel_id, content=upload.file, now=now())
    return redirect(f"{HOME}/{channel_id}/import/{kept.pk}")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def one(request: HttpRequest, channel_id: int, import_id: int) -> HttpResponse:
    """What the columns hold where that is to be chosen; the first rows before, the progress after it was let in."""
    actor = cast(User, request.user)
    table = get_import_table(actor=actor, channel_id=channel_id, import_id=import_id)
    if table is not None:
        return _choose(request, actor, channel_id, import_id)
    view = get_import(actor=actor, channel_id=channel_id, import_id=import_id)
    error: Conflict | None = None
    if request.method == "POST":
        try:
            start_import(actor=actor, import_id=view.id, as_done=request.POST.get("as_done") == "1", now=now())
            return redirect(f"{HOME}/{channel_id}/import/{import_id}")
        except Conflict as refused:
            error = refused
    card = get_card(actor=actor, channel_id=channel_id, now=now())
    context = shell_context(actor, tab="channels", card=card, view=view, error=error.message if error else "")
    return render(request, "inbox/pages/channel_import_one.html", context, status=status_of(error) if error else 200)


def _choose(request: HttpRequest, actor: User, channel_id: int, import_id: int) -> HttpResponse:
    entered = {name: request.POST.get(name, "") for name in CHOOSABLE} if request.method == "POST" else None
    error: Invalid | Conflict | None = None
    if entered is not None:
        columns = {name: int(place) for name, place in entered.items() if place.isascii() and place.isdigit()}
        order, local = request.POST.get("order", ""), request.POST.get("zone") == "local"
        try:
            choose_columns(
                actor=actor, import_id=import_id, columns=columns, order=order, local=local, now=now()
            )  # fmt: skip
            return redirect(f"{HOME}/{channel_id}/import/{import_id}")
        except (Invalid, Conflict) as refused:
            error = refused
    context = shell_context(
        actor,
        tab="channels",
        card=get_card(actor=actor, channel_id=channel_id, now=now()),
        import_id=import_id,
        table=get_import_table(actor=actor, channel_id=channel_id, import_id=import_id, entered=entered),
        zone=settings.TIME_ZONE,
        error=error.message if error else "",
    )
    return render(
        request, "inbox/pages/channel_import_columns.html", context, status=status_of(error) if error else 200
    )


@require_POST
@login_required
def discard(request: HttpRequest, channel_id: int, import_id: int) -> HttpResponse:
    """Forget the file."""
    actor = cast(User, request.user)
    view = get_import(actor=actor, channel_id=channel_id, import_id=import_id)
    discard_import(actor=actor, import_id=view.id, now=now())
    return redirect(f"{HOME}/{channel_id}?done=discarded")


@never_cache
@require_safe
@login_required
def faults(request: HttpRequest, channel_id: int, import_id: int) -> HttpResponse:
    """What is wrong with which rows, as a table; a cell that a spreadsheet would run is a text there."""
    actor = cast(User, request.user)
    view = get_import(actor=actor, channel_id=channel_id, import_id=import_id, all_faults=True)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{view.id}-rows.csv"'
    table = csv.writer(response)
    table.writerow(["row", "column", "problem"])
    for fault in view.faults:
        table.writerow([safe_cell(cell) for cell in (fault.row, fault.column, fault.words)])
    return response
