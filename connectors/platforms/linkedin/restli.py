"""The query language of LinkedIn's API: values are percent-encoded whole, its own brackets and commas never.

A client that encodes everything alike gets 400. Source: Microsoft Learn, "Protocol versions" (Rest.li 2.0.0), 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from .urns import Comment


def encoded(value: str) -> str:
    """One value, URNs with all their colons and brackets."""
    return quote(value.encode("utf-8", "replace"), safe="")


def listed(values: Iterable[str]) -> str:
    """`List(a,b)`."""
    return f"List({','.join(map(encoded, values))})"


def record(**fields: str) -> str:
    """`(name:value,…)`: a compound key or a range."""
    return f"({','.join(f'{name}:{encoded(value)}' for name, value in fields.items())})"


def query(**fields: str | int) -> str:
    """`?name=value&…`; values are made by the functions above."""
    return "?" + "&".join(f"{name}={value}" for name, value in fields.items())


def comments_of(entity: str) -> str:
    """The path of the comments under a post or a comment."""
    return f"/rest/socialActions/{encoded(entity)}/comments"


def path_of_comment(comment: Comment) -> str:
    """The path of one comment under its post."""
    return f"{comments_of(comment.post)}/{comment.number}"
