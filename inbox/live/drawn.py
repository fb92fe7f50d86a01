"""A case's entries, each with a mark that changes whenever what is drawn would: a browser says which marks it has, and
only the others are drawn and sent. What is drawn is kept for a while by this process, whoever looks.

A mark is a short keyed hash of all that an entry is drawn from. No row has to keep note of its changes for that, so
that none can be forgotten: an edit, a receipt, a reaction, an erasure, a new name or another right changes it alike.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import get_language

from core.secrets import keyed_hash
from tickets.queries.case_views import CaseView

KEPT = 1500  # drawn entries; one is about 3 kB
MARK_BYTES = 6
CARRIED = 8192  # characters of marks that a browser may send; more than the longest window has
SLOT = token_hex(16)  # in place of a reader's form token; made anew by each process, so that nobody can write it
_SLOT_FIELD = f'<input type="hidden" name="csrfmiddlewaretoken" value="{SLOT}">'


@dataclass(frozen=True, slots=True)
class Setting:
    """All that an entry is drawn from beside itself: the reader's rights in the case, and where the case is."""

    number: int
    may_reveal: bool
    may_reply: bool
    may_assign: bool
    offered: tuple[str, ...]
    own_only: tuple[str, ...]
    permalink: str


def setting_of(case: CaseView, offered: Sequence[str], own_only: Sequence[str]) -> Setting:
    """What the entries of this case have in common."""
    return Setting(
        number=case.row.number,
        may_reveal=case.may_reveal,
        may_reply=case.may_reply,
        may_assign=case.may_assign,
        offered=tuple(sorted(offered)),
        own_only=tuple(sorted(own_only)),
        permalink=case.posts[0].permalink if case.posts else "",
    )


def mark_of(*drawn_from: Any) -> str:
    """The mark of something that is drawn from these plain values, in this language."""
    digest = keyed_hash(repr((get_language(), *drawn_from)), purpose="drawn")
    return urlsafe_b64encode(digest[:MARK_BYTES]).decode()


def read_marks(header: str) -> frozenset[str]:
    """The marks a browser says it has; none when there are more than a page can hold."""
    return frozenset(header.split(".")) if len(header) <= CARRIED else frozenset()


def _drawn_for(_group: Any, _setting: Setting, mark: str) -> tuple[str, str, int]:
    """A page says times in words of its reader's zone and today."""
    return (mark, timezone.get_current_timezone_name(), timezone.localdate().toordinal())


@cached(LRUCache(KEPT), key=_drawn_for, lock=Lock())
def drawing(group: Any, setting: Setting, mark: str) -> str:
    """An entry or fold, drawn now if it is not kept; forms hold SLOT where the reader's token belongs.

    Only what the mark is made from is there to draw with.
    """
    case = {
        "row": {"number": setting.number},
        "may_reveal": setting.may_reveal,
        "may_reply": setting.may_reply,
        "may_assign": setting.may_assign,
        "posts": [{"permalink": setting.permalink}],
    }
    context = {"case": case, "offered": setting.offered, "own_only": setting.own_only, "csrf_token": SLOT}
    return str(_template().render({**context, "group": group, "mark": mark}))


def with_fields(html: str, fields: str) -> str:
    """A drawn entry for one reader. Takes: fields, the hidden ones of their forms, as HTML."""
    return html.replace(_SLOT_FIELD, fields)


@cache
def _template() -> Any:
    return get_template("inbox/fragments/_group.html")
