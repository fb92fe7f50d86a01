"""Sample values of the shapes our templates draw."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from core.paging import Page
from tickets.models import Priority
from tickets.queries.case_views import CaseView, EventView, MessageView, NoteView, PostView, Related, TurnView
from tickets.queries.choices import Choices
from tickets.queries.counts import Counts
from tickets.queries.queue import QueueRow
from tickets.queries.text import Piece

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def later(minutes):
    return NOON + timedelta(minutes=minutes)


def a_row(**changes):
    values = {
        "ticket_id": 7, "number": 10482, "customer_id": 5, "customer_name": "Kari Øvrelid", "customer_initials": "KØ",
        "hue": 3,
        "platform": "facebook", "visibility": "public", "preview": "Så mye for lynrask", "status": "open",
        "answered": False, "priority": 1, "language": "nb", "due_at": later(60), "waiting_since": NOON,
        "last_message_at": NOON, "team_id": 1, "team_name": "First line", "assignee_id": 2,
        "assignee_name": "Mikko Lahtela", "assignee_initials": "ML", "trouble": "", "version": 4,
    }  # fmt: skip
    return QueueRow(**values | changes)


def a_message(number=10, **changes):
    values = {
        "id": number, "at": NOON, "incoming": True, "origin": "customer", "author_name": "Kari Øvrelid",
        "author_initials": "KØ", "hue": 3, "visibility": "public", "kind": "comment", "text": (Piece("Hei"),),
        "language": "nb", "state": "visible", "edited": False, "external_id": str(number), "permalink": "",
        "attachments": (), "reactions": 0, "aside": False, "delivery": "", "reason": "", "undo_until": None,
        "version": f"{number}.1",
    }  # fmt: skip
    return MessageView(**values | changes)


def ours(number=20, **changes):
    values = {"incoming": False, "origin": "ours", "author_name": "Ingrid Solvang", "delivery": "sent"}
    return a_message(number, **values | changes)


def an_event(number, kind="resolved", actor="Ingrid Solvang", **data):
    return EventView(number, NOON, kind, actor, data)


def a_note(**changes):
    values = {
        "id": 5,
        "at": NOON,
        "author_name": "Ingrid Solvang",
        "author_initials": "IS",
        "hue": 1,
        "text": (Piece("Se der"),),
    }
    return NoteView(**values | changes)


def a_turn(to="private"):
    return TurnView(11, NOON, to)


def a_post(**changes):
    values = {
        "id": 1, "author_name": "Havbris", "ours": True, "text": (Piece("Fri Fart er her"),), "permalink": "",
        "published_at": NOON, "deleted": False, "reactions": 2,
    }  # fmt: skip
    return PostView(**values | changes)


def a_case(*entries, row=None, posts=(), **changes):
    values = {
        "row": row or a_row(), "channel_name": "Havbris", "opened_at": NOON, "posts": posts, "entries": entries,
        "threads": (), "last_heard_visibility": "public", "customer_since": NOON,
        "handles": (("facebook", "Kari Øvrelid"),),
        "related": (Related(9001, "Invoice", "done", "facebook", "private", NOON),),
        "may_reply": True, "may_note": True, "may_assign": True, "may_resolve": True, "may_moderate": True,
    }  # fmt: skip
    return CaseView(**values | changes)


MODES = {
    "public": ("Public", "globe", "Reply publicly", "on Facebook, everyone reads it"),
    "private": ("Private", "lock", "Send privately", "to Kari on Messenger"),
    "note": ("Note", "sticky-note", "Add note", "only colleagues see this"),
}


def a_mode(key):
    words = dict(zip(("key", "label", "icon", "button", "reader"), (key, *MODES[key]), strict=True))
    thread = {"note": {}, "public": {"thread_id": 5, "limit": 8000}, "private": {"thread_id": 6, "limit": 2000}}[key]
    return words | {"thread_id": None, "limit": None, "unit": "chars"} | thread


def a_composer(**changes):
    values = {
        "number": 10482, "mode": "public", "modes": (a_mode("public"), a_mode("note")),
        "client_key": UUID(int=9), "closed_reason": "", "error": "", "text": "",
    }  # fmt: skip
    return SimpleNamespace(**values | changes)


def an_item(key, **changes):
    values = {"key": key, "label": key.title(), "url": f"/inbox/{key}", "icon": "inbox", "count": 3, "current": False}
    return values | changes


def a_page_context(rows=(), **changes):
    values = {
        "company": "Havbris", "demo": False, "theme": "dark", "csrf_token": "token",
        "request": SimpleNamespace(
            user=SimpleNamespace(pk=1, name="Ingrid Solvang", get_role_display="Agent"),
            method="GET", path="/inbox/all", headers={}, get_full_path=lambda: "/inbox/all?sort=sla",
        ),
        "nav": SimpleNamespace(
            items=[an_item("mine", current=True), an_item("all")], teams=[an_item("team-net")],
            views=(), shared=(), unseen=0,
        ),
        "tab_counts": {"open": 3, "waiting": 2, "done": 1},
        "counts": Counts(open=3, waiting=2, done=1, all_open=3, mine=3, unassigned=2, teams={}),
        "heading": "All open", "tabs": [{"key": "open", "label": "Open", "url": "?", "count": 3, "current": True}],
        "sorts": [{"label": "SLA first", "url": "?sort=sla", "current": True}], "sort_label": "SLA first",
        "page": Page(rows=list(rows), next_cursor=""), "next_url": "",
        "filter_facts": {"view": "all", "team_id": "", "status": "open", "user_id": 1, "sort": "sla", "text": ""},
        "query_text": "", "row_url_base": "/inbox/all?sort=sla", "case": None, "composer": None,
        "choices": Choices(((1, "Ingrid Solvang"), (2, "Mikko Lahtela")), ((1, "First line"),), ("retur", "faktura")),
        "priorities": Priority.choices, "may_work": True, "live_seq": 41, "no_channels": False, "notice": "",
    }  # fmt: skip
    return values | changes
