"""LinkedIn's names for things, and one spelling for each.

The same comment comes as `urn:li:comment:(urn:li:activity:1,2)`, as `urn:li:comment:(activity:1,2)` and
percent-encoded, and the post inside may be named by its activity or by its share; here it has one name, by the activity
where that is known.
Source: Microsoft Learn, "Comments API" and "Organization Social Action Notifications", read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

PLATFORM = "linkedin"
ACTIVITY = "activity"

_POST = re.compile(r"(?:urn:li:)?(activity|share|ugcPost):([0-9]{1,25})")
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(activity|share|ugcPost):([0-9]{1,25}),([0-9]{1,25})\)")
_REACTION = re.compile(r"urn:li:(?:like|reaction):\((urn:li:(?:person|organization):[\w-]{1,100}),.{1,200}\)", re.ASCII)
_ACTOR = re.compile(r"urn:li:(?:person|organization):[\w-]{1,100}", re.ASCII)
_ORGANIZATION = re.compile(r"urn:li:organization(?:Brand)?:([0-9]{1,25})")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment by the post it stands under and its own number, which no other comment has."""

    post: str
    number: str

    @property
    def urn(self) -> str:
        """Its one name."""
        return f"urn:li:comment:({self.post},{self.number})"


def post_urn(text: str) -> str:
    """A post's URN in full, or an empty text for what names no post."""
    found = _POST.fullmatch(_plain(text))
    return f"urn:li:{found[1]}:{found[2]}" if found else ""


def read_comment(text: str, *hints: str) -> Comment | None:
    """The comment that a URN names, None for any other text.

    Takes: hints, what else is said about its post; an activity among them is the post's name.
    """
    found = _COMMENT.fullmatch(_plain(text))
    if found is None:
        return None
    post = f"urn:li:{found[1]}:{found[2]}"
    activities = [] if found[1] == ACTIVITY else [each for each in map(post_urn, hints) if f":{ACTIVITY}:" in each]
    return Comment((activities or [post])[0], found[3])


def actor_urn(text: str) -> str:
    """The URN of a person or page, or an empty text for anything else."""
    return text if _ACTOR.fullmatch(text) else ""


def reacting_actor(text: str) -> str:
    """Who reacted, from the URN of a like; empty where it does not say."""
    found = _REACTION.fullmatch(_plain(text))
    return found[1] if found else ""


def organization_id(text: str) -> str:
    """The number of a page, or an empty text for what names no page."""
    found = _ORGANIZATION.fullmatch(text)
    return found[1] if found else ""


def organization_urn(number: str) -> str:
    """The URN of the page with this number."""
    return f"urn:li:organization:{number}"


def permalink(post: str, comment: Comment | None = None) -> str:
    """Where people see a post, or a comment under it."""
    base = f"https://www.linkedin.com/feed/update/{post}/"
    return f"{base}?commentUrn={comment.urn.replace('(', '%28').replace(')', '%29')}" if comment else base


def _plain(text: str) -> str:
    return unquote(text) if "%" in text else text
