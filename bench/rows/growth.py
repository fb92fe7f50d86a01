"""Row 15: rows 1, 3 and 5 at a size, a tenth and a hundredth of it; printed as an exponent, judged per tenfold."""

from __future__ import annotations

from bench.context import Bench, Sample
from bench.figures import growth_exponent
from bench.rows.intake import ingest
from bench.rows.queue import queue
from bench.rows.screen import screen
from bench.sizes import SIZES

_STEPS = {"100k": ("1k", "10k", "100k"), "1m": ("10k", "100k", "1m"), "10m": ("100k", "1m", "10m")}


def growth(bench: Bench) -> Sample:
    """How many times dearer each becomes when the data are ten times as many; a rate counts as its inverse."""
    steps = ("1k", "10k") if bench.quick else _STEPS.get(bench.size, _STEPS["100k"])
    costs: dict[str, list[float]] = {"growth_ingest": [], "growth_dom": [], "growth_queue": []}
    whole = bench.size
    try:
        for size in steps:
            bench.size = size
            costs["growth_ingest"].append(1 / ingest(bench)["ingest_rate"][0])
            costs["growth_dom"].append(screen(bench)["dom_p50"][0])
            costs["growth_queue"].append(queue(bench)["queue_p50"][0])
    finally:
        bench.size = whole
    exponents = {key: growth_exponent([SIZES[size] for size in steps], values) for key, values in costs.items()}
    bench.say("growth, cost ~ size^e: " + ", ".join(f"{key[7:]} e = {e:+.3f}" for key, e in exponents.items()))
    return {key: (10**e, None) for key, e in exponents.items()}
