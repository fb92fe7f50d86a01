"""The simulated LinkedIn as the town's stage. Nobody writes on a page's wall there: what others post names the page."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sandbox.linkedin import writes
from sandbox.linkedin.site import PLATFORM, Page, Site
from sandbox.town.stage import Reply, Said

_LATELY = 40


class LinkedInStage:
    """People's acts on simulated pages."""

    platform = PLATFORM

    def __init__(self, site: Site) -> None:
        self._site = site

    def accounts(self) -> list[str]:
        """All registered pages."""
        return [page.id for page in self._site.pages()]

    def own_posts(self, account: str) -> Sequence[Said]:
        """The page's latest posts."""
        sql = (
            "SELECT share, text FROM li_posts WHERE page_id = ? AND kind = 'page' AND removed = 0"
            " ORDER BY seq DESC LIMIT 12"
        )
        name = self._page(account).name
        return [Said(row["share"], name, row["text"]) for row in self._site.store.rows(sql, account)]

    def customers_words(self, account: str) -> Sequence[Said]:
        """The latest comments by others."""
        sql = (
            "SELECT urn, author_name, text FROM li_standing WHERE page_id = ? AND author <> ? ORDER BY seq DESC LIMIT ?"
        )
        rows = self._site.store.rows(sql, account, self._page(account).urn, _LATELY)
        return [Said(row["urn"], row["author_name"], row["text"]) for row in rows]

    def comment(self, account: str, name: str, below: str, text: str, run_id: int | None) -> str | None:
        """A comment or a reply."""
        author = self._site.person(name)
        made = writes.create_comment(
            self._site, self._page(account), below=below, author=author, text=text, run_id=run_id
        )
        return str(made["urn"]) if made is not None else None

    def post(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """Somebody passes a post of the page on, with words of their own."""
        return self._write(account, name, text, "share", run_id)

    def mention(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """A post elsewhere that names the page."""
        return self._write(account, name, f"{self._page(account).name} {text}", "mention", run_id)

    def edit(self, account: str, said: Said, text: str, run_id: int | None) -> None:
        """The author edits a comment."""
        comment = self._site.comment(said.id)
        if comment is not None:
            writes.edit_comment(self._site, self._page(account), comment, text, run_id)

    def remove(self, account: str, said: Said, run_id: int | None) -> None:
        """The author deletes a comment."""
        comment = self._site.comment(said.id)
        if comment is not None:
            writes.remove_comment(self._site, self._page(account), comment, run_id)

    def react(self, account: str, name: str, target: str, run_id: int | None) -> None:
        """A like; of comments none are told, so it goes to a post of the page."""
        posts = self.own_posts(account)
        entity = target if self._site.post(target) is not None or not posts else posts[0].id
        actor = self._site.person(name)
        writes.react(self._site, self._page(account), entity=entity, actor=actor, run_id=run_id)

    def replies_since(self, account: str, seq: int) -> Sequence[Reply]:
        """The page's comments after `seq`, each with the person it speaks to."""
        ours = self._page(account).urn
        sql = "SELECT * FROM li_standing WHERE page_id = ? AND author = ? AND seq > ? ORDER BY seq"
        rows = self._site.store.rows(sql, account, ours, seq)
        return [reply for row in rows if (reply := self._reply(row, ours)) is not None]

    def _reply(self, row: sqlite3.Row, ours: str) -> Reply | None:
        """A page's comment as an answer to whoever spoke last before it: in the thread, else the post's author."""
        sql = (
            "SELECT author, author_name, text FROM li_standing WHERE (number = ?1 OR root = ?1)"
            " AND author <> ?2 AND seq < ?3 ORDER BY seq DESC LIMIT 1"
        )
        spoken = self._site.store.row(sql, row["root"], ours, row["seq"]) if row["root"] else None
        if spoken is None:
            by_post = (
                "SELECT p.author, w.name AS author_name, p.text FROM li_posts p JOIN li_people w ON w.urn = p.author"
                " WHERE p.activity = ?"
            )
            spoken = self._site.store.row(by_post, row["activity"])
        if spoken is None:
            return None
        turns = self._site.store.number(
            "SELECT COUNT(*) FROM li_comments WHERE author = ? AND activity = ?", spoken["author"], row["activity"]
        )
        return Reply(row["urn"], row["seq"], spoken["author_name"], spoken["text"], turns)

    def _write(self, account: str, name: str, text: str, kind: str, run_id: int | None) -> str:
        author = self._site.person(name)
        return writes.create_post(self._site, self._page(account), author=author, text=text, kind=kind, run_id=run_id)

    def _page(self, account: str) -> Page:
        page = self._site.page(account)
        if page is None:
            raise LookupError(account)
        return page
