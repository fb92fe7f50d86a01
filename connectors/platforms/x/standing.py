"""Which posts still stand: X tells of deletions of our own posts only, and wants others' followed within a day.

Source: X developer policy, "Content compliance"; docs.x.com, "Posts lookup", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.kit import wire
from connectors.kit.base import Account
from tickets.intake.items import AnyItem, StateItem

from .calls import Api
from .ids import PLATFORM, is_message
from .manifest import READ_SCOPES
from .refusals import gone_ids


def recheck(account: Account, external_ids: Sequence[str]) -> Sequence[AnyItem]:
    """News of those posts that are deleted, of a suspended account, or no longer ours to see. At most one call.

    Takes: external_ids, at most a hundred; direct messages among them are passed over.
    Raises: ConnectorError as any read.
    """
    posts = [number for number in external_ids if not is_message(number)]
    if not posts:
        return ()
    api = Api(account, repeatable=True, needs=READ_SCOPES)
    answer = wire.Node(api.get_tweets(ids=posts, user_auth=False))
    now, asked = account.clock(), set(posts)
    return [
        StateItem(
            platform=PLATFORM,
            account_external_id=account.external_id,
            external_id=number,
            at=now,
            version_at=now,
            state="deleted",
        )
        for number in dict.fromkeys(gone_ids(answer))
        if number in asked
    ]
