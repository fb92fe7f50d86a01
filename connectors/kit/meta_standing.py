"""Whether a comment still stands at Meta: a deletion is not told on Instagram, and its webhook may be lost on Facebook.

Source: Meta, "Handling Errors": 100 with subcode 33 is an object that is missing or deleted, read 2026-11.
"""

from __future__ import annotations

from tickets.intake.items import StateItem

from .base import Account
from .errors import Rejected, RejectReason
from .http import path_segment
from .meta_graph import Graph


def stands(graph: Graph, external_id: str) -> bool:
    """False only where Meta says that it is gone; any other refusal says nothing of it. Raises: as any read."""
    try:
        graph.read(path_segment(external_id), fields="id")
    except Rejected as error:
        return error.reason is not RejectReason.TARGET_GONE
    return True


def gone(platform: str, account: Account, external_id: str) -> StateItem:
    """The news that a comment is deleted, as of now."""
    now = account.clock()
    return StateItem(
        platform=platform,
        account_external_id=account.external_id,
        external_id=external_id,
        at=now,
        version_at=now,
        state="deleted",
    )
