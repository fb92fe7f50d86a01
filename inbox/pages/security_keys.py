"""The You page: passkeys, and sessions on other devices."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.clock import now
from core.errors import SamsvarError
from core.users.devices import device_words
from core.users.models import User
from core.users.operations.passkeys import add_passkey, remove_passkey
from core.users.operations.sessions import end_other_sessions, end_session
from core.users.webauthn import ask_new_key
from inbox.pages.door import agent_of, answer_refusal, host_of
from inbox.pages.passkey_door import read_json
from inbox.pages.security import HOME, recent_only

ASKED = "new_passkey_question"


@never_cache
@require_POST
@login_required
@recent_only
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    asked, state = ask_new_key(cast(User, request.user), host=host_of(request), company=settings.COMPANY)
    request.session[ASKED] = state
    return JsonResponse(asked)


@never_cache
@require_POST
@login_required
@recent_only
def passkeys(request: HttpRequest) -> HttpResponse:
    """Keep the passkey the browser has made, under the device's name."""
    try:
        add_passkey(
            actor=cast(User, request.user),
            answer=read_json(request),
            state=request.session.pop(ASKED, None),
            host=host_of(request),
            name=device_words(agent_of(request)),
            now=now(),
        )
    except SamsvarError as error:
        return answer_refusal(error)
    return JsonResponse({"place": f"{HOME}?done=passkey"})


@require_POST
@login_required
@recent_only
def passkey_remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey."""
    remove_passkey(actor=cast(User, request.user), passkey_id=passkey_id, now=now())
    return redirect(f"{HOME}?done=passkey-removed")


@require_POST
@login_required
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session; one's own leads to the door."""
    end_session(actor=cast(User, request.user), session_id=session_id, now=now())
    return redirect(f"{HOME}?done=session")


@require_POST
@login_required
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    key = request.session.session_key or ""
    end_other_sessions(actor=cast(User, request.user), session_key=key, now=now())
    return redirect(f"{HOME}?done=sessions")
