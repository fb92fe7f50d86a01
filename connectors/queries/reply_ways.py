"""Which ways lead back to the customer from a case: under the post, or in private; each names the thread it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from connectors.kit import registry, textfit
from connectors.kit.errors import reason_text
from connectors.kit.manifest import HANDING, MODERATION, Action, Manifest
from core.errors import Invalid
from tickets.intake.items import clean_text
from tickets.models import MessageState, Visibility
from tickets.queries.case_views import CaseView, EventView, MessageView, ThreadView


@dataclass(frozen=True, slots=True)
class ReplyWay:
    """One audience. `opens_private`: the answer to a public message goes to its author alone, in a new thread.

    `closes_at`: when the platform stops taking this answer; None where it never does, or nothing was said yet.
    `refused` says in words why the network takes no answer this way, "" where it takes one; then `permalink` is where
    a person can answer.
    """

    visibility: str
    thread_id: int
    opens_private: bool = False
    closes_at: datetime | None = None
    refused: str = ""
    permalink: str = ""
    platform: str = ""  # of the thread: a case may have several
    unaided_until: datetime | None = None  # from then on only what a person wrote may go out
    hand_back: bool = False  # another program of the company has had it, and may have it again
    channel_id: int = 0


def get_reply_ways(case: CaseView) -> tuple[ReplyWay, ...]:
    """The ways that exist, the one the customer used last first. No query: the case has been read."""
    manifest = registry.get(case.row.platform).manifest
    ways = tuple(way for way in (_public(case, manifest), _private(case, manifest)) if way is not None)
    return tuple(sorted(ways, key=lambda way: (bool(way.refused), way.visibility != case.last_heard_visibility)))


@dataclass(frozen=True, slots=True)
class MissingPrivate:
    """Why a case has no private answer, in words, and where a person can look instead ("" where nobody said)."""

    reason: str
    permalink: str = ""
    take_over: int = 0  # the thread that can be taken from another program, 0 for none
    asked: bool = False  # … and that was asked for already


def get_missing_private(case: CaseView) -> MissingPrivate | None:
    """What is to be said where the private answer is not there; None where it is. No query."""
    if any(way.visibility == Visibility.PRIVATE for way in get_reply_ways(case)):
        return None
    heard = _last_heard_in_public(case)
    permalink = heard.permalink if heard else ""
    talks = [thread for thread in case.threads if thread.visibility == Visibility.PRIVATE and not thread.is_opening]
    if talks and talks[-1].standby:
        return _elsewhere(case, talks[-1], permalink)
    manifest = registry.get(talks[-1].platform if talks else case.row.platform).manifest
    reason = manifest.gaps.get(Action.REPLY_PRIVATE)
    return MissingPrivate(_(reason), permalink) if reason else None


def _elsewhere(case: CaseView, talk: ThreadView, permalink: str) -> MissingPrivate:
    """Another program has the conversation; it can be taken over where the platform lets us."""
    offered = Action.TAKE_OVER in registry.get(talk.platform).manifest.actions
    handing = [entry.kind for entry in case.entries if isinstance(entry, EventView) and entry.kind in _HANDED]
    sentence = _("Another program of yours has this conversation at the moment.")
    return MissingPrivate(sentence, permalink, talk.id if offered else 0, handing[-1:] == ["take_over_asked"])


_HANDED = {f"{action}_{how}" for action in HANDING for how in ("asked", "done", "failed")}


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
    closes_at = _closes_at(case, manifest, Action.REPLY_PUBLIC, Visibility.PUBLIC)
    heard = _last_heard_in_public(case)
    refused = _(reason_text(heard.no_reply)) if heard and heard.no_reply else ""
    permalink = heard.permalink if heard else ""
    return ReplyWay(
        Visibility.PUBLIC,
        thread.id,
        closes_at=closes_at,
        refused=refused,
        permalink=permalink,
        platform=thread.platform,
        channel_id=thread.channel_id,
    )


def _last_heard_in_public(case: CaseView) -> MessageView | None:
    """What a public answer would answer."""
    said = (entry for entry in reversed(case.entries) if isinstance(entry, MessageView))
    heard = (entry for entry in said if entry.incoming and not entry.aside and entry.state != MessageState.DELETED)
    return next((entry for entry in heard if entry.visibility == Visibility.PUBLIC), None)


def _private(case: CaseView, manifest: Manifest) -> ReplyWay | None:
    """The private thread, where one can be answered in; else an answer to the public message, where that exists."""
    talks = [thread for thread in case.threads if thread.visibility == Visibility.PRIVATE and not thread.is_opening]
    if talks:
        return _talk(case, talks[-1])
    public = _newest(case, Visibility.PUBLIC)
    if public is None or Action.REPLY_PRIVATE not in manifest.actions:
        return None
    closes_at = _closes_at(case, manifest, Action.REPLY_PRIVATE, Visibility.PUBLIC)
    return ReplyWay(
        Visibility.PRIVATE,
        public.id,
        opens_private=True,
        closes_at=closes_at,
        platform=case.row.platform,
        channel_id=public.channel_id,
    )


def _talk(case: CaseView, talk: ThreadView) -> ReplyWay | None:
    """A private conversation, which may be on a sister platform; none while another program of the company has it."""
    manifest = registry.get(talk.platform).manifest
    if Action.REPLY_PRIVATE not in manifest.actions or talk.standby:
        return None
    return ReplyWay(
        Visibility.PRIVATE,
        talk.id,
        closes_at=_closes_at(case, manifest, Action.REPLY_PRIVATE, Visibility.PRIVATE),
        platform=talk.platform,
        channel_id=talk.channel_id,
        unaided_until=_after_last(case, manifest.limits.unaided_window, Visibility.PRIVATE),
        hand_back=talk.shared and Action.HAND_BACK in manifest.actions,
    )


def _closes_at(case: CaseView, manifest: Manifest, action: Action, said_in: str) -> datetime | None:
    return _after_last(case, manifest.limits.window_of(action), said_in)


def _after_last(case: CaseView, window: timedelta | None, said_in: str) -> datetime | None:
    """The platform's window counts from the customer's latest word there."""
    heard = [
        entry.at
        for entry in case.entries
        if isinstance(entry, MessageView)
        and entry.incoming
        and not entry.aside
        and entry.visibility == said_in
        and entry.state != "deleted"
    ]
    return heard[-1] + window if window is not None and heard else None


def measure_reply(*, platform: str, visibility: str, text: str) -> int | None:
    """How long a reply of this text would be as the platform counts; None where it sets no limit. No query."""
    action = Action.REPLY_PUBLIC if visibility == Visibility.PUBLIC else Action.REPLY_PRIVATE
    limit = registry.get(platform).manifest.limits.text_of(action)
    return textfit.length(clean_text(text).strip(), limit) if limit else None


def get_offered_actions(case: CaseView) -> tuple[str, ...]:
    """What can be done to a message of this case on its network, as manifest action words."""
    return tuple(sorted(registry.get(case.row.platform).manifest.actions & MODERATION))


def get_own_only_actions(case: CaseView) -> tuple[str, ...]:
    """Those among them that the network allows for our own messages only."""
    return tuple(sorted(registry.get(case.row.platform).manifest.own_only))
