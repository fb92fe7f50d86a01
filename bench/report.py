"""The table at the end, and the comparison with what was measured before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Series, spread
from bench.goals import BY_KEY, GOALS, Goal

BASELINE = Path(__file__).with_name("baseline.json")
BEHIND = 0.15  # a ratio may be so much worse than the baseline's before it is called out
RED, PLAIN = "\x1b[31m", "\x1b[0m"
_HEAD = ("row", "what", "figure", "spread", "floor", "ratio", "was", "first goal", "moonshot")


def is_behind(goal: Goal, ratio: float | None, before: float | None) -> bool:
    """Whether a ratio fell more than BEHIND behind the stored one. Nothing is behind what was never measured."""
    if ratio is None or before is None:
        return False
    return ratio < before * (1 - BEHIND) if goal.better == "more" else ratio > before * (1 + BEHIND)


def as_record(results: Mapping[str, Series], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The results as JSON keeps them. Takes: facts, when and on what they were measured."""
    figures = {
        key: {
            "figure": round(series.figure, 4),
            "floor": None if series.floor is None else round(series.floor, 4),
            "ratio": None if series.ratio is None else round(series.ratio, 4),
            "spread": round(spread(series.figures), 4),
            "rounds": len(series.figures),
        }
        for key, series in results.items()
    }
    return {"facts": dict(facts), "figures": figures}


def read_baseline(path: Path = BASELINE) -> dict[str, Any]:
    """The stored record; an empty one when there is none."""
    return json.loads(path.read_text()) if path.is_file() else {"facts": {}, "figures": {}}


def merged_baseline(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The baseline with the figures of a new record in place of its own; each keeps the facts it was measured under."""
    marked = {key: figure | {"facts": new["facts"]} for key, figure in new["figures"].items()}
    return {"facts": dict(new["facts"]), "figures": dict(old.get("figures", {})) | marked}


def table(record: Mapping[str, Any], baseline: Mapping[str, Any], *, colour: bool) -> str:
    """Goal, figure, ratio, met or not; one line per figure that was measured, in the order of the goals."""
    lines = [_HEAD, *(_line(goal, record, baseline) for goal in GOALS if goal.key in record["figures"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    out = []
    for line in lines:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        out.append(f"{RED}{text}{PLAIN}" if colour and line[6].endswith("!") else text)
    return "\n".join(out)


def _line(goal: Goal, record: Mapping[str, Any], baseline: Mapping[str, Any]) -> tuple[str, ...]:
    figure = record["figures"][goal.key]
    before = baseline.get("figures", {}).get(goal.key, {}).get("ratio")
    behind = is_behind(goal, figure["ratio"], before)
    return (
        goal.row,
        goal.title,
        f"{_number(figure['figure'])} {goal.unit}".rstrip(),
        f"{figure['spread']:.0%}",
        "" if figure["floor"] is None else _number(figure["floor"]),
        "" if figure["ratio"] is None else f"{figure['ratio']:.2f}",
        "" if before is None else f"{before:.2f}{'!' if behind else ''}",
        _verdict(goal, goal.first, figure),
        _verdict(goal, goal.moonshot, figure),
    )


def _verdict(goal: Goal, bound: Any, figure: Mapping[str, Any]) -> str:
    if bound.figure is None and bound.ratio is None:
        return "-"
    return "met" if goal.meets(bound, figure["figure"], figure["ratio"]) else "NOT MET"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def known(key: str) -> bool:
    """Whether there is a goal by this name; a measurement that yields another one is a mistake of ours."""
    return key in BY_KEY
