"""Links: asked for by mail, and given to those who are invited. What stands behind the `#` is read by our script and
posted; without a script it can be pasted."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.errors import Invalid, NotFound, SamsvarError
from core.users.models import LinkPurpose, User
from core.users.operations.links import ask_link, use_link
from core.users.operations.passwords import accept_invitation
from inbox.pages.door import Way, answer_step, come_in, count_tries, door_context
from inbox.pages.session import AddressForm
from inbox.refusals import status_of

MOST_LETTERS = 3  # to one address within five minutes
LONGEST = 300  # of a token, also of one pasted with its whole address


@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Ask for a link; or, arriving with one, sign in. The answer to asking is the same for every address."""
    if not settings.MAIL_ON:
        raise NotFound(_("There is no page at this address."))
    form, status, asked = AddressForm(request.POST or None, initial={"email": request.GET.get("as", "")}), 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _ask(request, form.cleaned_data["email"])
                asked, status = True, 200
            except SamsvarError as error:
                form.add_error(None, error.message)
                status = status_of(error)
    context = door_context(request, form=form, asked=asked)
    return render(request, "inbox/pages/sign_in_link.html", context, status=status)


def _ask(request: HttpRequest, email: str) -> None:
    count_tries(request, "link", email.strip().lower(), most=MOST_LETTERS)
    ask_link(email=email, origin=origin_of(request), now=now())


@never_cache
@sensitive_post_parameters()
@csrf_protect
@require_POST
def use(request: HttpRequest) -> HttpResponse:
    """Spend a link that came by mail."""
    try:
        count_tries(request, "link-use")
        user = use_link(token=_token(request), purpose=LinkPurpose.SIGN_IN, now=now())
    except SamsvarError as error:
        context = door_context(request, form=AddressForm(), error=error.message)
        return render(request, "inbox/pages/sign_in_link.html", context, status=status_of(error))
    return answer_step(request, come_in(request, user, Way.LINK))


@never_cache
@sensitive_post_parameters()
@csrf_protect
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Choose the first password, and come in."""
    error: SamsvarError | None = None
    if request.method == "POST":
        try:
            return answer_step(request, come_in(request, _accept(request), Way.INVITATION))
        except SamsvarError as refusal:
            error = refusal
    context = door_context(
        request,
        error=error.message if error else "",
        wrong=error.field if isinstance(error, Invalid) else "",
        token=_token(request) if error else "",
    )
    return render(request, "inbox/pages/invitation.html", context, status=status_of(error) if error else 200)


def _accept(request: HttpRequest) -> User:
    count_tries(request, "link-use")
    return accept_invitation(token=_token(request), new=request.POST.get("new", "")[:256], now=now())


def _token(request: HttpRequest) -> str:
    """As the script reads it, or pasted with its address."""
    return request.POST.get("token", "")[:LONGEST].strip().rpartition("#")[2]


def origin_of(request: HttpRequest) -> str:
    """Where this page stands; its host is one of ours, or Django had refused the request."""
    return f"{request.scheme}://{request.get_host()}"
