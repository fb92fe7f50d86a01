"""What happens on the simulated X: posts, edits, deletions, likes, messages; each makes its events."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sandbox.x import shapes
from sandbox.x.accounts import Row, get_account, list_accounts, panel
from sandbox.x.hooks import address_for
from sandbox.x.site import PLATFORM, XSite

Shape = dict[str, Any]


def create_post(
    site: XSite, *, author_id: str, text: str, reply_to: str = "", quoted: str = "", run_id: int | None = None
) -> Row:
    """A post, an answer, or a quote."""
    number = site.next_number()
    above = shapes.get_post(site, reply_to)
    site.store.run(
        "INSERT INTO x_posts (number, versions, author_id, text, reply_to, quoted, root, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        json.dumps([str(number)]),
        author_id,
        text,
        reply_to,
        quoted,
        above["root"] if above else str(number),
        site.clock.now(),
    )
    row = _row(site, number)
    _tell_post(site, row, run_id)
    return row


def edit_post(site: XSite, row: Row, text: str, run_id: int | None = None) -> Row:
    """A new version with an id of its own."""
    number = site.next_number()
    site.store.run(
        "UPDATE x_posts SET number = ?, versions = ?, text = ? WHERE number = ?",
        number,
        json.dumps([*shapes.versions(row), str(number)]),
        text,
        row["number"],
    )
    edited = _row(site, number)
    _tell_post(site, edited, run_id)
    return edited


def delete_post(site: XSite, row: Row, run_id: int | None = None) -> None:
    """Gone with all its versions. X tells the accounts named or answered in it by no event but for their own posts."""
    site.store.run("UPDATE x_posts SET gone = 1, text = '' WHERE number = ?", row["number"])
    author = get_account(site, row["author_id"])
    if author is not None:
        deleted = {"id": shapes.post_id(row), "author_id": row["author_id"]}
        activity = activity_of(author["id"], "post.delete", deleted | {"edit_history_tweet_ids": shapes.versions(row)})
        status = {"id": shapes.versions(row)[0], "user_id": row["author_id"]}
        stamp = str(int(site.clock.now() * 1000))
        old = {"tweet_delete_events": [{"status": status, "timestamp_ms": stamp}]}
        queue(site, author["id"], activity, old, run_id)


def like(site: XSite, row: Row, person: str, run_id: int | None = None) -> None:
    """Somebody likes a post; only the older webhook tells of it."""
    site.store.run("INSERT OR IGNORE INTO x_likes VALUES (?, ?)", shapes.versions(row)[0], person)
    if get_account(site, row["author_id"]) is not None:
        event = {
            "id": uuid.uuid4().hex,
            "timestamp_ms": int(site.clock.now() * 1000),
            "favorited_status": shapes.old_post_shape(site, row),
            "user": shapes.old_user_shape(site, person),
        }
        queue(site, row["author_id"], None, {"favorite_events": [event]}, run_id)


def send_message(site: XSite, *, sender: str, recipient: str, text: str, run_id: int | None = None) -> Row:
    """A direct message between a person and an account."""
    number = site.next_number()
    site.store.run(
        "INSERT INTO x_messages VALUES (?, ?, ?, ?, ?, ?)",
        number,
        conversation(sender, recipient),
        sender,
        recipient,
        text,
        site.clock.now(),
    )
    row = site.store.row("SELECT * FROM x_messages WHERE number = ?", number)
    assert row is not None  # noqa: S101  just written
    people = {each: shapes.old_user_shape(site, each) for each in (sender, recipient)}
    body = {"direct_message_events": [shapes.old_message_shape(row)], "users": people}
    for account, kind in ((recipient, "dm.received"), (sender, "dm.sent")):
        if get_account(site, account) is not None:
            queue(site, account, activity_of(account, kind, body), body, run_id)
    return row


def conversation(one: str, other: str) -> str:
    """The name of the conversation of two: the smaller id first."""
    return "-".join(sorted((one, other), key=int))


def concerns(site: XSite, row: Row, account: Row) -> str:
    """Why an account hears of a post: `mention`, `reply`, `quote`, `own`, or "" for not at all."""
    if row["author_id"] == account["id"]:
        return "own"
    if row["reply_to"] and shapes.author_of(site, row["reply_to"]) == account["id"]:
        return "reply"
    if row["quoted"] and shapes.author_of(site, row["quoted"]) == account["id"]:
        return "quote"
    return "mention" if any(number == account["id"] for number, _ in shapes.mentions(site, row["text"])) else ""


def _tell_post(site: XSite, row: Row, run_id: int | None) -> None:
    for account in list_accounts(site):
        why = concerns(site, row, account)
        if why:
            kind = "post.create" if why == "own" else f"post.{why}.create"
            shape, beside = shapes.post_shape(site, row), shapes.included(site, [row])
            activity = activity_of(account["id"], kind, shape, beside)
            queue(site, account["id"], activity, {"tweet_create_events": [shapes.old_post_shape(site, row)]}, run_id)
    _tell_streams(site, row)


def _tell_streams(site: XSite, row: Row) -> None:
    """Every open stream whose app has a rule that the post meets: one of its words in brackets stands in the text."""
    for stream in site.streams:
        rules = site.store.rows("SELECT * FROM x_rules WHERE app_token = ?", stream.app_token)
        met = [{"id": str(rule["id"]), "tag": rule["tag"]} for rule in rules if meets(row["text"], rule["value"])]
        if met:
            line = {"data": shapes.post_shape(site, row), "includes": shapes.included(site, [row])}
            stream.lines.put_nowait(json.dumps(line | {"matching_rules": met}).encode() + b"\r\n")


def meets(text: str, query: str) -> bool:
    """A small part of X's query language: alternatives in brackets with OR between; words that begin with - are out."""
    wanted = [part.strip('() "').lower() for part in query.replace("-is:retweet", "").split(" OR ")]
    return any(all(word in text.lower() for word in part.split()) for part in wanted if part)


def activity_of(account: str, kind: str, payload: Shape, beside: Shape | None = None) -> Shape:
    data: Shape = {"event_uuid": str(uuid.uuid4()), "filter": {"user_id": account}, "event_type": kind}
    return {"data": data | {"tag": "sandbox", "payload": payload} | ({"includes": beside} if beside else {})}


def queue(site: XSite, account: str, activity: Shape | None, old: Shape, run_id: int | None) -> None:
    """Into the outbox, in the shape that the account has subscribed to."""
    row = get_account(site, account)
    by_activity = row is not None and row["webhook"] == "activity"
    body = activity if by_activity else {"for_user_id": account, **old}
    kind = str(activity["data"]["event_type"]) if activity else ""
    if row is None or body is None or not address_for(site, row, kind):
        return
    switches = panel(site, account)
    share = switches.take("drop_webhooks")
    if share is not None and site.rng.random() < share:
        site.store.count_up("events_lost")
        return
    if by_activity and switches.take("new_names") is not None:
        body = shapes.renamed(body)
    now = site.clock.now()
    due = now + float(switches.take("delay_webhooks") or 0)
    site.outbox.add(platform=PLATFORM, account_id=account, payload=body, now=now, due_at=due, run_id=run_id)
    site.wake()


def _row(site: XSite, number: int) -> Row:
    row = site.store.row("SELECT * FROM x_posts WHERE number = ?", number)
    assert row is not None  # noqa: S101  just written
    return row
