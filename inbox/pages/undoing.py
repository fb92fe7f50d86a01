"""One button for all that can be taken back as a whole."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.clock import now
from core.errors import SamsvarError
from core.users.models import User
from inbox.pages.joining import done_answer
from inbox.refusals import refuse_page
from tickets.models import Undoable
from tickets.operations.undoing import Undone, undo
from tickets.queries.bulk import get_bulk_uid


@require_POST
@login_required
def take_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Undo an act, and say what came of it. One on many cases goes on to its own page."""
    actor = cast(User, request.user)
    job = get_bulk_uid(actor=actor, undo_uid=uid)
    try:
        done = undo(actor=actor, uid=uid, now=now())
    except SamsvarError as error:
        return refuse_page(request, error)
    if done.act == Undoable.BULK:
        return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(f"/bulk/{job}")
    return done_answer(request, _sentence(done), None, done.number)


def _sentence(done: Undone) -> str:
    if not done.left:
        return _("Undone. Everything is where it was.")
    left = ngettext(
        "%(n)d thing had changed since and was left.", "%(n)d things had changed since and were left.", done.left
    )
    return _("Undone.") + " " + left % {"n": done.left}
