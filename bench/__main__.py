"""The command line of the bench: `make bench ARGS="--only ingest --quick"`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.company import load_django
from bench.context import Bench, Sample
from bench.figures import Series
from bench.goals import GOALS
from bench.house import CACHE, EMPTY, House, open_house
from bench.report import BASELINE, as_record, known, merged_baseline, read_baseline, table
from bench.sizes import SIZES

ROUNDS = 3
ORDER = (
    *("start", "idle", "ingest", "answer", "burst", "restart", "screen", "reply", "fanout", "race", "queue"),
    *("growth", "again"),
)
ONCE = ("growth", "again", "idle")  # too long, or too steady, for three rounds


def measurements() -> Mapping[str, Callable[[Bench], Sample]]:
    """Every measurement by name. Imported here: the rows need the product's code, and that needs its settings."""
    from bench.rows import fanout, growth, intake, queue, race, screen, stack

    return {
        "start": stack.start, "idle": stack.idle, "again": stack.again, "ingest": intake.ingest,
        "answer": intake.answer, "burst": intake.burst, "restart": intake.restart, "screen": screen.screen,
        "reply": screen.reply, "fanout": fanout.fanout, "race": race.race, "queue": queue.queue,
        "growth": growth.growth,
    }  # fmt: skip


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the product beside its floors.")
    parser.add_argument("--only", action="append", choices=ORDER, help="this measurement; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one tiny round each: proves the bench, not the product")
    parser.add_argument("--scale", choices=list(SIZES), default="", help="size of the database, in cases")
    parser.add_argument("--rounds", type=int, default=0, help=f"rounds, {ROUNDS} unless told")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--keep", action="store_true", help=f"store the ratios as the baseline ({BASELINE.name})")
    parser.add_argument("--cache", type=Path, default=CACHE, help="the bench's own servers and databases")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Measure, print the table. Gives: 1 when a first goal was missed, else 0."""
    options = arguments(argv)
    names = [name for name in ORDER if not options.only or name in options.only]
    rounds = options.rounds or (1 if options.quick else ROUNDS)
    with open_house(options.cache) as house:
        results = _measure(house, names, rounds, options)
    record = as_record(results, _facts(options))
    baseline = read_baseline()
    print(f"\n{record['facts']['machine']}; load {record['facts']['load']}; size {options.scale or 'empty'}")
    print(table(record, baseline, colour=sys.stdout.isatty()))
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n")
    if options.keep:
        BASELINE.write_text(json.dumps(merged_baseline(baseline, record), indent=1, sort_keys=True) + "\n")
    by_key = {goal.key: goal for goal in GOALS}
    figures = record["figures"].items()
    missed = [key for key, one in figures if not by_key[key].meets(by_key[key].first, one["figure"], one["ratio"])]
    return 1 if missed and not options.quick else 0


def _measure(house: House, names: Sequence[str], rounds: int, options: argparse.Namespace) -> dict[str, Series]:
    """All measurements once, then all once more: noise that lasts minutes meets every one of them."""
    load_django(house)
    _collect_static_files()
    bench = Bench(house, house.floor_port("channel"), options.quick, options.scale or EMPTY)
    results: dict[str, Series] = {}
    for number in range(rounds):
        for name in names:
            if number and name in ONCE:
                continue
            bench.say(f"round {number + 1} of {rounds}: {name} (load {os.getloadavg()[0]:.1f})")
            begun = time.monotonic()
            for key, (figure, floor) in measurements()[name](bench).items():
                assert known(key), key  # noqa: S101  a name without a goal is our mistake
                results.setdefault(key, Series()).add(figure, floor)
                bench.say(f"  {key} {figure:.2f}" + (f", floor {floor:.2f}" if floor else ""))
            bench.say(f"  {name} took {time.monotonic() - begun:.0f} s")
    return results


def _collect_static_files() -> None:
    from inbox.operations.preparing import collect_static_files

    collect_static_files()


def _facts(options: argparse.Namespace) -> dict[str, str]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "size": options.scale or "empty",
        "quick": "yes" if options.quick else "no",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
