"""How X's identifiers hang together. They are numbers above 2^53, and text everywhere here.

A post that was edited has an id for each version; the first one names the message. Direct messages are numbered apart
from posts, so theirs get a prefix of ours.
"""

from __future__ import annotations

from connectors.kit import wire

PLATFORM = "x"
_MESSAGE = "dm:"


def first_of(post: wire.Node) -> str:
    """The id of the first version. The list is called by its old or its new name."""
    return (_versions(post) or [post.need_id("id")])[0]


def edits_of(post: wire.Node) -> int:
    """How often it was edited up to this version."""
    return max(len(_versions(post)) - 1, 0)


def message_id(event: str) -> str:
    """What a direct message is called here."""
    return f"{_MESSAGE}{event}"


def is_message(external_id: str) -> bool:
    """Is this a direct message, not a post?"""
    return external_id.startswith(_MESSAGE)


def conversation_of(one: str, other: str) -> str:
    """The name of the conversation of two people: both ids, the smaller number first."""
    return "-".join(sorted((one, other), key=lambda number: (len(number), number)))


def _versions(post: wire.Node) -> list[str]:
    return post.texts("edit_history_tweet_ids") or post.texts("edit_history_post_ids")
