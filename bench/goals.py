"""What each figure should come to. Numbers are those of the goal table; `row` is its number there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit on the figure, on its ratio to the floor, or on both; None sets none."""

    figure: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table. `better`: whether more or less of it is good; `of`: the measurement that yields it."""

    key: str
    row: str
    of: str
    title: str
    unit: str
    better: Literal["more", "less"]
    first: Bound
    moonshot: Bound

    def meets(self, bound: Bound, figure: float, ratio: float | None) -> bool:
        """Whether a figure and its ratio are within a bound. A ratio that is asked for must be there."""
        for limit, value in ((bound.figure, figure), (bound.ratio, ratio)):
            if limit is not None and (value is None or (value < limit if self.better == "more" else value > limit)):
                return False
        return True


def _less(key: str, row: str, of: str, title: str, unit: str, first: Bound, moonshot: Bound) -> Goal:
    return Goal(key, row, of, title, unit, "less", first, moonshot)


GOALS: tuple[Goal, ...] = (
    Goal("ingest_rate", "1", "ingest", "webhooks kept", "/s", "more", Bound(2000, 0.4), Bound(5000, 0.8)),
    Goal("read_rate", "1", "ingest", "webhooks read to cases", "/s", "more", Bound(), Bound()),
    _less("answer_1000", "2", "answer", "answer at 1,000/s, p99", "ms", Bound(25), Bound(10, 2.5)),
    _less("answer_2000", "2", "answer", "answer at 2,000/s, p99", "ms", Bound(), Bound(10, 2.5)),
    _less("dom_p50", "3", "screen", "webhook to screen, p50", "ms", Bound(50), Bound(10, 2.5)),
    _less("dom_p99", "3", "screen", "webhook to screen, p99", "ms", Bound(150), Bound(25, 2.5)),
    _less("burst", "4", "burst", "10,000 at once, worker killed", "s", Bound(10), Bound(3)),
    _less("queue_p50", "5", "queue", "queue page, p50", "ms", Bound(30), Bound(5)),
    _less("queue_p99", "5", "queue", "queue page, p99", "ms", Bound(), Bound(15)),
    _less("queue_deep", "5", "queue", "page far down, p50", "ms", Bound(30), Bound(5)),
    _less("counts", "6", "queue", "exact counts", "ms", Bound(5), Bound(1)),
    _less("fanout_p99", "8", "fanout", "one event to 1,000, p99", "ms", Bound(80), Bound(30, 1.5)),
    _less("fanout_last", "8", "fanout", "one event to 1,000, last", "ms", Bound(), Bound()),
    _less("fanout_connect", "8", "fanout", "1,000 sockets connect", "s", Bound(), Bound()),
    _less("idle_memory", "13", "idle", "idle stack", "MB", Bound(300), Bound(160)),
    _less("cold_start", "14", "start", "web process, first page", "s", Bound(1.5), Bound(0.7, 1.4)),
    _less("second_start", "14", "again", "make run, second start", "s", Bound(5), Bound(5)),
    _less("restart_lost", "14", "restart", "webhooks refused by a restart", "", Bound(0), Bound(0)),
    _less("growth_ingest", "15", "growth", "x10 data: webhooks kept", "x", Bound(1.5), Bound(1.1)),
    _less("growth_dom", "15", "growth", "x10 data: webhook to screen", "x", Bound(1.5), Bound(1.1)),
    _less("growth_queue", "15", "growth", "x10 data: queue page", "x", Bound(1.5), Bound(1.1)),
    _less("reply_call_p99", "16", "reply", "click to channel call, p99", "ms", Bound(200), Bound(40)),
    _less("reply_dom_p50", "16", "reply", "click to sent on screen, p50", "ms", Bound(), Bound(15)),
    _less("reply_dom_p99", "16", "reply", "click to sent on screen, p99", "ms", Bound(200), Bound(40)),
    _less("race_winners", "17", "race", "winners per contested case", "", Bound(1), Bound(1)),
    _less("race_p99", "17", "race", "losers see the owner, p99", "ms", Bound(), Bound(25)),
)
BY_KEY = {goal.key: goal for goal in GOALS}
