"""Raw deliveries → items → rows, lane by lane, in batches; one bad delivery never holds up the others."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, OperationalError, connection, transaction

from connectors.jobs import INGEST
from connectors.kit import registry
from connectors.kit.base import RawRequest
from connectors.kit.errors import Unreadable
from connectors.kit.registry import of_family
from connectors.models import Account, Delivery, DeliveryState, Endpoint, delivery_context
from connectors.operations.reading import keep_named
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record_many
from core.jobs import clear_pending, enqueue
from core.keys.models import DataKey, open_key
from core.secrets import SealBroken, unseal_under
from core.tally import count_after_commit
from core.transactions import in_transaction
from tickets.intake.apply import apply_prepared
from tickets.intake.items import AnyItem, ItemError, NamedItem
from tickets.intake.prepare import Prepared, find_channels, prepare
from tickets.models import Channel

log = logging.getLogger(__name__)

SLICE = 600  # deliveries per transaction
SLICE_BYTES = 48 * 1024 * 1024  # and at most so many of their bytes, but always one
# The lane whose oldest delivery has waited longest, among those nobody works on: a busy one starves no other.
_NEXT_LANE = """
    SELECT endpoint.*, key.wrapped AS wrapped_key
    FROM connectors_lane lane JOIN connectors_endpoint endpoint ON endpoint.lane_id = lane.id
    LEFT JOIN keys_datakey key ON key.id = endpoint.data_key_id
    CROSS JOIN LATERAL (
        SELECT id FROM connectors_delivery WHERE endpoint_id = endpoint.id AND state = 'new' ORDER BY id LIMIT 1
    ) AS oldest
    ORDER BY oldest.id LIMIT 1 FOR UPDATE OF lane SKIP LOCKED
"""
# The oldest new deliveries, as many as are good to hold at once: a mail may weigh what a thousand comments do.
_SLICE = """
    SELECT id, body, received_at, account_id, facts FROM (
        SELECT *, sum(length(body)) OVER (ORDER BY id) AS weight, row_number() OVER (ORDER BY id) AS place FROM (
            SELECT id, body, received_at, account_id, facts FROM connectors_delivery
            WHERE endpoint_id = %s AND state = 'new' ORDER BY id LIMIT %s) AS oldest) AS weighed
    WHERE weight <= %s OR place = 1 ORDER BY id
"""
_SETTLE = """
    UPDATE connectors_delivery AS delivery SET state = settled.state, error = settled.error
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS settled (id, state, error) WHERE delivery.id = settled.id
"""


@dataclass(slots=True)
class Kept:
    """A delivery in our hands, with what becomes of it; `account` is whom it was fetched for."""

    id: int
    body: memoryview
    received_at: datetime
    account: Account | None
    facts: dict[str, str]
    state: DeliveryState = DeliveryState.NEW
    error: str = ""


@dataclass(slots=True)
class Parsed:
    """A delivery and the items found in it."""

    delivery: Kept
    items: list[AnyItem]


Apply = Callable[[Endpoint, Sequence[Parsed], datetime], None]


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
    """One slice of one lane, whole; only when something in it is wrong, once more with a savepoint for every step.

    Rolled back, it is still `new`.
    """
    try:
        return _work_lane(_apply_together, now)
    except OperationalError:
        raise
    except Exception as error:
        log.info("slice tried again in steps: %s", type(error).__name__)
        return _work_lane(_apply, now)


@in_transaction
def _work_lane(apply: Apply, now: datetime) -> int:
    endpoint = next(iter(Endpoint.objects.raw(_NEXT_LANE)), None)
    if endpoint is None:
        return 0
    deliveries = _slice(endpoint)
    key = _key_of(endpoint)
    apply(endpoint, [one for delivery in deliveries if (one := _parse(endpoint, delivery, key))], now)
    with connection.cursor() as cursor:
        settled = zip(*((d.id, d.state.value, d.error) for d in deliveries), strict=True)
        cursor.execute(_SETTLE, [list(column) for column in settled])
    count_after_commit("deliveries", Counter(delivery.state.value for delivery in deliveries))
    return len(deliveries)


def _slice(endpoint: Endpoint) -> list[Kept]:
    with connection.cursor() as cursor:
        cursor.execute(_SLICE, [endpoint.pk, SLICE, SLICE_BYTES])
        rows = cursor.fetchall()
    ids = {account_id for _, _, _, account_id, _ in rows if account_id}
    accounts = Account.objects.select_related("channel").in_bulk(ids) if ids else {}
    return [
        Kept(pk, body, received_at, accounts[account_id] if account_id else None, json.loads(facts))
        for pk, body, received_at, account_id, facts in rows
    ]


def _key_of(endpoint: Endpoint) -> bytes | None:
    """None when it was destroyed or is sealed under a lost master key: one lane's loss must not stop the others."""
    try:
        wrapped = getattr(endpoint, "wrapped_key", None)  # read along with it
        return open_key(DataKey(wrapped=wrapped)) if wrapped else None
    except SealBroken:
        return None


