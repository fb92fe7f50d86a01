"""Company sign-in: out to the company's own door, and back."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.clock import now
from core.errors import Conflict, NotFound, SamsvarError
from core.users import oidc
from core.users.models import User
from core.users.operations.company import recognise_company_user
from inbox.pages.door import Way, come_in, count_tries, next_of
from inbox.pages.link_door import origin_of
from inbox.refusals import status_of

ASKED = "company_question"
BACK = "/sign-in/company/back"


@never_cache
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """To the company's door. What to expect on return stays in the session."""
    if not oidc.is_on():
        raise NotFound(_("There is no company sign-in here."))
    try:
        count_tries(request, "company")
        address, question = oidc.ask(redirect=f"{origin_of(request)}{BACK}")
    except SamsvarError as error:
        return _refused(request, error)
    request.session[ASKED] = asdict(question) | {"next": next_of(request)}
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """From the company's door. An answer we did not ask for in this browser is none."""
    if not oidc.is_on():
        raise NotFound(_("There is no company sign-in here."))
    kept = request.session.pop(ASKED, None)
    try:
        if kept is None:
            raise Conflict(_("The company sign-in did not work. Try again, or sign in another way."))
        after = kept.pop("next")
        come_in(request, _user(request, oidc.Question(**kept)), Way.COMPANY)
    except SamsvarError as error:
        return _refused(request, error)
    return redirect(after)


def _user(request: HttpRequest, question: oidc.Question) -> User:
    count_tries(request, "company")
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    return recognise_company_user(identity=oidc.read_answer(code=code, state=state, question=question), now=now())


def _refused(request: HttpRequest, error: SamsvarError) -> HttpResponse:
    context = {"status": status_of(error), "sentence": error.message}
    return render(request, "inbox/pages/refusal.html", context, status=status_of(error))
