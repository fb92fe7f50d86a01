"""Which ways lead back to the customer from a case: under the post, or in private; each names the thread it uses."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.kit.manifest import MODERATION, Action, Manifest
from core.errors import Invalid
from tickets.models import Visibility
from tickets.queries.case import CaseView, ThreadView


@dataclass(frozen=True, slots=True)
class ReplyWay:
    """One audience. `opens_private`: the answer to a public message goes to its author alone, in a new thread."""

    visibility: str
    thread_id: int
    opens_private: bool = False


def get_reply_ways(case: CaseView) -> tuple[ReplyWay, ...]:
    """The ways that exist, the one the customer used last first. No query: the case has been read."""
    manifest = registry.get(case.row.platform).manifest
    ways = tuple(way for way in (_public(case, manifest), _private(case, manifest)) if way is not None)
    return tuple(sorted(ways, key=lambda way: way.visibility != case.last_heard_visibility))


def find_reply_way(case: CaseView, *, visibility: str | None = None, thread_id: int | None = None) -> ReplyWay:
    """The way a reply takes when it is asked for so; the one the customer used last when nothing is asked. No query.

    Raises: Invalid when the case has no such way.
    """
    for way in get_reply_ways(case):
        if visibility in (None, way.visibility) and thread_id in (None, way.thread_id):
            return way
    raise Invalid(_("This case cannot be answered that way."), field="visibility", code="unsupported")


def _newest(case: CaseView, visibility: str) -> ThreadView | None:
    return next((thread for thread in reversed(case.threads) if thread.visibility == visibility), None)


def _public(case: CaseView, manifest: Manifest) -> ReplyWay | None:
    thread = _newest(case, Visibility.PUBLIC)
    if thread is None or Action.REPLY_PUBLIC not in manifest.actions:
        return None
    return ReplyWay(Visibility.PUBLIC, thread.id)


def _private(case: CaseView, manifest: Manifest) -> ReplyWay | None:
    """The private thread, where one can be answered in; else an answer to the public message, where that exists."""
    if Action.REPLY_PRIVATE not in manifest.actions:
        return None
    private, public = _newest(case, Visibility.PRIVATE), _newest(case, Visibility.PUBLIC)
    if private is not None and manifest.limits.private_replies_per_message is None:
        return ReplyWay(Visibility.PRIVATE, private.id)
    return ReplyWay(Visibility.PRIVATE, public.id, opens_private=True) if public is not None else None


def get_offered_actions(case: CaseView) -> tuple[str, ...]:
    """What can be done to a message of this case on its network, as manifest action words."""
    return tuple(sorted(registry.get(case.row.platform).manifest.actions & MODERATION))
