"""What X pushes → items. Pure: the same bytes give the same items.

Three kinds of bytes come: X Activity events (`post.…`, `dm.…`, called `tweet.…` by some), bodies of the older Account
Activity API, and lines of the filtered stream, which reach us as fetched pieces. Events that we do not know are passed
over, since X adds new ones without notice.
Source: docs.x.com, "X Activity API", "Account Activity API" and "Filtered stream", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.kit import wire
from connectors.kit.base import RawRequest
from tickets.intake.items import AnyItem, ReactionItem, StateItem

from .direct import old_event_items, old_people, read_items
from .ids import PLATFORM, first_of
from .objects import Included, Told, items_of
from .old_posts import OldPost, old_items

OPEN_TO_ALL = "open-to-all"  # a fact of a fetched piece: the account may answer whoever writes
TAG = "samsvar:"  # and the account's id: how our rules on the stream are called


def parse(raw: RawRequest) -> list[AnyItem]:
    """The items in a delivery or a line of the stream. Raises Unreadable naming the place that is not as described."""
    body = wire.read(raw.body)
    if raw.account_external_id:
        return _line(body, raw)
    if body.has("for_user_id"):
        return _old_activity(body, raw.received_at)
    data = body.child("data")
    return _activity(data, raw.received_at) if data is not None and data.has("event_type") else []


def _line(body: wire.Node, raw: RawRequest) -> list[AnyItem]:
    """A post from the stream, for each account of ours whose rule it met: the app has one stream for all of them."""
    post = body.child("data")
    if post is None:
        return []
    tags = [rule.text("tag") for rule in body.children("matching_rules")]
    accounts = [tag.removeprefix(TAG) for tag in dict.fromkeys(tags) if tag.startswith(TAG)]
    included, all_of_us = Included.of(body), accounts or [raw.account_external_id]
    open_to_all = OPEN_TO_ALL in raw.headers
    return [
        item
        for account in all_of_us
        for item in items_of(Told(account, post, included, raw.received_at, open_to_all, pushed=True))
    ]


def _activity(event: wire.Node, received_at: datetime) -> list[AnyItem]:
    """One X Activity event. What it includes stands inside of it, for some kinds inside of its payload."""
    account = (event.child("filter") or wire.Node({}, event.where("filter"))).need_id("user_id")
    subject, _, verb = event.text("event_type").partition(".")
    payload = event.child("payload") or wire.Node({}, event.where("payload"))
    if subject == "dm":
        return _message_event(account, verb, payload, received_at)
    if subject not in ("post", "tweet"):
        return []
    if verb == "delete":
        return _deleted(account, payload, received_at)
    if verb not in ("mention.create", "reply.create", "quote.create", "create"):
        return []
    beside = event if event.has("includes") else payload
    return items_of(Told(account, payload, Included.of(beside), received_at, pushed=True))


def _message_event(account: str, verb: str, payload: wire.Node, received_at: datetime) -> list[AnyItem]:
    """Direct messages keep the shape of the older API, alone or in its lists."""
    if verb == "read":
        events = payload.children("direct_message_mark_read_events") or [payload]
        return [item for event in events for item in read_items(account, event, received_at)]
    if verb not in ("received", "sent"):
        return []
    people = old_people(payload.child("users") or wire.Node({}))
    events = payload.children("direct_message_events") or [payload]
    return [item for event in events for item in old_event_items(account, event, people, received_at)]


def _deleted(account: str, payload: wire.Node, at: datetime) -> list[AnyItem]:
    """Every version of an edited post goes with it; what we keep is named by the first."""
    with wire.building(payload.path):
        return [_gone(account, first_of(payload), at)]


def _gone(account: str, number: str, at: datetime) -> StateItem:
    return StateItem(
        platform=PLATFORM, account_external_id=account, external_id=number, at=at, version_at=at, state="deleted"
    )


@dataclass(frozen=True, slots=True)
class Activity:
    """One body of the Account Activity API: for whom, and who is named in it."""

    account: str
    people: Included
    received_at: datetime


def _old_activity(body: wire.Node, received_at: datetime) -> list[AnyItem]:
    people = old_people(body.child("users") or wire.Node({}))
    activity = Activity(body.need_id("for_user_id"), people, received_at)
    return [item for name, read in _EVENTS.items() for event in body.children(name) for item in read(activity, event)]


def _old_post(activity: Activity, event: wire.Node) -> list[AnyItem]:
    return old_items(OldPost(activity.account, event, activity.received_at))


def _old_deletion(activity: Activity, event: wire.Node) -> list[AnyItem]:
    status = event.child("status") or event.child("post") or wire.Node({}, event.where("status"))
    at = min(event.moment("timestamp_ms") or activity.received_at, activity.received_at)
    with wire.building(event.path):
        return [_gone(activity.account, status.need_id("id"), at)]


def _old_message(activity: Activity, event: wire.Node) -> list[AnyItem]:
    return old_event_items(activity.account, event, activity.people, activity.received_at)


def _old_reading(activity: Activity, event: wire.Node) -> list[AnyItem]:
    return read_items(activity.account, event, activity.received_at)


def _old_favourite(activity: Activity, event: wire.Node) -> list[AnyItem]:
    """Somebody likes a post; X does not tell when they take it back."""
    liked, user = event.child("favorited_status") or event.child("favorited_post"), event.child("user")
    if liked is None or user is None:
        return []
    with wire.building(event.path):
        return [
            ReactionItem(
                platform=PLATFORM,
                account_external_id=activity.account,
                external_id=OldPost(activity.account, liked, activity.received_at).number,
                at=min(event.moment("timestamp_ms") or activity.received_at, activity.received_at),
                version_at=activity.received_at,
                reaction="like",
                actor=user.id("id_str") or user.need_id("id"),
            )
        ]


_Read = Callable[[Activity, wire.Node], list[AnyItem]]
_EVENTS: dict[str, _Read] = {
    "tweet_create_events": _old_post,
    "post_create_events": _old_post,
    "tweet_delete_events": _old_deletion,
    "post_delete_events": _old_deletion,
    "direct_message_events": _old_message,
    "direct_message_mark_read_events": _old_reading,
    "favorite_events": _old_favourite,
}
