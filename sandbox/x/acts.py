"""What each endpoint of API v2 does. A call that is refused raises a Problem; a good one gives status and answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.x import hooks, problems, shapes, writes
from sandbox.x.accounts import Row, get_account, panel, user_of
from sandbox.x.site import XSite

Answer = tuple[int, dict[str, Any]]
_WEEK_SECONDS = 7 * 86400
_PLAN_POSTS = 2_000_000
_LONGEST = 4 * 280  # a rough bound; the exact weight is the client's business


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in."""

    site: XSite
    account: Row
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    as_app: bool = False  # with the app's own token, not the account's
    passed: bool = False  # the address named has passed the challenge

    def as_the_app(self) -> None:
        """Refuse any other token than the app's."""
        if not self.as_app:
            raise problems.wrong_token()

    def site_switch(self, name: str) -> Any | None:
        """The value of one of the account's switches, without using it up; None when it is off."""
        return panel(self.site, self.account["id"]).load().get(name, {}).get("value")

    def flag(self, name: str) -> bool:
        """A required true or false of the body."""
        value = self.body.get(name)
        if not isinstance(value, bool):
            raise problems.invalid(f"{name} must be a boolean", name)
        return value

    def text(self) -> str:
        """The text to write."""
        value = self.body.get("text")
        if not isinstance(value, str) or not value.strip() or len(value) > 10_000:
            raise problems.invalid("text is missing or too long", "text")
        return value


def me(call: Call) -> Answer:
    """The account itself."""
    return 200, {"data": shapes.user_shape(call.site, call.account["id"])}


def user(call: Call) -> Answer:
    """A person."""
    number = call.path["number"]
    if not user_of(call.site, number)[1]:
        raise problems.not_found(number)
    return 200, {"data": shapes.user_shape(call.site, number)}


def mentions(call: Call) -> Answer:
    """Posts by others that name or answer the account."""
    account = _own(call)
    rows = call.site.store.rows("SELECT * FROM x_posts WHERE gone = 0 AND author_id <> ?", account["id"])
    return _timeline(call, [row for row in rows if writes.concerns(call.site, row, account) in ("mention", "reply")])


def own_posts(call: Call) -> Answer:
    """What the account wrote."""
    account = _own(call)
    return _timeline(
        call, call.site.store.rows("SELECT * FROM x_posts WHERE gone = 0 AND author_id = ?", account["id"])
    )


def search(call: Call) -> Answer:
    """Posts of the last seven days that meet a query."""
    query = call.query.get("query", "")
    if not query or len(query) > 512:
        raise problems.invalid("query must be 1 to 512 characters", "query")
    oldest = call.site.clock.now() - _WEEK_SECONDS
    rows = call.site.store.rows("SELECT * FROM x_posts WHERE gone = 0 AND created_at >= ?", oldest)
    return _timeline(call, [row for row in rows if writes.meets(row["text"], query)])


def lookup(call: Call) -> Answer:
    """Posts by id; what is gone stands among the errors of an answer that is good otherwise."""
    asked = [number for number in call.query.get("ids", "").split(",") if number]
    if not 1 <= len(asked) <= 100 or not all(number.isdigit() for number in asked):
        raise problems.invalid("ids must be 1 to 100 numbers", "ids")
    found = {number: shapes.get_post(call.site, number) for number in asked}
    rows = [row for row in found.values() if row]
    lost = [problems.missing_entry(number) for number, row in found.items() if not row]
    answer: dict[str, Any] = {"errors": lost} if lost else {}
    if rows:
        answer |= {"data": [shapes.post_shape(call.site, row) for row in rows]}
        answer |= {"includes": shapes.included(call.site, rows)}
    _count(call, len(rows))
    return 200, answer


def post(call: Call) -> Answer:
    """A post; an answer only to who has mentioned, quoted or answered the account."""
    text, reply = call.text(), call.body.get("reply") or {}
    target = str(reply.get("in_reply_to_tweet_id", ""))
    if len(text) > _LONGEST:
        raise problems.invalid("text is too long", "text")
    if target:
        _may_answer(call, target, text)
        names = _names_above(call, target)
        text = f"{names} {text}" if names else text
    made = writes.create_post(call.site, author_id=call.account["id"], text=text, reply_to=target)
    return 201, {"data": {"id": shapes.post_id(made), "text": text, "edit_history_tweet_ids": shapes.versions(made)}}


