"""Rows 1, 2 and 4: webhooks kept, how soon they are answered, and how soon a burst is on the page.

After every run the database is asked whether each accepted webhook is one message, once, in its thread's order.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from bench.company import APP_SECRET, sender
from bench.context import Bench, Sample, Wrong, finish_load, run_load, start_load
from bench.hooks import ORDER_AND_ONCE, Sender
from bench.house import wait_for
from bench.product import Product, running_product
from bench.sizes import fresh_database

CONNECTIONS = 64
BURST, BURST_CONNECTIONS = 10_000, 256
DRAIN_SECONDS = 300


def floor_sender(base: int) -> Sender:
    """The same bodies, posted to the floor."""
    return Sender("/hook", APP_SECRET, "104000000000001", base, int(time.time()) - 3600)


def door_floor(bench: Bench) -> int:
    """The port of the floor of intake and pages; one serves all rounds."""
    channel = f"http://127.0.0.1:{bench.channel_port}"
    return bench.house.floor_port("door", FLOOR_SECRET=APP_SECRET, FLOOR_CHANNEL=channel)


def load_of(sender: Sender, port: int, **more: Any) -> dict[str, Any]:
    """A specification for the load generator."""
    return {"port": port, "hooks": asdict(sender), "connections": CONNECTIONS} | more


def ingest(bench: Bench) -> Sample:
    """Closed loop over 64 connections, worker running; then how long until all of it was read to cases."""
    seconds, count = bench.pick(1, 5), bench.pick(2000, 60_000)
    fresh_database(bench.house, bench.size)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        posted = sender(bench.base())
        begun = time.monotonic()
        result = run_load(load_of(posted, product.port, seconds=seconds, count=count))
        read = _read_all(posted, result, begun)
    floor = run_load(load_of(floor_sender(bench.base()), door_floor(bench), seconds=seconds, count=count))
    return {"ingest_rate": (result["rate"], floor["rate"]), "read_rate": (read, None)}


def answer(bench: Bench) -> Sample:
    """Open loop: requests are due at fixed times; the 99th percentile counts from when they were due."""
    out: dict[str, tuple[float, float | None]] = {}
    fresh_database(bench.house, bench.size)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        for rate in (1000, 2000):
            if bench.quick and rate > 1000:
                continue
            count = rate * bench.pick(1, 5)
            posted = sender(bench.base())
            begun = time.monotonic()
            result = run_load(load_of(posted, product.port, rate=rate, count=count))
            _read_all(posted, result, begun)
            floor = run_load(load_of(floor_sender(bench.base()), door_floor(bench), rate=rate, count=count))
            out[f"answer_{rate}"] = (result["ms"]["p99"], floor["ms"]["p99"])
    return out


def burst(bench: Bench) -> Sample:
    """All at once, the worker killed in the middle: seconds until the page counts every case and shows the last."""
    count = bench.pick(500, BURST)
    fresh_database(bench.house, bench.size)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        posted = sender(bench.base())
        begun = time.monotonic()
        load = start_load(load_of(posted, product.port, count=count, connections=BURST_CONNECTIONS))
        wait_for(lambda: _messages(posted)[0] > count // 10, DRAIN_SECONDS, "the burst has begun to be read")
        product.kill_worker()
        product.start_worker()
        result = finish_load(load)
        wait_for(lambda: _messages(posted)[0] >= result["different"], DRAIN_SECONDS, "the burst is read", pause=0.05)
        lasted = time.monotonic() - begun
        demand_order_and_once(posted, result)
    floor = run_load(load_of(floor_sender(bench.base()), door_floor(bench), count=count, connections=BURST_CONNECTIONS))
    return {"burst": (lasted, floor["seconds"])}


def _messages(posted: Sender) -> tuple[int, int, bool, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ORDER_AND_ONCE, [f"{posted.base}\\_%"])
        total, distinct, in_order, threads = cursor.fetchone()
    return total, distinct, in_order, threads


def _read_all(posted: Sender, result: dict[str, Any], begun: float) -> float:
    """Wait until every accepted webhook is a message, and demand order. Gives: messages read a second since `begun`."""
    from connectors.models import Delivery

    wait_for(lambda: not Delivery.objects.filter(state="new").exists(), DRAIN_SECONDS, "all is read", pause=0.1)
    lasted = time.monotonic() - begun
    demand_order_and_once(posted, result)
    return _messages(posted)[0] / lasted


def demand_order_and_once(posted: Sender, result: dict[str, Any]) -> None:
    """Raises: Wrong unless every body answered 200 is exactly one message, in its thread's order, on the right case."""
    total, distinct, in_order, threads = _messages(posted)
    accepted = result["different"]
    if not (total == distinct == accepted):
        raise Wrong(f"{accepted} webhooks were accepted, {total} messages are there, {distinct} of them different")
    if not in_order:
        raise Wrong("messages of a thread do not stand in the order in which they were posted")
    tickets = _tickets(posted)
    if tickets != threads:
        raise Wrong(f"{threads} threads of one customer each made {tickets} cases")


def _tickets(posted: Sender) -> int:
    from tickets.models import Message

    mine = Message.objects.filter(external_id__startswith=f"{posted.base}_")
    return mine.values("ticket_id").distinct().count()


def restart(bench: Bench) -> Sample:
    """Post steadily while the web process is ended and started again: how many webhooks were never accepted."""
    rate, seconds = 100, bench.pick(6, 10)
    fresh_database(bench.house)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        posted = sender(bench.base())
        load = start_load(load_of(posted, product.port, rate=rate, count=rate * seconds, connections=20))
        time.sleep(seconds / 4)
        _restart(product)
        result = finish_load(load)
        wait_for(lambda: _messages(posted)[0] >= result["different"], DRAIN_SECONDS, "all is read", pause=0.1)
        demand_order_and_once(posted, result)
    lost = rate * seconds - int(result["different"])
    bench.say(f"restart: {result['broken']} sent again, {result['refused']} connections refused, longest answer "
              f"{result['ms']['max']:.0f} ms")  # fmt: skip
    return {"restart_lost": (float(lost + result["refused"]), None)}


def _restart(product: Product) -> None:
    product.stop_web()
    product.start_web()
