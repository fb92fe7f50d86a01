"""The simulated X as the town's stage."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.town.stage import Reply, Said
from sandbox.x import shapes, writes
from sandbox.x.accounts import Row, get_account, list_accounts, person_id, user_of
from sandbox.x.site import PLATFORM, XSite

_LATELY = 40
_LONGEST = 240  # people write posts, not letters
_PRIVATE_SHARE = 0.25  # of what people say to the account by themselves


class XStage:
    """Customers' acts on the simulated X."""

    platform = PLATFORM

    def __init__(self, site: XSite) -> None:
        self._site = site

    def accounts(self) -> list[str]:
        """All registered accounts."""
        return [account["id"] for account in list_accounts(self._site)]

    def own_posts(self, account: str) -> Sequence[Said]:
        """The account's latest posts that answer nobody."""
        sql = "SELECT * FROM x_posts WHERE author_id = ? AND reply_to = '' AND gone = 0 ORDER BY number DESC LIMIT 12"
        return [self._said(row) for row in self._site.store.rows(sql, account)]

    def customers_words(self, account: str) -> Sequence[Said]:
        """The latest posts by customers that name or answer the account."""
        sql = "SELECT * FROM x_posts WHERE author_id <> ? AND gone = 0 ORDER BY number DESC LIMIT ?"
        rows, row = self._site.store.rows(sql, account, _LATELY), get_account(self._site, account)
        return [self._said(each) for each in rows if row and writes.concerns(self._site, each, row)]

    def comment(self, account: str, name: str, below: str, text: str, run_id: int | None) -> str | None:
        """An answer to a post, or in a conversation of direct messages."""
        person = person_id(self._site, name)
        if below.startswith("dm:"):
            return self._write(account, person, text, run_id)
        above = shapes.get_post(self._site, below)
        if above is None:
            return None
        said = f"@{user_of(self._site, above['author_id'])[1]} {text}"
        if above["author_id"] != account:
            said = f"@{user_of(self._site, account)[1]} {said}"
        made = writes.create_post(self._site, author_id=person, text=_short(said), reply_to=below, run_id=run_id)
        return shapes.post_id(made)

    def post(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """Somebody speaks to the account: in public, now and then in private."""
        if self._site.rng.random() < _PRIVATE_SHARE:
            return self._write(account, person_id(self._site, name), text, run_id)
        return self.mention(account, name, text, run_id)

    def mention(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """A post that names the account."""
        said = _short(f"@{user_of(self._site, account)[1]} {text}")
        made = writes.create_post(self._site, author_id=person_id(self._site, name), text=said, run_id=run_id)
        return shapes.post_id(made)

    def edit(self, account: str, said: Said, text: str, run_id: int | None) -> None:
        """The author edits a post."""
        row = shapes.get_post(self._site, said.id)
        if row is not None and row["author_id"] != account:
            writes.edit_post(self._site, row, _short(text), run_id)

    def remove(self, account: str, said: Said, run_id: int | None) -> None:
        """The author deletes a post, of which X does not tell us."""
        row = shapes.get_post(self._site, said.id)
        if row is not None and row["author_id"] != account:
            writes.delete_post(self._site, row, run_id)

    def react(self, _account: str, name: str, target: str, run_id: int | None) -> None:
        """A like."""
        row = shapes.get_post(self._site, target)
        if row is not None:
            writes.like(self._site, row, person_id(self._site, name), run_id)

    def replies_since(self, account: str, seq: int) -> Sequence[Reply]:
        """The account's answers after `seq`, in public and in private, each with the customer it speaks to."""
        posts = self._site.store.rows(
            "SELECT * FROM x_posts WHERE author_id = ? AND reply_to <> '' AND gone = 0 AND number > ?", account, seq
        )
        written = self._site.store.rows("SELECT * FROM x_messages WHERE sender_id = ? AND number > ?", account, seq)
        found = [self._public(row) for row in posts] + [self._private(row) for row in written]
        return sorted((reply for reply in found if reply is not None), key=lambda reply: reply.seq)

    def _public(self, row: Row) -> Reply | None:
        above = shapes.get_post(self._site, row["reply_to"])
        if above is None or above["author_id"] == row["author_id"]:
            return None
        sql = "SELECT COUNT(*) FROM x_posts WHERE root = ? AND author_id = ?"
        turns = self._site.store.number(sql, row["root"], above["author_id"])
        name = user_of(self._site, above["author_id"])[0]
        return Reply(shapes.post_id(row), row["number"], name, above["text"], turns)

    def _private(self, row: Row) -> Reply | None:
        sql = "SELECT COUNT(*) FROM x_messages WHERE conversation = ? AND sender_id = ?"
        turns = self._site.store.number(sql, row["conversation"], row["recipient_id"])
        name = user_of(self._site, row["recipient_id"])[0]
        return Reply(f"dm:{row['number']}", row["number"], name, row["text"], turns)

    def _write(self, account: str, person: str, text: str, run_id: int | None) -> str:
        made = writes.send_message(self._site, sender=person, recipient=account, text=text, run_id=run_id)
        return f"dm:{made['number']}"

    def _said(self, row: Row) -> Said:
        return Said(shapes.post_id(row), user_of(self._site, row["author_id"])[0], row["text"])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"
