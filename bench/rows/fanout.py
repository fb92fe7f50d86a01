"""Row 8: one change, one frame, a thousand browsers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.company import sign_in
from bench.context import Bench, Sample
from bench.figures import median, percentile
from bench.floors.fanout import CHANNEL
from bench.house import CHECKOUT, EMPTY
from bench.product import running_product
from bench.rows.screen import Poster
from bench.sizes import fresh_database
from core.embedded.processes import die_with_parent


def fanout(bench: Bench) -> Sample:
    """From the moment a committed change is numbered and published to its frame at every socket."""
    sockets, events = bench.pick(50, 1000), bench.pick(3, 20)
    fresh_database(bench.house, EMPTY)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        cookies = [person.cookie for person in sign_in(role="agent", count=50)]
        ticket = _one_case(bench, product.port)
        spec = {"port": product.port, "sockets": sockets, "events": events, "cookies": cookies, "mark": r'"seq": (\d+)'}
        connected, ours = _told(spec, lambda: _tell_change(ticket))
    spec = {"port": bench.house.floor_port("fanout"), "sockets": sockets, "events": events, "cookies": []}
    floor_connected, floor = _told(spec | {"mark": "event-([0-9]+)-"}, _tell_floor)
    return {
        "fanout_p99": (_across(ours, 0.99), _across(floor, 0.99)),
        "fanout_last": (_across(ours, 1.0), _across(floor, 1.0)),
        "fanout_connect": (connected, floor_connected),
    }


def _told(spec: dict[str, Any], tell: Callable[[], float]) -> tuple[float, list[list[float]]]:
    """Connect, then one event at a time. Gives: seconds to connect; for each event each socket's milliseconds."""
    probe = subprocess.Popen(
        [sys.executable, "-m", "bench.sockets"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert probe.stdin is not None and probe.stdout is not None  # noqa: S101, PT018  asked for above
    probe.stdin.write(json.dumps(spec) + "\n")
    probe.stdin.close()
    connected = json.loads(probe.stdout.readline())["seconds"]
    time.sleep(0.5)
    taken = []
    for _ in range(spec["events"]):
        begun = tell()
        arrivals = json.loads(probe.stdout.readline())["arrivals"]
        taken.append([(at - begun) * 1000 for at in arrivals])
        time.sleep(0.15)  # beyond the window in which changes of one case are merged
    probe.wait(timeout=20)
    return connected, taken


def _across(events: list[list[float]], share: float) -> float:
    """The median over the events of a percentile over the sockets."""
    return median([percentile(sockets, share) for sockets in events])


def _one_case(bench: Bench, port: int) -> int:
    """The id of a case that every agent sees."""
    from bench.company import sender
    from bench.house import wait_for
    from tickets.models import Ticket

    Poster(sender(bench.base()), port).post(1, 0, "Hei, er det noen der?")
    wait_for(lambda: Ticket.objects.exists(), 30, "the case is there")
    time.sleep(0.5)
    return Ticket.objects.get().pk


def _tell_change(ticket_id: int) -> float:
    """Commit a change of the case, then number and publish it. Gives: when that began, on the monotonic clock."""
    from inbox.live.hints import publish_hints
    from inbox.live.models import Hint
    from tickets.access import scopes_for
    from tickets.models import Ticket

    Ticket.objects.filter(pk=ticket_id).update(version=Ticket.objects.get(pk=ticket_id).version + 1)
    scopes = sorted(scopes_for(Ticket.objects.get(pk=ticket_id).team_id, None))
    Hint.objects.create(kind="state", ticket_id=ticket_id, scopes=scopes, created_at=datetime.now(UTC))
    begun = time.monotonic()
    publish_hints()
    return begun


_told_floor = iter(range(10**6))


def _tell_floor() -> float:
    from core.broker import broker

    payload = f"event-{next(_told_floor)}-".ljust(1800, "x")  # as long as a line of the queue
    begun = time.monotonic()
    broker().publish(CHANNEL, payload)
    return begun
