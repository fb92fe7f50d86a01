"""The bench's arithmetic, its table and its baseline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Series, growth_exponent, median, percentile, spread
from bench.goals import BY_KEY, GOALS, Bound, Goal
from bench.report import RED, as_record, is_behind, merged_baseline, table

LESS = Goal("dom_p50", "3", "screen", "webhook to screen, p50", "ms", "less", Bound(50), Bound(10, 2.5))
MORE = BY_KEY["ingest_rate"]


def test_percentiles_are_values_that_were_measured():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0.0, 0.2, 0.5, 0.99, 1.0)] == [1.0, 1.0, 3.0, 5.0, 5.0]


def test_of_an_even_number_the_median_is_the_mean_of_the_middle_two():
    assert (median([4.0, 1.0, 3.0, 2.0]), median([9.0, 1.0, 2.0])) == (2.5, 2.0)


@pytest.mark.parametrize("measure", [median, spread, lambda values: percentile(values, 0.5)])
def test_nothing_measured_is_an_error_not_a_zero(measure):
    with pytest.raises(ValueError, match="no values"):
        measure([])


def test_spread_is_a_share_of_the_median():
    assert (spread([80.0, 100.0, 130.0]), spread([7.0])) == (0.5, 0.0)


@given(st.floats(-2, 3), st.floats(0.1, 1000))
def test_the_exponent_of_a_power_is_found_again(exponent, factor):
    sizes = [10.0, 100.0, 1000.0]
    costs = [factor * size**exponent for size in sizes]
    assert growth_exponent(sizes, costs) == pytest.approx(exponent, abs=1e-6)


@pytest.mark.parametrize(("sizes", "costs"), [([10], [1]), ([10, 10], [1, 2]), ([10, 100], [0, 1])])
def test_growth_needs_two_sizes_above_zero(sizes, costs):
    with pytest.raises(ValueError, match="sizes"):
        growth_exponent(sizes, costs)


def test_a_ratio_is_taken_round_by_round():
    """A slow minute slows both sides: the ratio of the medians would be 2.0 here."""
    series = Series()
    for figure, floor in ((10.0, 10.0), (100.0, 10.0), (40.0, 20.0)):
        series.add(figure, floor)
    assert (series.figure, series.floor, series.ratio) == (40.0, 10.0, 2.0)
    series.add(400.0, 20.0)
    assert series.ratio == 6.0


def test_a_floor_missing_in_one_round_gives_no_ratio():
    series = Series()
    series.add(10.0, 5.0)
    series.add(10.0, None)
    assert series.ratio is None


def test_a_goal_is_met_only_with_figure_and_ratio():
    assert MORE.meets(MORE.first, 2000, 0.4)
    assert not MORE.meets(MORE.first, 1999, 0.9)
    assert not MORE.meets(MORE.first, 9000, 0.39)
    assert not MORE.meets(MORE.first, 9000, None)
    assert LESS.meets(LESS.first, 50, None)
    assert not LESS.meets(LESS.moonshot, 9, 2.6)


def test_behind_is_worse_by_more_than_15_per_cent_in_the_direction_that_is_worse():
    assert [is_behind(MORE, ratio, 1.0) for ratio in (0.86, 0.84, 1.5)] == [False, True, False]
    assert [is_behind(LESS, ratio, 2.0) for ratio in (2.29, 2.31, 1.0)] == [False, True, False]
    assert not is_behind(LESS, 99.0, None)


def record_of(**pairs):
    results = {}
    for key, (figure, floor) in pairs.items():
        results[key] = Series([figure], [] if floor is None else [floor])
    return as_record(results, {"at": "now"})


def test_the_table_says_goal_figure_ratio_and_whether_it_was_met():
    lines = table(record_of(ingest_rate=(2500, 5000), dom_p50=(60, 4)), {}, colour=False).splitlines()
    assert [line.split()[0] for line in lines] == ["row", "1", "3"]
    assert lines[1].split() == ["1", "webhooks", "kept", "2,500", "/s", "0%", "5,000", "0.50", "met", "NOT", "MET"]
    assert lines[2].split()[-5:] == ["15.00", "NOT", "MET", "NOT", "MET"]


def test_what_fell_behind_the_baseline_is_red_and_nothing_else_is():
    before = merged_baseline({}, record_of(ingest_rate=(2500, 2500), dom_p50=(20, 4)))
    lines = table(record_of(ingest_rate=(2500, 5000), dom_p50=(20, 4)), before, colour=True).splitlines()
    assert [line.startswith(RED) for line in lines] == [False, True, False]
    assert "1.00!" in lines[1]


def test_a_new_baseline_keeps_what_was_not_measured_this_time():
    old = merged_baseline({}, record_of(dom_p50=(20, 4)))
    new = merged_baseline(old, record_of(ingest_rate=(2500, 5000)))
    assert {key: one["ratio"] for key, one in new["figures"].items()} == {"dom_p50": 5.0, "ingest_rate": 0.5}


def test_every_goal_has_a_name_of_its_own():
    assert len(BY_KEY) == len(GOALS)
