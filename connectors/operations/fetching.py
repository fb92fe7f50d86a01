"""Raw pieces that were fetched for a channel: kept whole and encrypted like webhooks, read by the same ingest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from connectors.jobs import INGEST
from connectors.kit.base import Raw
from connectors.models import Account, Delivery, Endpoint, delivery_context
from core.jobs import enqueue
from core.keys.models import open_keys
from core.secrets import SealBroken, keyed_hash, seal_under


@transaction.atomic
def keep_pieces(*, account: Account, pieces: Sequence[Raw], now: datetime) -> int:
    """Store what `poll` or `listen` gave; bytes we hold already are not stored again. Gives: how many are new.

    Takes: account, of a channel that has an endpoint.
    Raises: core.secrets.SealBroken when the endpoint's key is lost.
    Leaves: job INGEST.
    """
    if not pieces:
        return 0
    assert account.endpoint_id is not None  # noqa: S101  every connected channel has one
    endpoint = Endpoint.objects.get(pk=account.endpoint_id)
    key = open_keys([endpoint.data_key_id]).get(endpoint.data_key_id)
    if key is None:
        raise SealBroken("the key of this channel's traffic is lost")
    digests = {keyed_hash(piece.body, purpose=f"fetched:{account.pk}"): piece for piece in pieces}
    known = Delivery.objects.filter(endpoint=endpoint, digest__in=digests).values_list("digest", flat=True)
    fresh = {digest: digests[digest] for digest in digests.keys() - {bytes(digest) for digest in known}}
    Delivery.objects.bulk_create(
        [
            Delivery(
                endpoint=endpoint,
                account=account,
                facts=dict(piece.facts),
                digest=digest,
                body=seal_under(endpoint.data_key_id, key, piece.body, context=delivery_context(endpoint.pk)),
                received_at=now,
            )
            for digest, piece in digests.items()
            if digest in fresh
        ],
        ignore_conflicts=True,
        batch_size=16,
    )
    enqueue(INGEST)
    return len(fresh)
