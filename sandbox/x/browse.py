"""The page that people look at: a simulated account's posts, what was said to it, and its messages, as plain HTML."""

from __future__ import annotations

from html import escape

from sandbox.x import shapes, writes
from sandbox.x.accounts import Row, get_account, list_accounts, user_of
from sandbox.x.site import XSite, x_time

_POSTS_SHOWN, _MESSAGES_SHOWN = 80, 40


def list_of_accounts(site: XSite) -> str:
    """The links to all simulated accounts."""
    links = (
        f'<li><a href="/x/{escape(row["id"])}">@{escape(row["handle"])}</a> <small>X account</small></li>'
        for row in list_accounts(site)
    )
    listed = "".join(links)
    return f'<ul class="pages">{listed}</ul>' if listed else ""


def account_html(site: XSite, account_id: str) -> str | None:
    """Everything by or to the account, the newest first; None when there is no such account."""
    account = get_account(site, account_id)
    if account is None:
        return None
    rows = site.store.rows("SELECT * FROM x_posts WHERE gone = 0 ORDER BY number DESC LIMIT ?", _POSTS_SHOWN)
    posts = "".join(_post(site, row) for row in rows if writes.concerns(site, row, account))
    sql = "SELECT * FROM x_messages WHERE ? IN (sender_id, recipient_id) ORDER BY number DESC LIMIT ?"
    messages = "".join(_message(site, row) for row in site.store.rows(sql, account_id, _MESSAGES_SHOWN))
    private = f"<h2>Direct messages</h2>{messages}" if messages else ""
    return f"<h1>@{escape(account['handle'])}</h1>{posts}{private}"


def _post(site: XSite, row: Row) -> str:
    likes = site.store.number("SELECT COUNT(*) FROM x_likes WHERE post_id = ?", shapes.versions(row)[0])
    marks = [f"{likes} like{'' if likes == 1 else 's'}"] if likes else []
    marks += ["answer"] if row["reply_to"] else []
    marks += ["hidden from others"] if row["hidden"] else []
    marks += ["edited"] if len(shapes.versions(row)) > 1 else []
    return _said(site, row["author_id"], row["text"], row["created_at"], marks, f"i{row['number']}")


def _message(site: XSite, row: Row) -> str:
    to = f"to {user_of(site, row['recipient_id'])[0]}"
    return _said(site, row["sender_id"], row["text"], row["created_at"], [to], f"m{row['number']}")


def _said(site: XSite, author: str, text: str, at: float, marks: list[str], anchor: str) -> str:
    name, handle = user_of(site, author)
    stamp = x_time(at)
    noted = "".join(f' <span class="mark">{escape(mark)}</span>' for mark in marks)
    return (
        f'<article id="{anchor}"><header><b>{escape(name)}</b> <small>@{escape(handle)}</small>{noted} '
        f'<time datetime="{stamp}">{stamp[:16].replace("T", " ")}</time></header>'
        f'<p class="text">{escape(text)}</p></article>'
    )
