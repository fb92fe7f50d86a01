"""What was said in private: one function, one transaction, one webhook event for each thing that happens.

Source: the platform sheets (Meta's "Webhooks for Messenger", "Send a Message", "Conversation Routing"), Nov 2026.
"""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.facebook import events
from sandbox.facebook.pages import Page, get_page, list_pages, person_id
from sandbox.facebook.site import Site
from sandbox.town.stage import Reply

FIELDS = frozenset(
    {
        *("messages", "message_echoes", "message_edits", "message_reactions", "message_reads", "message_deliveries"),
        *("messaging_postbacks", "messaging_handovers", "standby", "messaging_seen"),
    }
)
_HERE = "platform = ? AND page_id = ? AND person_id = ?"
OTHER_APP = 263902037430900  # Meta's own inbox


@dataclass(frozen=True, slots=True)
class Talks:
    """One platform's conversations. `site` has its accounts: of Messenger those are Facebook's pages."""

    site: Site
    platform: str

    def accounts(self) -> list[str]:
        """The accounts that hear of private messages."""
        return [page.id for page in list_pages(self.site) if "messages" in page.subscribed]

    def _next_mid(self) -> str:
        """From the number it will have: a run that begins again must not give an id a second time."""
        last = self.site.store.row("SELECT coalesce(max(seq), 0) AS seq FROM talk_messages")
        number = last["seq"] + 1 if last else 1
        return f"m_{uuid.UUID(int=Random(f'{self.platform} {number}').getrandbits(128), version=4).hex}"

    def said(self, mid: str) -> sqlite3.Row | None:
        """A message that still stands."""
        sql = "SELECT * FROM talk_messages WHERE mid = ? AND platform = ? AND removed = 0"
        return self.site.store.row(sql, mid, self.platform)

    def say(
        self,
        page: Page,
        person: str,
        text: str,
        *,
        ours: bool = False,
        media: str = "",
        kind: str = "",
        app: int | str = OTHER_APP,
        run_id: int | None = None,
    ) -> str:
        """Somebody writes: the person, or with `ours` the account through `app`. Gives the message's id."""
        mid = self._next_mid()
        with self.site.store.transaction():
            self.site.store.insert(
                "INSERT INTO talk_messages (mid, platform, page_id, person_id, ours, text, media, kind, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(mid, self.platform, page.id, person, int(ours), text, media, kind, self.site.clock.now()),
            )
            message: dict[str, Any] = {"mid": mid}
            if text:
                message["text"] = text
            if kind:
                message["attachments"] = [{"type": kind, "payload": {"url": media}}]
            if ours:
                message |= {"is_echo": True, "app_id": app}
            field = "message_echoes" if ours and self.platform == "messenger" else "messages"
            self.tell(page, person, field, {"message": message}, ours=ours, run_id=run_id)
        return mid

    def take_back(self, page: Page, row: sqlite3.Row, run_id: int | None = None) -> None:
        """The person unsends a message."""
        with self.site.store.transaction():
            self.site.store.run("UPDATE talk_messages SET removed = 1 WHERE mid = ?", row["mid"])
            told = {"message": {"mid": row["mid"], "is_deleted": True}}
            self.tell(page, row["person_id"], "messages", told, run_id=run_id)

    def edit(self, page: Page, row: sqlite3.Row, text: str, run_id: int | None = None) -> None:
        """The person changes a message."""
        with self.site.store.transaction():
            self.site.store.run("UPDATE talk_messages SET text = ? WHERE mid = ?", text, row["mid"])
            told = {"message_edit": {"mid": row["mid"], "text": text, "num_edit": 1}}
            self.tell(page, row["person_id"], "message_edits", told, run_id=run_id)

    def react(self, page: Page, row: sqlite3.Row, emoji: str) -> None:
        """The person reacts to a message; an empty emoji takes it back."""
        told = {"mid": row["mid"], "action": "react", "reaction": "love", "emoji": emoji}
        if not emoji:
            told = {"mid": row["mid"], "action": "unreact"}
        self.tell(page, row["person_id"], "message_reactions", {"reaction": told})

    def read(self, page: Page, person: str) -> None:
        """The person has read all: Messenger names the moment, Instagram the last message."""
        if self.platform == "messenger":
            told = {"read": {"watermark": int(self.site.clock.now() * 1000)}}
            return self.tell(page, person, "message_reads", told)
        sql = f"SELECT mid FROM talk_messages WHERE {_HERE} AND ours ORDER BY seq DESC"  # noqa: S608 -- constants
        last = self.site.store.row(sql, self.platform, page.id, person)
        return self.tell(page, person, "messaging_seen", {"read": {"mid": last["mid"]}}) if last else None

    def hand_over(self, page: Page, person: str, *, standby: bool) -> None:
        """Meta's own inbox takes the conversation, or passes it back; whoever gets or loses it is told."""
        with self.site.store.transaction():
            if standby:
                self.tell(page, person, "messaging_handovers", {"take_thread_control": {"previous_owner_app_id": "1"}})
            self.set_standby(page, person, standby=standby)
            if not standby:
                self.tell(page, person, "messaging_handovers", {"pass_thread_control": {"new_owner_app_id": "1"}})

    def set_standby(self, page: Page, person: str, *, standby: bool) -> None:
        """From now on events of the conversation come in `standby`, or again in `messaging`."""
        place = (self.platform, page.id, person)
        sql = "DELETE FROM talk_standby WHERE platform = ? AND page_id = ? AND person_id = ?"
        self.site.store.run("INSERT OR IGNORE INTO talk_standby VALUES (?, ?, ?)" if standby else sql, *place)

    def tell(
        self,
        page: Page,
        person: str,
        field: str,
        told: dict[str, Any],
        *,
        ours: bool = False,
        run_id: int | None = None,
    ) -> None:
        """Put one event on its way: in `messaging`, or in `standby` while another program has the conversation."""
        sides = (page.id, person) if ours else (person, page.id)
        event = {
            "sender": {"id": sides[0]},
            "recipient": {"id": sides[1]},
            "timestamp": int(self.site.clock.now() * 1000),
        }
        sql = "SELECT 1 FROM talk_standby WHERE platform = ? AND page_id = ? AND person_id = ?"
        held = self.site.store.row(sql, self.platform, page.id, person) is not None
        events.queue(self.site, page, field, event | told, run_id, array="standby" if held else "messaging")

    def comment(self, account: str, _name: str, below: str, text: str, run_id: int | None) -> str | None:
        """The town answers in a conversation; see `sandbox.town.stage.Talk`."""
        page, row = get_page(self.site, account), self.said(below)
        if page is None or row is None:
            return None
        return self.say(page, row["person_id"], text, run_id=run_id)

    def write(self, account: str, name: str, text: str, run_id: int | None, *, kind: str = "", media: str = "") -> None:
        """Somebody of the town writes in private."""
        page = get_page(self.site, account)
        if page is not None:
            self.say(page, person_id(self.site, account, name), text, kind=kind, media=media, run_id=run_id)

    def replies_since(self, account: str, seq: int) -> list[Reply]:
        """What the account answered after `seq`, each with whom it speaks to."""
        sql = "SELECT * FROM talk_messages WHERE platform = ? AND page_id = ? AND ours AND seq > ? ORDER BY seq"
        return [self._reply(row) for row in self.site.store.rows(sql, self.platform, account, seq)]

    def _reply(self, row: sqlite3.Row) -> Reply:
        count = f"SELECT COUNT(*) FROM talk_messages WHERE {_HERE} AND ours"  # noqa: S608 -- constants
        place = (row["platform"], row["page_id"], row["person_id"])
        last = self.site.store.row(
            f"SELECT text FROM talk_messages WHERE {_HERE} AND NOT ours AND seq < ? ORDER BY seq DESC",  # noqa: S608
            *place,
            row["seq"],
        )
        name = self.site.store.row("SELECT name FROM fb_people WHERE page_id = ? AND id = ?", *place[1:])
        turns = self.site.store.number(count, *place)
        return Reply(row["mid"], row["seq"], name["name"] if name else "", last["text"] if last else "", turns)
