"""Runs: the town writing at a given rate for a given time, and the gentle life in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.clock import Clock
from sandbox.store import Store
from sandbox.town import words
from sandbox.town.answers import Answers
from sandbox.town.stage import Life, Talk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, kind TEXT NOT NULL,
    planned INTEGER NOT NULL, made INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0, started_at REAL NOT NULL);
"""
_TICK_SECONDS = 0.02
_MOST_PER_TICK = 50
_FIRST_MINUTE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two acts of the town by itself: in the first minute, and later."""

    at_first: float = 10.0
    later: float = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does: `steps` acts, spread evenly over `seconds`."""

    kind: str
    steps: int
    seconds: float


class Runs:
    """Starts, counts and stops runs on one platform. A run that a restart cut off counts as done with what it made."""

    def __init__(
        self,
        store: Store,
        talk: Talk,
        clock: Clock,
        seed: int,
        town: Callable[[Random], Life],
        pace: Pace | None = None,
    ) -> None:
        self._store, self.talk, self._clock, self._seed = store, talk, clock, seed
        self._town, self._pace = town, pace or Pace()
        self._answers = Answers(store, talk, clock, seed)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        store.define(_SCHEMA)
        store.run("UPDATE runs SET done = 1 WHERE done = 0")

    def simulate(self, *, rate: float, minutes: float, account: str | None, seed: int | None = None) -> int:
        """Everyday life at `rate` acts a minute for `minutes`. Gives the run's number."""
        rng = self._lot(seed)
        town = self._town(rng)

        def step(run_id: int) -> None:
            town.act(account or rng.choice(self.talk.accounts()), run_id)

        plan = Plan("life", max(1, round(rate * minutes)), minutes * 60)
        return self._start(plan, step)

    def choir(self, *, voices: int, minutes: float, topic: str, account: str, seed: int | None = None) -> int:
        """Many people complain about the same thing, in several languages. Gives the run's number."""
        rng = self._lot(seed)
        town = self._town(rng)
        singers = iter(words.choir(rng, voices))

        def step(run_id: int) -> None:
            town.sing(account, next(singers), topic, run_id)

        return self._start(Plan("choir", voices, minutes * 60), step)

    def look(self, run_id: int) -> dict[str, Any] | None:
        """How a run stands: planned, made, delivered, done."""
        row = self._store.row("SELECT * FROM runs WHERE id = ?", run_id)
        if row is None:
            return None
        shown = {name: row[name] for name in ("kind", "planned", "made", "delivered")}
        return {"run": row["id"], **shown, "done": bool(row["done"])}

    def stop(self, run_id: int) -> bool:
        """End a run early. False when there is no such run."""
        task = self._tasks.pop(run_id, None)
        if task is not None:
            task.cancel()
        return self._store.run("UPDATE runs SET done = 1 WHERE id = ?", run_id) > 0

    def active(self) -> int:
        """How many runs go on."""
        return len(self._tasks)

    async def live_gently(self) -> None:
        """The town by itself: acts at its pace, and reactions to answers."""
        rng = self._lot(None)
        town = self._town(rng)
        began: float | None = None
        next_at = 0.0
        while True:
            accounts = self.talk.accounts()
            now = self._clock.steady()
            if accounts:
                began = began if began is not None else now
                if now >= next_at:
                    town.act(rng.choice(accounts))
                    gap = self._pace.at_first if now - began < _FIRST_MINUTE_SECONDS else self._pace.later
                    next_at = now + gap * rng.uniform(0.6, 1.4)
                self._answers.notice()
                self._answers.speak()
            await self._clock.sleep(0.5)

    async def close(self) -> None:
        """Stop all runs and wait until they have said so on disk."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _lot(self, seed: int | None) -> Random:
        """A given seed gives the same run again; without one, each run goes on from the ones before."""
        past = self._store.number("SELECT COUNT(*) FROM runs")
        return Random(seed if seed is not None else f"{self._seed}:{past}")

    def _start(self, plan: Plan, step: Callable[[int], None]) -> int:
        sql = "INSERT INTO runs (platform, kind, planned, started_at) VALUES (?, ?, ?, ?)"
        run_id = self._store.insert(sql, self.talk.platform, plan.kind, plan.steps, self._clock.now())
        task = asyncio.create_task(self._go(run_id, plan, step))
        self._tasks[run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run_id, None))
        return run_id

    async def _go(self, run_id: int, plan: Plan, step: Callable[[int], None]) -> None:
        began, made = self._clock.steady(), 0
        try:
            while made < plan.steps and self.talk.accounts():
                share = (self._clock.steady() - began) / plan.seconds if plan.seconds > 0 else 1.0
                wanted = min(plan.steps, int(share * plan.steps) + 1, made + _MOST_PER_TICK)
                with self._store.transaction():
                    for _ in range(wanted - made):
                        step(run_id)
                    self._store.run("UPDATE runs SET made = ? WHERE id = ?", wanted, run_id)
                made = wanted
                await self._clock.sleep(_TICK_SECONDS)
        finally:
            self._store.run("UPDATE runs SET done = 1 WHERE id = ?", run_id)
