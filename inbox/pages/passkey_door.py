"""Signing in with a passkey: alone, or as the second step after something else."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from core.clock import now
from core.errors import Invalid, SamsvarError
from core.users.models import Passkey
from core.users.operations.passkeys import use_passkey
from core.users.webauthn import ask_known_key
from inbox.pages.door import Way, answer_refusal, answer_step, begin, come_in, count_tries, half_way, host_of

ASKED = "passkey_question"
MOST_BYTES = 20_000


@never_cache
@csrf_protect
@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """The question for the browser. Alone, a passkey's device must check its holder."""
    try:
        count_tries(request, "passkey")
    except SamsvarError as error:
        return answer_refusal(error)
    found = half_way(request)
    keys = list(found[0].passkeys.all()) if found else list(Passkey.objects.none())
    asked, state = ask_known_key(keys, host=host_of(request), verify=found is None)
    request.session[ASKED] = state
    return JsonResponse(asked)


@never_cache
@csrf_protect
@require_POST
def use(request: HttpRequest) -> HttpResponse:
    """The browser's answer."""
    found, state = half_way(request), request.session.pop(ASKED, None)
    try:
        count_tries(request, "passkey")
        user = use_passkey(
            answer=read_json(request),
            state=state,
            host=host_of(request),
            user_id=found[0].pk if found else None,
            now=now(),
        )
    except SamsvarError as error:
        return answer_refusal(error)
    step = begin(request, user, f"{found[1]}+passkey") if found else come_in(request, user, Way.PASSKEY)
    return answer_step(request, step)


def read_json(request: HttpRequest) -> Any:
    """The body of a script's post. Raises: Invalid."""
    try:
        if len(request.body) > MOST_BYTES:
            raise ValueError
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid(_("This form is incomplete. Load the page again."), field="body") from None
