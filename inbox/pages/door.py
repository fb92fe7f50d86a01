"""What every way in shares: how far a person has come, and what follows from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import SamsvarError
from core.throttle import count_try
from core.users.models import User
from core.users.operations.second_factors import has_second_factor
from core.users.operations.sessions import keep_session, start_session
from inbox.refusals import status_of

HALF, BEGUN, SEEN, WAY = "half", "begun", "seen", "way"  # what the session remembers
HALF_SECONDS = 600
RECENT_SECONDS = 1800
TRIES, TRY_SECONDS = 10, 300


class Way(StrEnum):
    """How somebody comes in."""

    PASSWORD = "password"  # noqa: S105  the way's name
    LINK = "link"
    INVITATION = "invitation"
    PASSKEY = "passkey"  # two factors at once: the device, and what unlocks it
    COMPANY = "company"  # how many factors it takes is the company's to decide


WHOLE = frozenset({Way.PASSKEY, Way.COMPANY})


class Step(StrEnum):
    """Where the door leads."""

    IN = "in"
    SECOND = "second"
    SET_UP = "set-up"


PLACES = {Step.SECOND: "/sign-in/second", Step.SET_UP: "/sign-in/set-up"}


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Somebody who has shown one factor and owes another. `proof`: ends with another password or role."""

    user_id: int
    proof: str
    how: str
    until: float


def come_in(request: HttpRequest, user: User, how: Way) -> Step:
    """Begin a session, or remember that one factor has been shown."""
    if how in WHOLE:
        return begin(request, user, how)
    step = Step.SECOND if has_second_factor(user) else Step.SET_UP
    if step is Step.SET_UP and not user.needs_second_factor:
        return begin(request, user, how)
    request.session.cycle_key()  # a key somebody planted before is not the one that has shown a factor
    half = HalfWay(user.pk, user.get_session_auth_hash(), how, now().timestamp() + HALF_SECONDS)
    request.session[HALF] = asdict(half)
    return step


def half_way(request: HttpRequest) -> tuple[User, Way] | None:
    """Who has shown one factor here, within ten minutes."""
    told = request.session.get(HALF)
    if told is None or told["until"] < now().timestamp():
        return None
    user = User.objects.filter(pk=told["user_id"], is_active=True).first()
    return (user, Way(told["how"])) if user is not None and user.get_session_auth_hash() == told["proof"] else None


def begin(request: HttpRequest, user: User, how: str) -> Step:
    """All that was asked for has been shown: the session begins, under a key of its own, also when one was there."""
    if SESSION_KEY in request.session:
        request.session.cycle_key()
    login(request, user)
    request.session.pop(HALF, None)
    request.session[BEGUN] = request.session[SEEN] = int(now().timestamp())
    request.session[WAY] = how
    request.session.save()
    key = cast(str, request.session.session_key)
    start_session(actor=user, session_key=key, user_agent=agent_of(request), how=how, now=now())
    return Step.IN


def go_on(request: HttpRequest, user: User) -> None:
    """The same session under another password."""
    how = str(request.session.get(WAY, Way.PASSWORD))
    login(request, user)
    request.session[BEGUN] = request.session[SEEN] = int(now().timestamp())
    request.session[WAY] = how
    request.session.save()
    key = cast(str, request.session.session_key)
    keep_session(actor=user, session_key=key, user_agent=agent_of(request), how=how, now=now())


def is_recent(request: HttpRequest) -> bool:
    """Whether this session began within half an hour, as changing one's ways in demands."""
    return now().timestamp() - int(request.session.get(BEGUN, 0)) < RECENT_SECONDS


def answer_step(request: HttpRequest, step: Step) -> HttpResponse:
    """Lead on; a script is told where."""
    after = next_of(request)
    place = after if step is Step.IN else f"{PLACES[step]}?{urlencode({'next': after})}"
    return JsonResponse({"step": step, "place": place}) if wants_json(request) else redirect(place)


def answer_refusal(error: SamsvarError) -> JsonResponse:
    """A refusal for a script."""
    return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=status_of(error))


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks."""
    return request.headers.get("Accept", "").startswith("application/json")


def next_of(request: HttpRequest) -> str:
    """Where to go on to: an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def count_tries(request: HttpRequest, purpose: str, who: str = "", *, most: int = TRIES) -> None:
    """So many tries for each person and ten times as many for each place within five minutes. Raises: Throttled."""
    said = _("Too many tries. Wait five minutes, then try again.")
    place = str(request.META.get("REMOTE_ADDR"))
    for one, limit in ((who, most), (place, most * 10)):
        if one:
            count_try(purpose=purpose, who=one, most=limit, seconds=TRY_SECONDS, message=said)


def agent_of(request: HttpRequest) -> str:
    """What the browser says of itself."""
    return request.headers.get("User-Agent", "")


def host_of(request: HttpRequest) -> str:
    """The name passkeys are bound to: the host without its port."""
    return request.get_host().rpartition(":")[0] or request.get_host()


def door_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What every page at the door draws."""
    return {"next": next_of(request), "host": request.get_host()} | more