def _may_answer(call: Call, target: str, text: str) -> None:
    above = shapes.get_post(call.site, target)
    if above is None:
        raise problems.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    if not writes.concerns(call.site, above, call.account):
        raise problems.not_summoned()
    sql = "SELECT COUNT(*) FROM x_posts WHERE author_id = ? AND reply_to = ? AND gone = 0 AND text LIKE ?"
    if call.site.store.number(sql, call.account["id"], target, f"%{text}"):
        raise problems.forbidden("You are not allowed to create a Tweet with duplicate content.")


def _names_above(call: Call, target: str) -> str:
    writer = shapes.author_of(call.site, target)
    return f"@{user_of(call.site, writer)[1]}" if writer != call.account["id"] else ""


def delete(call: Call) -> Answer:
    """Delete a post of the account's own."""
    row = _standing(call)
    if row is None:
        return 200, {"data": {"deleted": True}}  # it may be asked for twice
    if row["author_id"] != call.account["id"]:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    writes.delete_post(call.site, row)
    return 200, {"data": {"deleted": True}}


def hide(call: Call) -> Answer:
    """Hide or show an answer in a conversation that the account began."""
    row, hidden = _standing(call), call.flag("hidden")
    if row is None:
        raise problems.not_found(call.path["number"])
    if not row["reply_to"] or shapes.author_of(call.site, row["root"]) != call.account["id"]:
        raise problems.forbidden("You are not permitted to hide this reply.")
    call.site.store.run("UPDATE x_posts SET hidden = ? WHERE number = ?", int(hidden), row["number"])
    return 200, {"data": {"hidden": hidden}}


def messages(call: Call) -> Answer:
    """The account's direct messages, the newest first."""
    rows = call.site.store.rows(
        "SELECT * FROM x_messages WHERE ? IN (sender_id, recipient_id) ORDER BY number DESC", call.account["id"]
    )
    page, token = _page(call, rows)
    answer: dict[str, Any] = {"meta": {"result_count": len(page), **({"next_token": token} if token else {})}}
    if page:
        answer["data"] = [shapes.message_shape(row) for row in page]
        people = dict.fromkeys(row["sender_id"] for row in page)
        answer["includes"] = {"users": [shapes.user_shape(call.site, each) for each in people]}
    return 200, answer


def write_to(call: Call) -> Answer:
    """A direct message to a person."""
    return _write(call, call.path["number"])


def write_in(call: Call) -> Answer:
    """A direct message in a conversation of two."""
    two = call.path["conversation"].split("-")
    others = [number for number in two if number != call.account["id"]]
    if len(two) != 2 or len(others) != 1:
        raise problems.forbidden("You do not have permission to DM one or more participants.")
    return _write(call, others[0])


def _write(call: Call, person: str) -> Answer:
    if not user_of(call.site, person)[1] or get_account(call.site, person) is not None:
        raise problems.forbidden("You do not have permission to DM one or more participants.")
    made = writes.send_message(call.site, sender=call.account["id"], recipient=person, text=call.text())
    return 201, {"data": {"dm_conversation_id": made["conversation"], "dm_event_id": str(made["number"])}}


def usage(call: Call) -> Answer:
    """How many posts were read in this period, of how many."""
    row = get_account(call.site, call.account["id"])
    read = row["posts_read"] if row else 0
    return 200, {"data": {"project_usage": str(read), "project_cap": str(_PLAN_POSTS), "cap_reset_day": 1}}


def rules(call: Call) -> Answer:
    """The rules of the app's stream."""
    rows = call.site.store.rows("SELECT * FROM x_rules WHERE app_token = ? ORDER BY id", call.account["app_token"])
    listed = [{"id": str(row["id"]), "value": row["value"], "tag": row["tag"]} for row in rows]
    return 200, ({"data": listed} if listed else {}) | {"meta": {"result_count": len(listed)}}


def change_rules(call: Call) -> Answer:
    """Add and delete rules."""
    app, store = call.account["app_token"], call.site.store
    for number in (call.body.get("delete") or {}).get("ids", []):
        store.run("DELETE FROM x_rules WHERE app_token = ? AND id = ?", app, int(number))
    for rule in call.body.get("add") or []:
        store.run("INSERT INTO x_rules (app_token, value, tag) VALUES (?, ?, ?)", app, rule["value"], rule.get("tag"))
    return (201 if call.body.get("add") else 200), rules(call)[1]


