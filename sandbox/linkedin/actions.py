"""What the API offers: reading posts, comments and notifications; commenting, deleting and liking as the page."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.linkedin import errors, restli, writes
from sandbox.linkedin.restli import Call
from sandbox.linkedin.site import Page, Site

ADMINISTRATOR = "urn:li:person:administrator"
_LONGEST = 1250
_SUBSCRIBED_SECONDS = 60 * 86400
_KEPT_MILLISECONDS = 60 * 86400 * 1000


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: status, JSON body or none, headers."""

    status: int = 200
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


Act = Callable[[Site, Page, Call], Told]


def organization(_site: Site, page: Page, call: Call) -> Told:
    """GET /organizations/{id}."""
    if restli.decoded(call.steps[1]) != page.id:
        raise errors.gone()
    return Told(body={"id": int(page.id), "localizedName": page.name, "vanityName": f"page-{page.id}"})


def roles(site: Site, page: Page, call: Call) -> Told:
    """GET /organizationAcls?q=roleAssignee: the pages that whoever signed in administers."""
    if call.asked.get("q") != "roleAssignee":
        raise errors.bad_request("Unknown finder")
    if site.panel(page.id).take("not_managed") is not None:
        return _paged(call, [])
    role = {"role": "ADMINISTRATOR", "state": "APPROVED", "roleAssignee": ADMINISTRATOR, "organization": page.urn}
    return _paged(call, [role])


def subscriptions(site: Site, page: Page, call: Call) -> Told:
    """GET /eventSubscriptions?q=subscriberAndEventType: where the page's notifications go."""
    asked = restli.record(call.asked.get("subscriber", ""))
    if call.asked.get("q") != "subscriberAndEventType" or asked.get("entity") != page.urn:
        raise errors.bad_request("Param subscriber must name the page")
    on = site.panel(page.id).load()
    fault, left = (on.get(name, {}).get("value") for name in ("webhook", "webhook_ends"))
    address = "https://old-helpdesk.example/hooks/li" if fault == "elsewhere" else page.callback_url
    if fault == "gone" or not address:
        return _paged(call, [])
    ends_at = _milliseconds(site.clock.now()) + 1000 * int(left or _SUBSCRIBED_SECONDS)
    return _paged(call, [{"webhook": address, "entity": page.urn, "expiresAt": ends_at}])


def subscribe(site: Site, page: Page, call: Call) -> Told:
    """PUT /eventSubscriptions/(developerApplication:…,user:…,entity:…,eventType:…): lead the news to an address."""
    key, address = restli.record(call.steps[1]), str(call.body.get("webhook", ""))
    named = (key.get("entity"), key.get("user"), key.get("eventType"))
    if named != (page.urn, ADMINISTRATOR, "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"):
        raise errors.denied("eventSubscriptions.UPDATE for this subscriber")
    if not key.get("developerApplication", "").startswith("urn:li:developerApplication:"):
        raise errors.bad_request("developerApplication must be a URN")
    if site.panel(page.id).take("no_webhooks") is not None:
        raise errors.denied("eventSubscriptions.UPDATE")
    if not call.passed:
        raise errors.bad_request("The webhook did not answer the challenge")
    site.panel(page.id).change({"webhook": None, "webhook_ends": None})
    site.store.run("UPDATE li_pages SET callback_url = ? WHERE id = ?", address, page.id)
    return Told(204)


def person(site: Site, _page: Page, call: Call) -> Told:
    """GET /people/(id:{id})."""
    urn = f"urn:li:person:{restli.record(call.steps[1]).get('id', '')}"
    row = site.store.row("SELECT name FROM li_people WHERE urn = ?", urn)
    if row is None:
        raise errors.gone()
    first, _, last = row["name"].partition(" ")
    return Told(body={"localizedFirstName": first, "localizedLastName": last})


