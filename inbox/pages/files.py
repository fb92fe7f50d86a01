"""Files of a case: put up for a reply, taken down again, opened."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.errors import Invalid, SamsvarError
from core.users.models import User
from inbox.pages.finding import ticket_id_of
from inbox.refusals import status_of
from tickets.models import StoredFile
from tickets.operations.filing import open_file, put_up_file, take_down_file
from tickets.queries.waiting_files import WaitingFile, get_waiting_files


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def files(request: HttpRequest, number: int) -> HttpResponse:
    """The person's own unsent files in a case, or one more of them; the composer names them when it sends."""
    actor = cast(User, request.user)
    if request.method == "POST":
        return _put_up(request, actor, number)
    waiting = get_waiting_files(actor=actor, ticket_id=ticket_id_of(actor, number))
    return JsonResponse({"files": [_told(row) for row in waiting]})


def _told(row: StoredFile | WaitingFile) -> dict[str, str | int]:
    return {"uid": str(row.uid), "name": row.name, "mime": row.mime, "size": row.size, "state": row.state}


def _put_up(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    given = request.FILES.get("file")
    try:
        if given is None:
            raise Invalid(_("Choose a file."), field="file")
        row = put_up_file(
            actor=actor,
            ticket_id=ticket_id_of(actor, number),
            name=given.name or "",
            content=given.read(),
            now=now(),
        )
    except SamsvarError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=status_of(error))
    return JsonResponse(_told(row), status=201)


@require_POST
@login_required
def take_down(request: HttpRequest, number: int, uid: UUID) -> HttpResponse:
    """Remove a file that was put up and not sent."""
    actor = cast(User, request.user)
    take_down_file(actor=actor, ticket_id=ticket_id_of(actor, number), uid=uid, now=now())
    return HttpResponse(status=204)


@never_cache
@require_safe
@login_required
def opened(request: HttpRequest, number: int, uid: UUID) -> HttpResponse | StreamingHttpResponse:
    """A file's bytes: a picture may be shown in place, everything else is a download that no browser interprets."""
    actor = cast(User, request.user)
    found = open_file(actor=actor, ticket_id=ticket_id_of(actor, number), uid=uid, now=now())
    shown = found.in_place and "download" not in request.GET
    response = StreamingHttpResponse(found.content, content_type=found.mime if shown else "application/octet-stream")
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = content_disposition_header(not shown, found.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
