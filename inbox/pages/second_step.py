"""The second step at the door: a code, or setting one up where the role asks for it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.errors import Conflict, SamsvarError
from core.throttle import forget_tries
from core.users import totp
from core.users.models import User
from core.users.operations.second_factors import begin_totp, confirm_totp, has_second_factor, use_code
from inbox.pages.door import (
    answer_refusal,
    answer_step,
    begin,
    count_tries,
    door_context,
    half_way,
    next_of,
    wants_json,
)
from inbox.refusals import status_of

PURPOSE = "second-step"
LONGEST = 40


@never_cache
@sensitive_post_parameters()
@csrf_protect
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """A code from the app or a recovery code, after a password or a mailed link."""
    found = half_way(request)
    if found is None:
        return _begin_again(request)
    user, how = found
    status, error = 200, ""
    if request.method == "POST":
        try:
            count_tries(request, PURPOSE, str(user.pk))
            kind = use_code(user=user, code=request.POST.get("code", "")[:LONGEST], now=now())
            forget_tries(purpose=PURPOSE, who=str(user.pk))
            return answer_step(request, begin(request, user, f"{how}+{kind}"))
        except SamsvarError as refusal:
            if wants_json(request):
                return answer_refusal(refusal)
            status, error = status_of(refusal), refusal.message
    context = door_context(request, error=error, passkeys=user.passkeys.exists())
    return render(request, "inbox/pages/second_step.html", context, status=status)


@never_cache
@sensitive_post_parameters()
@csrf_protect
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Nobody of this role comes in with one factor: the second is set up here, before anything else opens."""
    found = half_way(request)
    if found is None or has_second_factor(found[0]):
        return _begin_again(request)
    user, how = found
    status, error = 200, ""
    if request.method == "POST":
        try:
            count_tries(request, PURPOSE, str(user.pk))
            codes = confirm_totp(actor=user, code=request.POST.get("code", "")[:LONGEST], now=now())
            begin(request, user, f"{how}+totp")
            return render(request, "inbox/pages/recovery_codes.html", door_context(request, codes=codes))
        except SamsvarError as refusal:
            status, error = status_of(refusal), refusal.message
    return render(
        request, "inbox/pages/set_up.html", door_context(request, error=error, **picture(user)), status=status
    )


def picture(user: User) -> dict[str, object]:
    """The secret of an app to be, as a picture and in letters."""
    secret = begin_totp(actor=user)
    path, size = totp.qr_path(totp.app_address(secret, email=user.email, issuer=f"Samsvar {settings.COMPANY}"))
    letters = totp.spelled(secret)
    return {"qr_path": path, "qr_size": size, "letters": [letters[at : at + 4] for at in range(0, len(letters), 4)]}


def _begin_again(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return answer_refusal(Conflict(_("That took too long. Write your password again.")))
    return redirect(f"/sign-in?next={next_of(request)}" if next_of(request) != "/" else "/sign-in")