def posts(site: Site, page: Page, call: Call) -> Told:
    """GET /posts?q=author."""
    if call.asked.get("q") != "author" or call.value("author") != page.urn:
        raise errors.bad_request("Param author must be the page")
    sql = (
        "SELECT * FROM li_posts WHERE page_id = ? AND kind = 'page' AND removed = 0 ORDER BY created_at DESC, seq DESC"
    )
    return _paged(call, [_post(row) for row in site.store.rows(sql, page.id)])


def comments(site: Site, page: Page, call: Call) -> Told:
    """GET /socialActions/{post or comment}/comments."""
    place = _place(site, page, call)
    if "number" in place.keys():  # noqa: SIM118 -- a Row has keys but no `in`
        rows = site.store.rows("SELECT * FROM li_standing WHERE root = ? ORDER BY seq", place["number"])
    else:
        sql = "SELECT * FROM li_standing WHERE activity = ? AND root IS NULL ORDER BY seq"
        rows = site.store.rows(sql, place["activity"])
    return _paged(call, [_comment(site, row) for row in rows])


def comment_on(site: Site, page: Page, call: Call) -> Told:
    """POST /socialActions/{post or comment}/comments, as the page."""
    place, body = _place(site, page, call), call.body
    text = body.get("message", {}).get("text", "") if isinstance(body.get("message"), dict) else ""
    if body.get("actor") != page.urn:
        raise errors.denied("comments.CREATE as this actor")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise errors.bad_request("Field message.text is missing or too long")
    if site.post(str(body.get("object", ""))) is None:
        raise errors.bad_request("Field object must name the post")
    below = str(body.get("parentComment") or body["object"])
    above = site.comment(below)
    if "number" in place.keys() and (above is None or above["urn"] != place["urn"] or above["root"]):  # noqa: SIM118
        raise errors.bad_request("Field parentComment must name the root comment of the path")
    made = writes.create_comment(site, page, below=below, author=page.urn, text=text)
    if made is None:
        raise errors.gone()
    return Told(201, _comment(site, made), {"x-restli-id": made["number"]})


def remove(site: Site, page: Page, call: Call) -> Told:
    """DELETE /socialActions/{post}/comments/{id}: our own, or anybody's under our post."""
    place = _place(site, page, call)
    row = site.comment(f"urn:li:comment:({place['activity']},{restli.decoded(call.steps[3])})")
    if row is None:
        raise errors.gone()
    if call.value("actor") != page.urn or page.urn not in (row["author"], row["post_author"]):
        raise errors.denied("comments.DELETE")
    writes.remove_comment(site, page, row)
    return Told(204)


def like(site: Site, page: Page, call: Call) -> Told:
    """POST /reactions, as the page."""
    entity = str(call.body.get("root", ""))
    if call.value("actor") != page.urn or call.body.get("reactionType") != "LIKE":
        raise errors.bad_request("Param actor must be the page, and reactionType one that is known")
    if site.post(entity) is None and site.comment(entity) is None:
        raise errors.gone()
    if not writes.react(site, page, entity=entity, actor=page.urn):
        raise errors.conflict()
    return Told(201, {"root": entity, "reactionType": "LIKE"})


def unlike(site: Site, page: Page, call: Call) -> Told:
    """DELETE /reactions/(actor:…,entity:…)."""
    key = restli.record(call.steps[1])
    if key.get("actor") != page.urn:
        raise errors.denied("reactions.DELETE")
    if not writes.unreact(site, entity=key.get("entity", ""), actor=page.urn):
        raise errors.gone()
    return Told(204)


