"""The arithmetic of measuring: percentiles, medians, spread, ratios, growth. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile. Takes: share between 0 and 1. Raises: ValueError when there are no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle. Raises: ValueError when there are no values."""
    if not values:
        raise ValueError("no values")
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float]) -> float:
    """How far the extremes lie apart, as a share of the median; 0 for a single value."""
    centre = median(values)
    return (max(values) - min(values)) / centre if centre else 0.0


def growth_exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The e of cost ~ size^e by least squares on logarithms: 0 is flat, 1 is proportional.

    Raises: ValueError for fewer than two sizes, or values that are not above zero.
    """
    if len(sizes) < 2 or min(*sizes, *costs) <= 0:
        raise ValueError("two sizes or more, all above zero")
    xs, ys = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - x_mean) ** 2 for x in xs)
    if across == 0:
        raise ValueError("sizes must differ")
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / across


@dataclass(slots=True)
class Series:
    """What one figure came to in each round, and its floor in the same rounds; floors may be missing."""

    figures: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def add(self, figure: float, floor: float | None) -> None:
        """Take in one round."""
        self.figures.append(figure)
        if floor is not None:
            self.floors.append(floor)

    @property
    def figure(self) -> float:
        """The median figure."""
        return median(self.figures)

    @property
    def floor(self) -> float | None:
        """The median floor."""
        return median(self.floors) if self.floors else None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios, figure by floor: both sides of each were measured side by side."""
        if len(self.floors) != len(self.figures) or not all(self.floors):
            return None
        return median([figure / floor for figure, floor in zip(self.figures, self.floors, strict=True)])
