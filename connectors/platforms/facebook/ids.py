"""How Facebook's identifiers hang together.

A post is `{page}_{post}`, a comment `{post}_{comment}` (in the past also `{page}_{post}_{comment}`), a person a number
of the page's own. Otherwise they are opaque.
"""

from __future__ import annotations

PLATFORM = "facebook"


def is_post_of(page: str, external_id: str) -> bool:
    """Is this a post on our own page, ours or a visitor's?"""
    return external_id.startswith(f"{page}_") and external_id.count("_") == 1


def root_of(page: str, comment: str, parent: str, post: str) -> str:
    """The root comment of a comment's thread: itself, or what it replies to, since replies are one level deep."""
    if not parent or parent == post or is_post_of(page, parent):
        return comment
    return parent
