"""How Instagram's identifiers hang together: opaque numbers, and our own names for mentions, which have none."""

from __future__ import annotations

_MENTION = "mention:"


def mention_id(media: str, comment: str) -> str:
    """The name of a mention in a caption (`comment` empty) or in a comment."""
    return f"{_MENTION}{media}:{comment}"


def mentioned_at(external_id: str) -> tuple[str, str] | None:
    """Media and comment of a mention, None for anything else."""
    if not external_id.startswith(_MENTION):
        return None
    media, _, comment = external_id.removeprefix(_MENTION).partition(":")
    return media, comment
