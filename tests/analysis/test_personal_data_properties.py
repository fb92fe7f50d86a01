"""Properties that hold for any text: no error, tidy spans, nothing new in a masked text, bounded work."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.masking import mask
from analysis.personal_data import LABELS, find, finder, normalise, numbers

VALUES = [
    "01857200094",
    "150372-6123",
    "010150-9555",
    "4242 4242 4242 4242",
    "NO93 8601 1117 947",
    "0012.34.56009",
    "40000000",
    "+47 22 00 00 00",
    "070-174 06 05",
    "ola@example.org",
    "ola at example dot org",
    "Granveien 12B, 0000 Testby",
    "AB 12345",
    "500-1003",
    "[PHONE]",
]
WORDS = [
    "ring",
    "konto",
    "ordre",
    "bilen",
    "fnr",
    "adresse",
    "min",
    "er",
    "nr",
    "kort",
    "1",
    "12",
    "(",
    ")",
    "-",
    "/",
    "#",
]
GLUE = st.sampled_from(["", " ", ". ", "\n", " - ", ",", ":"])
MESSAGES = st.lists(st.tuples(st.sampled_from(VALUES + WORDS), GLUE), max_size=14).map(
    lambda parts: "".join(word + glue for word, glue in parts)
)
ANY_TEXT = st.one_of(st.text(), st.text(alphabet=st.characters(codec=None)), MESSAGES)


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_spans_are_sorted_apart_and_inside_the_text(text: str) -> None:
    found = find(text)
    assert all(span.label in LABELS and 0 <= span.start < span.end <= len(text) for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_a_masked_text_holds_nothing_more(text: str) -> None:
    masked = mask(text, find(text)).text
    assert find(masked) == ()


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_values_of_our_own_are_never_flagged(text: str) -> None:
    # given everything found is the company's own
    own = frozenset(normalise(text[span.start : span.end]) for span in find(text))

    # when / then
    assert find(text, allowed=own) == ()


def test_own_numbers_match_with_and_without_country_code() -> None:
    own = frozenset({normalise("+47 22 00 00 00"), normalise("Post@Example.org")})
    assert find("Ring 22 00 00 00, 0047 22000000 eller +4722000000, mail post@example.org", allowed=own) == ()
    assert [span.label for span in find("Ring 22 00 00 01", allowed=own)] == ["PHONE"]


@given(st.text())
@settings(deadline=None)
def test_normalising_twice_changes_nothing(value: str) -> None:
    assert normalise(normalise(value)) == normalise(value)


def test_work_grows_with_the_length_and_not_faster() -> None:
    """Readings tried per digit group stay below a fixed number however long the run is."""
    for groups in (100, 1000, 10_000):
        run = next(numbers.runs("11 " * groups))
        tried = sum(1 for first in range(len(run.lengths)) for _ in run.readings(first, 2 * first))
        assert tried <= 6 * groups


HOSTILE = ["1", "1 ", "11 ", "a@", " at ", "a", "gata 12 ", "AB 12 ", "+47 ", "(", "1-", "NO12 ", "a1"]
HOSTILE += ["x at a dot ", "a.", "010101-", "[PHONE]", "12 Aa Bb "]


@pytest.mark.parametrize("seed", HOSTILE)
def test_twice_the_text_is_twice_the_work(seed: str) -> None:
    """Counts Python calls, which a clock cannot blur; expressions that explode would run into the test's time limit."""
    # given
    half, whole = seed * (8_000 // len(seed)), seed * (16_000 // len(seed))
    find(whole)

    # when
    calls_for_half, calls_for_whole = _calls(half), _calls(whole)

    # then
    assert calls_for_whole <= 2.2 * calls_for_half + 200


def _calls(text: str) -> int:
    count = 0

    def tally(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tally)
    try:
        find(text)
    finally:
        sys.setprofile(None)
    return count


def test_a_hundred_thousand_hostile_characters_are_read() -> None:
    for seed in HOSTILE:
        text = seed * (100_000 // len(seed))
        assert all(span.end <= len(text) for span in find(text))


@given(ANY_TEXT.map(lambda text: "".join(char for char in text if char not in "0123456789")))
@settings(max_examples=300, deadline=None)
def test_without_a_digit_only_mail_addresses_are_found(text: str) -> None:
    assert [list(kind(text)) for kind in finder._KINDS[1:]] == [[]] * (len(finder._KINDS) - 1)
