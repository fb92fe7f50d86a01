"""A change as Instagram tells of it. Edits, deletions, hiding and likes make no event there.

Source: the platform sheet (Meta's "Webhooks for Instagram"), Nov 2026.
"""

from __future__ import annotations

from typing import Any


def handle(name: str) -> str:
    """An Instagram name for somebody of the town."""
    return ".".join("".join(c for c in part if c.isalnum()) for part in name.lower().split())


def translated(field: str, value: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Field and value of a change that is described as Facebook would, or None where Instagram says nothing."""
    if field == "mention":
        told = {"media_id": value["post_id"]}
        return "mentions", told | ({"comment_id": value["comment_id"]} if "comment_id" in value else {})
    if field != "feed" or (value.get("item"), value.get("verb")) != ("comment", "add"):
        return None
    comment = {
        "id": value["comment_id"],
        "text": value["message"],
        "media": {"id": value["post_id"], "media_product_type": "FEED"},
    }
    if "from" in value:
        comment["from"] = {"id": value["from"]["id"], "username": handle(value["from"]["name"])}
    if value["parent_id"] != value["post_id"]:
        comment["parent_id"] = value["parent_id"]
    return "comments", comment