def _own(call: Call) -> Row:
    if call.path["number"] != call.account["id"]:
        raise problems.forbidden("You are not permitted to perform this action.")
    return call.account


def _standing(call: Call) -> Row | None:
    return shapes.get_post(call.site, call.path["number"])


def _timeline(call: Call, rows: Iterable[Row]) -> Answer:
    since = int(call.query.get("since_id", "0") or 0)
    begin = call.query.get("start_time", "")
    oldest = datetime.fromisoformat(begin).timestamp() if begin else 0.0
    fresh = [row for row in rows if row["number"] > since and row["created_at"] >= oldest]
    page, token = _page(call, sorted(fresh, key=lambda row: -row["number"]))
    meta: dict[str, Any] = {"result_count": len(page)}
    if not page:
        return 200, {"meta": meta}
    meta |= {"newest_id": shapes.post_id(page[0]), "oldest_id": shapes.post_id(page[-1])}
    meta |= {"next_token": token} if token else {}
    _count(call, len(page))
    data = [shapes.post_shape(call.site, row) for row in page]
    return 200, {"data": data, "includes": shapes.included(call.site, page), "meta": meta}


def _page(call: Call, newest_first: list[Row]) -> tuple[list[Row], str]:
    """One page, and where the next begins: below the last id of this one."""
    token = call.query.get("pagination_token", "") or call.query.get("next_token", "")
    below = int(token.removeprefix("7140")) if token else None
    rest = [row for row in newest_first if below is None or row["number"] < below]
    most = max(1, min(int(call.query.get("max_results", "10") or 10), 100))
    page = rest[:most]
    return page, f"7140{page[-1]['number']}" if len(rest) > most else ""


def _count(call: Call, posts: int) -> None:
    call.site.store.run("UPDATE x_accounts SET posts_read = posts_read + ? WHERE id = ?", posts, call.account["id"])


Act = Callable[[Call], Answer]
_OLD = "/2/account_activity/webhooks/{number}/subscriptions/all"
# (method, path) → what it does, what it counts as, and how often that may be done in a quarter of an hour.
ACTS: dict[tuple[str, str], tuple[Act, str, int]] = {
    ("GET", "/2/users/me"): (me, "me", 75),
    ("GET", "/2/users/{number}"): (user, "users", 900),
    ("GET", "/2/users/{number}/mentions"): (mentions, "mentions", 300),
    ("GET", "/2/users/{number}/tweets"): (own_posts, "timeline", 900),
    ("GET", "/2/tweets/search/recent"): (search, "search", 300),
    ("GET", "/2/tweets/search/stream/rules"): (rules, "rules", 450),
    ("POST", "/2/tweets/search/stream/rules"): (change_rules, "rules", 450),
    ("GET", "/2/tweets"): (lookup, "lookup", 5000),
    ("POST", "/2/tweets"): (post, "post", 100),
    ("DELETE", "/2/tweets/{number}"): (delete, "delete", 50),
    ("PUT", "/2/tweets/{number}/hidden"): (hide, "hide", 50),
    ("GET", "/2/dm_events"): (messages, "messages", 15),
    ("POST", "/2/dm_conversations/with/{number}/messages"): (write_to, "write", 15),
    ("POST", "/2/dm_conversations/{conversation}/messages"): (write_in, "write", 15),
    ("GET", "/2/webhooks"): (hooks.list_webhooks, "webhooks", 450),
    ("POST", "/2/webhooks"): (hooks.register, "webhooks kept", 450),
    ("PUT", "/2/webhooks/{number}"): (hooks.check_again, "webhooks kept", 450),
    ("DELETE", "/2/webhooks/{number}"): (hooks.remove, "webhooks kept", 450),
    ("GET", "/2/activity/subscriptions"): (hooks.list_subscriptions, "subscriptions", 500),
    ("POST", "/2/activity/subscriptions"): (hooks.add_subscription, "subscriptions kept", 500),
    ("PUT", "/2/activity/subscriptions/{number}"): (hooks.change_subscription, "subscriptions kept", 500),
    ("GET", _OLD): (hooks.old_subscribed, "subscriptions", 500),
    ("POST", _OLD): (hooks.old_subscribe, "subscriptions kept", 500),
    ("GET", "/2/usage/tweets"): (usage, "usage", 50),
}