def notifications(site: Site, page: Page, call: Call) -> Told:
    """GET /organizationalEntityNotifications?q=criteria: what was told of in a span of the last 60 days."""
    wanted, span = restli.items(call.asked.get("actions", "")), restli.record(call.asked.get("timeRange", ""))
    if call.asked.get("q") != "criteria" or call.value("organizationalEntity") != page.urn:
        raise errors.bad_request("Param organizationalEntity must be the page")
    start, end = int(span["start"]), int(span["end"])
    if start < int(site.clock.now() * 1000) - _KEPT_MILLISECONDS or end < start:
        raise errors.bad_request("Param timeRange must lie within the last 60 days")
    sql = (
        "SELECT payload FROM li_notices WHERE page_id = ? AND at BETWEEN ? AND ?"
        " AND action IN (SELECT value FROM json_each(?)) ORDER BY seq"
    )
    rows = site.store.rows(sql, page.id, start, end, json.dumps(wanted))
    return _paged(call, [json.loads(row["payload"]) for row in rows])


# (method, first step, number of steps) → what to do and which scope it needs
ACTIONS: dict[tuple[str, str, int], tuple[Act, str]] = {
    ("GET", "organizationAcls", 1): (roles, "rw_organization_admin"),
    ("GET", "eventSubscriptions", 1): (subscriptions, "rw_organization_admin"),
    ("PUT", "eventSubscriptions", 2): (subscribe, "rw_organization_admin"),
    ("GET", "organizations", 2): (organization, "rw_organization_admin"),
    ("GET", "organizationalEntityNotifications", 1): (notifications, "rw_organization_admin"),
    ("GET", "people", 2): (person, "r_basicprofile"),
    ("GET", "posts", 1): (posts, "r_organization_social"),
    ("GET", "socialActions", 3): (comments, "r_organization_social_feed"),
    ("POST", "socialActions", 3): (comment_on, "w_organization_social_feed"),
    ("DELETE", "socialActions", 4): (remove, "w_organization_social_feed"),
    ("POST", "reactions", 1): (like, "w_organization_social_feed"),
    ("DELETE", "reactions", 2): (unlike, "w_organization_social_feed"),
}


def _place(site: Site, page: Page, call: Call) -> sqlite3.Row:
    """The post or comment that the path names."""
    urn = restli.decoded(call.steps[1])
    place = site.post(urn) or site.comment(urn)
    if call.steps[2] != "comments" or place is None or place["page_id"] != page.id:
        raise errors.gone()
    return place


def _paged(call: Call, found: list[dict[str, Any]]) -> Told:
    start, count = call.whole_number("start", 0), call.whole_number("count", 10)
    paging = {"start": start, "count": count, "total": len(found), "links": []}
    return Told(body={"paging": paging, "elements": found[start : start + count]})


def _milliseconds(at: float) -> int:
    return int(at * 1000)


def _post(row: sqlite3.Row) -> dict[str, Any]:
    at = _milliseconds(row["created_at"])
    return {
        "id": row["share"],
        "author": row["author"],
        "commentary": "".join(f"\\{letter}" if letter in "(){}[]@*_~|<>\\" else letter for letter in row["text"]),
        "visibility": "PUBLIC",
        "lifecycleState": "PUBLISHED",
        "publishedAt": at,
        "lastModifiedAt": at,
    }


def _comment(site: Site, row: sqlite3.Row) -> dict[str, Any]:
    below = site.store.number("SELECT COUNT(*) FROM li_standing WHERE root = ?", row["number"])
    likes = site.store.number("SELECT COUNT(*) FROM li_reactions WHERE entity = ?", row["urn"])
    told: dict[str, Any] = {
        "actor": row["author"],
        "commentUrn": row["urn"],
        "id": row["number"],
        "object": row["activity"],
        "message": {"text": row["text"], "attributes": []},
        "created": {"actor": row["author"], "time": _milliseconds(row["created_at"])},
        "lastModified": {"actor": row["author"], "time": _milliseconds(row["updated_at"])},
        "likesSummary": {"totalLikes": likes, "aggregatedTotalLikes": likes, "selectedLikes": []},
        "commentsSummary": {"totalFirstLevelComments": below, "aggregatedTotalComments": below, "selectedComments": []},
    }
    if row["root"]:
        told["parentComment"] = f"urn:li:comment:({row['activity']},{row['root']})"
    return told