def _parse(endpoint: Endpoint, delivery: Kept, key: bytes | None) -> Parsed | None:
    """The items of a delivery; None when it cannot be read, with the delivery marked and its bytes kept."""
    try:
        if key is None:
            raise SealBroken("its key is lost")
        body = unseal_under(key, delivery.body, context=delivery_context(endpoint.pk))
        items = _items(endpoint, delivery, body)
    except Exception as error:
        _mark_unreadable(delivery, error)
        return None
    return Parsed(delivery, items)


def _items(endpoint: Endpoint, delivery: Kept, body: bytes) -> list[AnyItem]:
    """A webhook may hold news for any platform of its family; a fetched piece is of the one it was fetched from."""
    account = delivery.account
    if account is None:
        raw = RawRequest("POST", {}, {}, body, delivery.received_at)
        return [item for connector in of_family(endpoint.family) for item in connector.parse(raw)]
    secret = secrets.unseal(endpoint.app_secret, context=endpoint.context("app_secret")).decode()
    raw = RawRequest(
        "FETCHED", delivery.facts, {}, body, delivery.received_at, account.channel.external_id, app_secret=secret
    )
    return registry.get(account.channel.platform).parse(raw)


def _mark_unreadable(delivery: Kept, error: Exception) -> None:
    """Says which class and which path, never a value."""
    place = f" {error}" if isinstance(error, Unreadable | ItemError) else ""
    delivery.state, delivery.error = DeliveryState.UNREADABLE, f"{type(error).__name__}{place}"[:120]
    log.warning("delivery %d is unreadable: %s", delivery.id, type(error).__name__)


def _apply(endpoint: Endpoint, parsed: Sequence[Parsed], now: datetime) -> None:
    """Store all; when that fails, halve until the culprit stands alone.

    Items of one delivery stand or fall together.
    """
    try:
        with transaction.atomic():
            _apply_together(endpoint, parsed, now)
    except OperationalError:
        raise  # a deadlock or a lost connection: nobody's fault, the whole slice is tried again
    except Exception as error:
        _bisect(endpoint, parsed, now, error)


def _bisect(endpoint: Endpoint, parsed: Sequence[Parsed], now: datetime, error: Exception) -> None:
    if len(parsed) > 1:
        middle = len(parsed) // 2
        _apply(endpoint, parsed[:middle], now)
        _apply(endpoint, parsed[middle:], now)
    elif isinstance(error, IntegrityError) and _again(endpoint, parsed, now):
        return
    else:
        _mark_unreadable(parsed[0].delivery, error)


def _again(endpoint: Endpoint, parsed: Sequence[Parsed], now: datetime) -> bool:
    """A unique key may have been taken by another worker a moment ago; the second look finds its row."""
    try:
        with transaction.atomic():
            _apply_together(endpoint, parsed, now)
        return True
    except IntegrityError:
        return False


def _apply_together(endpoint: Endpoint, parsed: Sequence[Parsed], now: datetime) -> None:
    """In the caller's transaction, which is to be rolled back when this fails."""
    if not parsed:
        return
    items = [item for one in parsed for item in one.items]
    # Only channels of the endpoint whose secret signed the body: one app must not speak for another's pages.
    channels = find_channels(items, among=Channel.objects.filter(account__endpoint=endpoint))
    prepared = prepare(items, channels)
    apply_prepared(prepared, now=now)
    _note_arrival(prepared, now)
    for one in parsed:
        ours = any((item.platform, item.account_external_id) in channels for item in one.items)
        one.delivery.state = DeliveryState.DONE if ours else DeliveryState.IGNORED


def _note_arrival(prepared: Sequence[Prepared], now: datetime) -> None:
    ids = {one.channel.pk for one in prepared}
    if ids:
        Account.objects.filter(channel_id__in=ids).update(last_in_at=now)
    keep_named([one for one in prepared if isinstance(one.item, NamedItem)], now=now)


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
