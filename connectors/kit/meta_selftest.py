"""The self-test of an account on Meta's Graph API: whose token it is, what it may do, and where its news go.

What an app is allowed is asked with the app's own token, made of its id and secret, so that a wrong secret shows. The
token under test travels in a form and not in an address.
Source: older knowledge of Meta's edges debug_token, app, subscriptions and subscribed_apps; not read anew for v26.0
and tried against our sandbox alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from . import wire
from .base import Account
from .errors import ConnectorError, NeedsReconnect, RateLimited, Rejected, RejectReason, RetryLater
from .http import path_segment
from .meta_graph import Graph
from .selftest import Finding, ends, note, webhook_of, well, wrong

ME = "me"


@dataclass(frozen=True, slots=True)
class Look:
    """What differs between the platforms. `object_type` is Meta's word for what webhooks are about; `of_page`: the
    token's owner is the account itself; `watch` subscribes anew where Meta has stopped sending."""

    object_type: str
    scopes: tuple[str, ...]
    watch: Callable[[Account], bool]
    of_page: bool = True


def examine_graph(account: Account, graph: Graph, webhook_path: str, look: Look) -> Iterator[Finding]:
    """Findings in the order in which they matter. Raises: ConnectorError, which is a finding too."""
    mine = _own_name(account, graph, look)
    if isinstance(mine, Finding):
        yield mine
        return
    yield well("signed_in", name=mine)
    app_id = graph.read("app", fields="id").need_id("id")
    as_app = _as_app(account, app_id)
    allowed = list(_allowed(account, as_app, look))
    yield from allowed
    if any(finding.code in ("wrong_secret", "sign_in_dead") for finding in allowed):
        return
    yield from _webhook(as_app, app_id, webhook_path, look)
    yield from resumed(account, look.watch)


def _own_name(account: Account, graph: Graph, look: Look) -> str | Finding:
    """What the account is called, or what is wrong with the sign-in."""
    try:
        told = graph.read(path_segment(account.external_id), fields="id,name")
        owner = graph.read(ME, fields="id,name") if look.of_page else told
    except Rejected as error:
        # A proof under another secret is a bad parameter to Meta, and this call has no other.
        if error.code == "100":
            return wrong("wrong_secret", code=error.code)
        raise
    if owner.id("id") != account.external_id:
        return wrong("wrong_account", found=owner.text("name") or owner.id("id"))
    return told.text("name") or account.name


def _as_app(account: Account, app_id: str) -> Graph:
    """The app itself, whose token needs no proof."""
    app = replace(account, credentials={"access_token": f"{app_id}|{account.app_secret}"}, app_secret="")
    return Graph(app, repeatable=True)


def _allowed(account: Account, as_app: Graph, look: Look) -> Iterator[Finding]:
    form = {"method": "get", "input_token": account.credentials.get("access_token", "")}
    try:
        told = wire.Node(as_app.request(f"{as_app.version}/debug_token", post_args=form)).child("data")
    except (RateLimited, RetryLater):
        raise
    except ConnectorError as error:
        yield wrong("wrong_secret", code=error.code)
        return
    if told is None or not told.flag("is_valid"):
        yield wrong("sign_in_dead")
        return
    missing = [scope for scope in look.scopes if scope not in told.texts("scopes")]
    yield wrong("missing_permission", scopes=", ".join(missing)) if missing else well("permissions")
    if end := told.number("expires_at"):
        yield from ends(datetime.fromtimestamp(end, UTC), account.clock())


def _webhook(as_app: Graph, app_id: str, webhook_path: str, look: Look) -> Iterator[Finding]:
    """Where the app's news of this kind go."""
    answer = as_app.read(f"{path_segment(app_id)}/subscriptions")
    ours = [each for each in answer.children("data") if each.text("object") == look.object_type]
    if not ours:
        yield wrong("webhook_missing")
        return
    found = webhook_of(ours[0].text("callback_url"), webhook_path)
    yield wrong("webhook_refused") if found.code == "webhook" and not ours[0].flag("active") else found


def resumed(account: Account, watch: Callable[[Account], bool]) -> Iterator[Finding]:
    """Whether the account sends what it should; where it does not, it is asked to begin again."""
    try:
        if watch(account):
            yield note("webhook_resumed")
    except NeedsReconnect as error:
        yield wrong("missing_permission", scopes=", ".join(error.missing) or "pages_manage_metadata")
    except Rejected as error:
        yield wrong("webhook_missing" if error.reason is RejectReason.NOT_ALLOWED else "refused", code=error.code)
