"""The safety net under webhooks and stream: read what mentions us, our own posts, what is searched for, and messages.

A pass goes through its stages, and one call makes one page. All that the next call needs stands in the cursor:

    mentions ──▶ own ──▶ search (where one is set) ──▶ messages (unless turned off) ──▶ usage (daily) ──▶ over

Each stage keeps the newest id it has seen and asks for what is newer; the mark moves only when all pages of the stage
are read. Limits at X are per endpoint: a later stage that is limited is left out for a while, the pass goes on.
Our own posts are read since they settle an answer of which X has told no end.
Source: docs.x.com, "Timelines", "Search", "Direct Messages lookup", "Usage", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.kit import wire
from connectors.kit.base import Account, Allowance, Cursor, Page
from connectors.kit.errors import CreditsUsedUp, RateLimited, Rejected, Unreadable
from connectors.kit.http import path_segment
from connectors.kit.marks import gettext_noop
from tickets.intake.items import AnyItem

from .calls import Api
from .direct import EVENT_EXPANSIONS, EVENT_FIELDS, event_items
from .manifest import MESSAGE_SCOPES, READ_SCOPES
from .objects import ASKED, MEDIA_FIELDS, USER_FIELDS, Included, Told, items_of, require_posts
from .settings import answers_everyone, pass_seconds, setting

CURSOR_VERSION = 1
FIRST_REACH = timedelta(days=7)
SEARCH_REACH = timedelta(days=6, hours=12)  # a mark older than X's seven days is refused
A_PAGE = 100
MOST_MESSAGE_PAGES = 5  # of a pass: fifteen reads in a quarter of an hour are all there are
DAY_SECONDS = 24 * 3600

MENTIONS, OWN, SEARCH, MESSAGES, USAGE = "mentions", "own", "search", "messages", "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Where a pass stands. `stage` is "" between two; `page` where the stage goes on; `since` the newest id of each
    stage's earlier passes and `read` when the last of them ended; `newest` what this one has seen; `later` not before
    when a stage is asked again. Times are Unix seconds.
    """

    version: int = CURSOR_VERSION
    stage: str = ""
    page: str = ""
    pages: int = 0
    newest: str = ""
    since: dict[str, str] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What one call gave."""

    items: list[AnyItem]
    unreadable: list[str]
    newest: str = ""
    page: str = ""
    allowance: Allowance | None = None


def poll(account: Account, cursor: Cursor | None) -> Page:
    """Read one page.

    Takes: cursor, as the page before gave it, also after a trip through JSON; None starts from scratch.
    Gives: items, the next cursor, whether the pass goes on, and after its end when the next one begins.
    Raises: RetryLater, RateLimited, NeedsReconnect, TokenExpired, Unreadable; then nothing has moved.
    """
    now = account.clock()
    standing = _standing(account, cursor, now)
    try:
        found = _READ[standing.stage](account, standing, now)
    except CreditsUsedUp:
        raise
    except RateLimited as error:
        if standing.stage == MENTIONS:
            raise
        return _left_out(account, standing, now, error.after_seconds or DAY_SECONDS)
    except Rejected:
        if standing.stage == MENTIONS and standing.stage not in standing.since and not standing.page:
            raise
        return _without(account, standing, now)
    newest = max(standing.newest, found.newest, key=_number)
    following = replace(standing, page=found.page, pages=standing.pages + 1, newest=newest)
    return _page(account, following if found.page else _ended(account, following, now), found)


def _standing(account: Account, cursor: Cursor | None, now: datetime) -> Pass:
    """The pass that `cursor` describes; after one that ended, or with none, the first stage of a new one."""
    known = cursor is not None and cursor.get("version") == CURSOR_VERSION
    standing = Pass(**cursor) if cursor is not None and known else Pass()
    return standing if standing.stage in _READ else replace(standing, stage=_stages(account, standing, now)[0])


def _stages(account: Account, standing: Pass, now: datetime) -> list[str]:
    """Those that this pass has, in order."""
    wanted = {
        MENTIONS: True,
        OWN: True,
        SEARCH: bool(setting(account, "search")),
        MESSAGES: setting(account, "messages") == "yes",
        USAGE: bool(setting(account, "app_token")),
    }
    return [name for name, is_wanted in wanted.items() if is_wanted and standing.later.get(name, 0) <= now.timestamp()]


def _ended(account: Account, standing: Pass, now: datetime) -> Pass:
    """The stage is over: its mark moves, and the next stage begins."""
    stage = standing.stage
    since = {**standing.since, stage: standing.newest} if standing.newest else standing.since
    later = {**standing.later, USAGE: int(now.timestamp()) + DAY_SECONDS} if stage == USAGE else standing.later
    read = {**standing.read, stage: int(now.timestamp())}
    return _next(account, replace(standing, since=since, later=later, read=read), now)


def _next(account: Account, standing: Pass, now: datetime) -> Pass:
    order = list(_READ)
    behind = order[order.index(standing.stage) + 1 :]
    following = next((name for name in behind if name in _stages(account, standing, now)), "")
    return replace(standing, stage=following, page="", pages=0, newest="")


def _left_out(account: Account, standing: Pass, now: datetime, seconds: int) -> Page:
    later = {**standing.later, standing.stage: int(now.timestamp()) + seconds}
    return _page(account, _next(account, replace(standing, later=later), now), Found([], []))


def _without(account: Account, standing: Pass, now: datetime) -> Page:
    """X refuses what was asked: a mark that is too old is dropped; a later stage must not stop the others."""
    if standing.stage in standing.since or standing.page:
        since = {name: mark for name, mark in standing.since.items() if name != standing.stage}
        return _page(account, replace(standing, since=since, page="", pages=0, newest=""), Found([], []))
    return _page(account, _next(account, standing, now), Found([], [standing.stage]))


def _page(account: Account, standing: Pass, found: Found) -> Page:
    return Page(
        tuple(found.items),
        asdict(standing),
        more=bool(standing.stage),
        unreadable=tuple(found.unreadable),
        next_pass_seconds=None if standing.stage else pass_seconds(account),
        allowance=found.allowance,
    )


def _mentions(account: Account, standing: Pass, now: datetime) -> Found:
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    ours = path_segment(account.external_id)
    return _posts(account, api.get_users_mentions(ours, **_timeline(standing, now)), now)


def _own(account: Account, standing: Pass, now: datetime) -> Found:
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    ours = path_segment(account.external_id)
    return _posts(account, api.get_users_tweets(ours, exclude=["retweets"], **_timeline(standing, now)), now)


def _search(account: Account, standing: Pass, now: datetime) -> Found:
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    asked: dict[str, Any] = {**ASKED, "max_results": A_PAGE}
    if standing.read.get(SEARCH, 0) > (now - SEARCH_REACH).timestamp() and SEARCH in standing.since:
        asked["since_id"] = standing.since[SEARCH]
    if standing.page:
        asked["next_token"] = standing.page
    query = f"({setting(account, 'search')}) -is:retweet"
    return _posts(account, api.search_recent_tweets(query, **asked), now)


def _timeline(standing: Pass, now: datetime) -> dict[str, Any]:
    asked: dict[str, Any] = {**ASKED, "max_results": A_PAGE}
    if standing.stage in standing.since:
        asked["since_id"] = standing.since[standing.stage]
    else:
        asked["start_time"] = now - FIRST_REACH
    return asked | ({"pagination_token": standing.page} if standing.page else {})


def _posts(account: Account, answer: dict[str, Any], now: datetime) -> Found:
    told = wire.Node(answer)
    posts, meta = require_posts(told), told.child("meta") or wire.Node({})
    included, open_to_all = Included.of(told), answers_everyone(account)
    items: list[AnyItem] = []
    unreadable: list[str] = []
    for post in posts:
        with _noted(unreadable):
            items += items_of(Told(account.external_id, post, included, now, open_to_all))
    return Found(items, unreadable, meta.id("newest_id"), meta.text("next_token"))


def _messages(account: Account, standing: Pass, now: datetime) -> Found:
    """Newest first and without a mark to ask by, so a page that reaches what we know is the last."""
    api = Api(account, repeatable=True, needs=MESSAGE_SCOPES[:1])
    answer = api.get_direct_message_events(
        dm_event_fields=EVENT_FIELDS,
        event_types="MessageCreate",
        expansions=EVENT_EXPANSIONS,
        media_fields=MEDIA_FIELDS,
        user_fields=USER_FIELDS,
        max_results=A_PAGE,
        user_auth=False,
        **({"pagination_token": standing.page} if standing.page else {}),
    )
    told = wire.Node(answer)
    events, known = require_posts(told), _number(standing.since.get(MESSAGES, ""))
    fresh = [event for event in events if _number(event.id("id")) > known]
    items: list[AnyItem] = []
    unreadable: list[str] = []
    included = Included.of(told)
    for event in fresh:
        with _noted(unreadable):
            items += event_items(account.external_id, event, included, now)
    goes_on = len(fresh) == len(events) and standing.pages + 1 < MOST_MESSAGE_PAGES
    newest = max((event.id("id") for event in fresh), key=_number, default="")
    following = (told.child("meta") or wire.Node({})).text("next_token") if goes_on else ""
    return Found(items, unreadable, newest, following)


def _usage(account: Account, _standing: Pass, _now: datetime) -> Found:
    """How many posts the app has read in this period, of how many."""
    api = Api(account, repeatable=True, as_app=True)
    data = wire.Node(api.request("GET", "/2/usage/tweets").json()).child("data") or wire.Node({})
    used = data.number("project_usage")
    if used is None:
        return Found([], [USAGE])
    return Found([], [], allowance=Allowance(used, data.number("project_cap"), gettext_noop("posts read")))


@contextmanager
def _noted(unreadable: list[str]) -> Iterator[None]:
    """One odd element must not stop the poll for ever: leave it out and say where it was."""
    try:
        yield
    except Unreadable as error:
        unreadable.append(error.path)


def _number(number: str) -> int:
    """Ids compare as numbers; what is none comes before all."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 30 else 0


_READ = {MENTIONS: _mentions, OWN: _own, SEARCH: _search, MESSAGES: _messages, USAGE: _usage}
