"""The simulated Facebook as the town's stage."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sandbox.facebook import writes
from sandbox.facebook.pages import Page, get_page, list_pages, person_id
from sandbox.facebook.site import Site
from sandbox.town.stage import Reply, Said

_LATELY = 40


class FacebookStage:
    """Customers' acts on simulated pages."""

    def __init__(self, site: Site) -> None:
        self._site, self.platform = site, site.platform

    def accounts(self) -> list[str]:
        """All registered pages."""
        return [page.id for page in list_pages(self._site)]

    def own_posts(self, account: str) -> Sequence[Said]:
        """The page's latest posts."""
        sql = (
            "SELECT id, author_name, message FROM fb_post_view"
            " WHERE page_id = ? AND kind = 'page' AND removed = 0 ORDER BY seq DESC LIMIT 12"
        )
        return [_said(row) for row in self._site.store.rows(sql, account)]

    def customers_words(self, account: str) -> Sequence[Said]:
        """The latest comments by customers."""
        sql = (
            "SELECT id, author_name, message FROM fb_comment_view"
            " WHERE page_id = ?1 AND author_id <> ?1 AND NOT gone ORDER BY seq DESC LIMIT ?2"
        )
        return [_said(row) for row in self._site.store.rows(sql, account, _LATELY)]

    def comment(self, account: str, name: str, below: str, text: str, run_id: int | None) -> str | None:
        """A comment or a reply."""
        page = self._page(account)
        author = person_id(self._site, account, name)
        return writes.create_comment(self._site, page, parent_id=below, author_id=author, message=text, run_id=run_id)

    def post(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """A visitor's post."""
        author = person_id(self._site, account, name)
        return writes.create_post(self._site, self._page(account), author_id=author, message=text, run_id=run_id)

    def mention(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """A post elsewhere that tags the page."""
        page = self._page(account)
        author = person_id(self._site, account, name)
        message = f"@{page.name} {text}"
        return writes.create_mention(self._site, page, author_id=author, message=message, run_id=run_id)[0]

    def edit(self, account: str, said: Said, text: str, run_id: int | None) -> None:
        """The author edits a comment."""
        comment = writes.get_comment(self._site, said.id)
        if comment is not None:
            page, actor = self._page(account), comment["author_id"]
            writes.edit_comment(self._site, page, comment, text, actor_id=actor, run_id=run_id)

    def remove(self, account: str, said: Said, run_id: int | None) -> None:
        """The author deletes a comment."""
        comment = writes.get_comment(self._site, said.id)
        if comment is not None:
            page, actor = self._page(account), comment["author_id"]
            writes.remove_comment(self._site, page, comment, actor_id=actor, run_id=run_id)

    def react(self, account: str, name: str, target: str, run_id: int | None) -> None:
        """A reaction to a post or a comment."""
        row = writes.get_post(self._site, target) or writes.get_comment(self._site, target)
        if row is not None:
            actor = person_id(self._site, account, name)
            kind = self._site.rng.choice(("like", "love", "haha", "wow", "sad", "angry"))
            page = self._page(account)
            writes.react(self._site, page, target=row, actor_id=actor, kind=kind, run_id=run_id)

    def replies_since(self, account: str, seq: int) -> Sequence[Reply]:
        """The page's comments after `seq`, each with the customer it speaks to."""
        sql = (
            "SELECT * FROM fb_comment_view WHERE page_id = ?1 AND author_id = ?1 AND seq > ?2 AND NOT gone ORDER BY seq"
        )
        return [reply for row in self._site.store.rows(sql, account, seq) if (reply := self._reply(row)) is not None]

    def _reply(self, row: sqlite3.Row) -> Reply | None:
        """A page's comment as an answer to whoever spoke last before it: in the thread, else the visitor's post."""
        sql = (
            "SELECT author_id, author_name, message FROM fb_comment_view WHERE (id = ?1 OR root_id = ?1)"
            " AND author_id <> page_id AND seq < ?2 AND NOT gone ORDER BY seq DESC LIMIT 1"
        )
        spoken = self._site.store.row(sql, row["root_id"], row["seq"]) if row["root_id"] else None
        spoken = spoken or writes.get_post(self._site, row["post_id"])
        if spoken is None or spoken["author_id"] in (None, row["page_id"]):
            return None
        turns = self._site.store.number(
            "SELECT COUNT(*) FROM fb_comments WHERE page_id = ? AND author_id = ? AND post_id = ?",
            row["page_id"],
            spoken["author_id"],
            row["post_id"],
        )
        return Reply(row["id"], row["seq"], spoken["author_name"], spoken["message"], turns)

    def _page(self, account: str) -> Page:
        page = get_page(self._site, account)
        if page is None:
            raise LookupError(account)
        return page


def _said(row: sqlite3.Row) -> Said:
    return Said(row["id"], row["author_name"] or "", row["message"])
