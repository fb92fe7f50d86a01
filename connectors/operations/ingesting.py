"""Raw deliveries → items → rows, lane by lane, in batches; one bad delivery never holds up the others."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Subquery

from connectors.jobs import INGEST
from connectors.kit.base import RawRequest
from connectors.kit.errors import Unreadable
from connectors.kit.registry import of_family
from connectors.models import Account, Delivery, DeliveryState, Endpoint, Lane, delivery_context
from core.actors import SYSTEM
from core.audit.record import record_many
from core.jobs import clear_pending, enqueue
from core.keys.models import open_keys
from core.secrets import SealBroken, unseal_under
from core.tally import count_after_commit
from tickets.intake.apply import apply_prepared
from tickets.intake.items import AnyItem, ItemError
from tickets.intake.prepare import ChannelKey, Prepared, find_channels, prepare
from tickets.models import Channel

log = logging.getLogger(__name__)

SLICE = 300  # deliveries per transaction
TRIES = 3  # of a slice that met another worker


@dataclass(slots=True)
class Parsed:
    """A delivery and the items found in it."""

    delivery: Delivery
    items: list[AnyItem]


def ingest_waiting(*, now: datetime) -> int:
    """Work through every lane that has new deliveries and that nobody else works on. Gives: how many were settled.

    The pending flag falls before the last look, so that a hint sent meanwhile either finds us or starts another.
    """
    settled = _drain(now)
    clear_pending(INGEST)
    return settled + _drain(now)


def _drain(now: datetime) -> int:
    total = 0
    while done := _ingest_slice(now):
        total += done
    return total


def _ingest_slice(now: datetime) -> int:
    """One slice of one lane. Tried again whole when another worker got in between; rolled back, it is still `new`."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _work_lane(now)
        except OperationalError as error:
            if attempt == TRIES - 1:
                raise
            log.info("slice tried again: %s", type(error).__name__)
    return 0


def _work_lane(now: datetime) -> int:
    lane = _lock_lane()
    if lane is None:
        return 0
    endpoint = Endpoint.objects.get(lane=lane)
    deliveries = list(Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.NEW).order_by("pk")[:SLICE])
    key = _key_of(endpoint)
    parsed = [one for delivery in deliveries if (one := _parse(endpoint, delivery, key))]
    _apply(parsed, now)
    Delivery.objects.bulk_update(deliveries, ["state", "error"])
    count_after_commit("deliveries", Counter(delivery.state for delivery in deliveries))
    return len(deliveries)


def _lock_lane() -> Lane | None:
    """The lane whose oldest delivery has waited longest, among those nobody works on: a busy one starves no other."""
    waiting = Delivery.objects.filter(endpoint__lane=OuterRef("pk"), state=DeliveryState.NEW)
    oldest = Subquery(waiting.order_by("pk").values("pk")[:1])
    lanes = Lane.objects.filter(Exists(waiting)).annotate(oldest=oldest).order_by("oldest")
    return lanes.select_for_update(skip_locked=True, of=("self",)).first()


def _key_of(endpoint: Endpoint) -> bytes | None:
    """None when it was destroyed or is sealed under a lost master key: one lane's loss must not stop the others."""
    try:
        return open_keys([endpoint.data_key_id]).get(endpoint.data_key_id)
    except SealBroken:
        return None


def _parse(endpoint: Endpoint, delivery: Delivery, key: bytes | None) -> Parsed | None:
    """The items of a delivery; None when it cannot be read, with the delivery marked and its bytes kept."""
    try:
        if key is None:
            raise SealBroken("its key is lost")
        body = unseal_under(key, delivery.body, context=delivery_context(endpoint.pk))
        raw = RawRequest("POST", {}, {}, body, delivery.received_at)
        items = [item for connector in of_family(endpoint.family) for item in connector.parse(raw)]
    except Exception as error:
        _mark_unreadable(delivery, error)
        return None
    return Parsed(delivery, items)


def _mark_unreadable(delivery: Delivery, error: Exception) -> None:
    """Says which class and which path, never a value."""
    place = f" {error}" if isinstance(error, Unreadable | ItemError) else ""
    delivery.state, delivery.error = DeliveryState.UNREADABLE, f"{type(error).__name__}{place}"[:120]
    log.warning("delivery %d is unreadable: %s", delivery.pk, type(error).__name__)


def _apply(parsed: Sequence[Parsed], now: datetime) -> None:
    """Store all; when that fails, halve until the culprit stands alone.

    Items of one delivery stand or fall together.
    """
    if not parsed:
        return
    try:
        _apply_together(parsed, now)
    except OperationalError:
        raise  # a deadlock or a lost connection: nobody's fault, the whole slice is tried again
    except Exception as error:
        _bisect(parsed, now, error)


def _bisect(parsed: Sequence[Parsed], now: datetime, error: Exception) -> None:
    if len(parsed) > 1:
        middle = len(parsed) // 2
        _apply(parsed[:middle], now)
        _apply(parsed[middle:], now)
    elif isinstance(error, IntegrityError) and _again(parsed, now):
        return
    else:
        _mark_unreadable(parsed[0].delivery, error)


def _again(parsed: Sequence[Parsed], now: datetime) -> bool:
    """A unique key may have been taken by another worker a moment ago; the second look finds its row."""
    try:
        _apply_together(parsed, now)
        return True
    except IntegrityError:
        return False


def _apply_together(parsed: Sequence[Parsed], now: datetime) -> None:
    items = [item for one in parsed for item in one.items]
    channels = _served(find_channels(items), parsed[0].delivery.endpoint_id)
    prepared = prepare(items, channels)
    with transaction.atomic():
        apply_prepared(prepared, now=now)
        _note_arrival(prepared, now)
    for one in parsed:
        ours = any((item.platform, item.account_external_id) in channels for item in one.items)
        one.delivery.state = DeliveryState.DONE if ours else DeliveryState.IGNORED


def _served(found: dict[ChannelKey, Channel], endpoint_id: int) -> dict[ChannelKey, Channel]:
    """Only channels of the endpoint whose secret signed the body: one app must not speak for another's pages."""
    ours = set(Account.objects.filter(endpoint_id=endpoint_id).values_list("channel_id", flat=True))
    return {key: channel for key, channel in found.items() if channel.pk in ours}


def _note_arrival(prepared: Sequence[Prepared], now: datetime) -> None:
    ids = {one.channel.pk for one in prepared}
    if ids:
        Account.objects.filter(channel_id__in=ids).update(last_in_at=now)


@transaction.atomic
def replay_deliveries(*, now: datetime, delivery_ids: Sequence[int] | None = None) -> int:
    """Put unreadable deliveries back to new, after a fix. Gives: how many.

    Takes: delivery_ids, or None for all. Leaves: job INGEST.
    """
    chosen = Delivery.objects.filter(state=DeliveryState.UNREADABLE)
    if delivery_ids is not None:
        chosen = chosen.filter(pk__in=delivery_ids)
    ids = list(chosen.select_for_update().order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids).update(state=DeliveryState.NEW, error="")
    record_many(actor=SYSTEM, action="delivery.replayed", object_type="delivery", object_ids=ids, now=now)
    enqueue(INGEST)
    return len(ids)
