"""One example of what is sent and of what is answered for every operation; a test holds them against the schema."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]

INGRID = {"id": 1, "name": "Ingrid Solvang"}
TICKET: Node = {
    "id": 412,
    "number": 10412,
    "url": "/api/v1/tickets/412/",
    "status": "open",
    "merged_into": None,
    "priority": 1,
    "platform": "facebook",
    "visibility": "public",
    "customer": {"id": 87, "name": "Kari Øvrelid"},
    "team": {"id": 1, "name": "First line"},
    "assignee": None,
    "language": "nb",
    "preview": "Så mye for «lynrask». Ring meg på [PHONE].",
    "tags": ["delivery"],
    "due_at": "2026-11-20T10:00:00Z",
    "waiting_since": "2026-11-20T09:00:00Z",
    "last_message_at": "2026-11-20T09:00:00Z",
    "trouble": None,
    "version": 3,
}
HEARD: Node = {
    "id": 9001,
    "text": "Så mye for «lynrask». Ring meg på [PHONE].",
    "masks": [{"start": 34, "end": 41, "label": "PHONE"}],
    "direction": "in",
    "origin": "customer",
    "author": "Kari Øvrelid",
    "visibility": "public",
    "kind": "comment",
    "language": "nb",
    "at": "2026-11-20T09:00:00Z",
    "state": "visible",
    "edited": False,
    "aside": False,
    "reactions": 0,
    "external_id": "104000000000001_77",
    "permalink": "",
    "attachments": [],
    "subject": "",
    "tail": "",
    "recipients": [],
    "automatic": "",
    "outcome": "",
    "delivery": None,
    "undo_until": None,
}
SAID = HEARD | {
    "id": 9002,
    "text": "Vi beklager! Pakken er på vei.",
    "masks": [],
    "direction": "out",
    "origin": "ours",
    "author": "Ingrid Solvang",
    "at": "2026-11-20T09:05:00Z",
    "external_id": "",
    "delivery": {"state": "queued", "reason": None},
}
NOTE: Node = {
    "id": 55,
    "text": "Ringt lageret.",
    "masks": [],
    "at": "2026-11-20T09:06:00Z",
    "author": "Ingrid Solvang",
}
THREAD: Node = {"id": 300, "visibility": "public"}
POST: Node = {
    "id": 20,
    "text": "Lynrask levering i hele landet!",
    "masks": [],
    "author": "Havbris",
    "ours": True,
    "permalink": "",
    "published_at": "2026-11-19T12:00:00Z",
    "deleted": False,
    "reactions": 14,
}
CASE = TICKET | {
    "channel": "Havbris",
    "opened_at": "2026-11-20T09:00:00Z",
    "threads": [THREAD],
    "messages": [HEARD],
    "notes": [NOTE],
}
CUSTOMER: Node = {
    "id": 87,
    "name": "Kari Øvrelid",
    "language": "nb",
    "since": "2026-11-20T09:00:00Z",
    "identities": [{"platform": "facebook", "handle": "kari.o", "profile_url": "", "masked": False}],
}
CHANNEL: Node = {
    "id": 1,
    "platform": "facebook",
    "name": "Havbris",
    "health": "ok",
    "missing": [],
    "last_in_at": "2026-11-20T09:00:00Z",
    "last_out_at": None,
    "limits": {
        "public_text": {"length": 8000, "unit": "chars"},
        "private_text": {"length": 2000, "unit": "chars"},
        "attachments": None,
        "public_window_seconds": None,
        "private_window_seconds": 604800,
        "private_replies_per_message": 1,
    },
    "rate_limits": [{"name": "4800 calls for each person active on the page", "calls": None, "seconds": 86400}],
}
ME: Node = {
    "user": INGRID | {"role": "agent", "language": "nb", "teams": [{"id": 1, "name": "First line"}]},
    "token": {"id": 3, "name": "nightly report", "created_at": "2026-11-01T08:00:00Z"},
    "scopes": ["tickets:read", "customers:read"],
}


def _page(row: Node) -> Node:
    return {"results": [row], "next_cursor": None, "next": None}


# Operation → what is sent (None: nothing) and what is answered (None: nothing).
EXAMPLES: dict[str, tuple[Node | None, Node | None]] = {
    "list_tickets": (None, _page(TICKET)),
    "get_ticket": (None, CASE),
    "list_messages": (None, _page(HEARD)),
    "list_threads": (
        None,
        {"results": [THREAD | {"answerable": True, "created_at": "2026-11-20T09:00:00Z", "post": POST}]},
    ),
    "reply": ({"text": "Vi beklager! Pakken er på vei."}, SAID),
    "undo_reply": (None, None),
    "retry_reply": (None, SAID),
    "confirm_reply": (None, SAID | {"delivery": {"state": "sent", "reason": None}}),
    "act_on_message": (
        {"action": "hide"},
        {"id": 12, "action": "hide", "state": "queued", "at": "2026-11-20T09:07:00Z"},
    ),
    "add_note": ({"text": "Ringt lageret."}, NOTE),
    "set_assignee": ({"assignee_id": 1}, TICKET | {"assignee": INGRID}),
    "remove_assignee": (None, TICKET),
    "set_team": ({"team_id": 1}, TICKET),
    "take_ticket": (None, TICKET | {"assignee": INGRID}),
    "set_status": ({"status": "done"}, TICKET | {"status": "done", "due_at": None}),
    "get_tags": (None, {"tags": ["delivery"]}),
    "set_tags": ({"tags": ["delivery", "lost parcel"]}, {"tags": ["delivery", "lost parcel"]}),
    "reveal_mask": (
        {"message_id": 9001, "index": 0, "reason": "answer_customer"},
        {"value": "400 00 012", "label": "PHONE", "until": "2026-11-20T09:17:00Z"},
    ),
    "search_value": (
        {"value": "+47 400 00 012", "reason": "other", "reason_text": "The carrier asks whose parcel this is."},
        {"results": [TICKET]},
    ),
    "list_customers": (None, _page(CUSTOMER)),
    "get_customer": (None, CUSTOMER | {"cases": [TICKET]}),
    "list_channels": (None, {"results": [CHANNEL]}),
    "get_channel": (None, CHANNEL),
    "get_me": (None, ME),
}
