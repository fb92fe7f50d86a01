"""Variables of saved replies, and how far a text was rewritten: whatever stands in text and values."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickets.edit_share import changed_share
from tickets.placeholders import (
    VARIABLES,
    fill,
    find_unfilled,
    find_unknown,
    generalise,
    runs,
    standing,
    tidied,
)

VALUES = {"customer.first_name": "Kari", "customer.name": "Kari Øvrelid", "agent.first_name": "Ingrid",
          "agent.name": "Ingrid Solvang", "case.number": "10482", "channel.name": "Havbris"}  # fmt: skip
PIECES = st.one_of(
    st.sampled_from([standing(name) for name in VARIABLES]),
    st.sampled_from(["{{ Customer.First_Name }}", "{", "}", " ", "{a}", "customer.name", "\n"]),
    st.text(max_size=8),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
ACCEPTED = TEXTS.filter(lambda text: not find_unknown(text))
SOME = st.dictionaries(st.sampled_from(VARIABLES), st.text(alphabet="aÅ{}. \n", max_size=12))


@given(ACCEPTED, SOME)
def test_what_stands_unfilled_is_what_had_no_value(text, values):
    """Also where a value looks like a variable: it is never read again."""
    blank = {name for name in VARIABLES if not values.get(name, "").replace("{", "").replace("}", "").strip()}

    assert set(find_unfilled(fill(text, values))) == set(find_unfilled(text)) & blank


@given(ACCEPTED, SOME)
def test_filling_twice_is_filling_once(text, values):
    once = fill(text, values)

    assert fill(once, values) == once


@given(TEXTS)
def test_runs_make_the_text_again_and_tidying_changes_no_meaning(text):
    assert "".join(run.text for run in runs(text)) == text
    assert {run.variable for run in runs(text)} - {""} == set(find_unfilled(text))
    assert find_unfilled(tidied(text)) == find_unfilled(text)
    assert tidied(tidied(text)) == tidied(text)


@given(TEXTS)
@example("{{{customer.first_name}}}}")
def test_an_accepted_text_that_is_wholly_filled_holds_no_pair_of_braces(text):
    filled = fill(text, dict.fromkeys(VARIABLES, "x"))

    assert bool(find_unknown(text)) == ("{{" in filled or "}}" in filled)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Hei {{customer.first_name}}", ()),
        ("Hei {{ CUSTOMER.NAME }}", ()),
        ("Hei {{customer.phone}}, {{x}} og {{x}}", ("{{customer.phone}}", "{{x}}")),
        ("Hei {{customer.name", ("{{customer.name",)),
        ("Hei }}", ("}}",)),
        ("Hei {navn}", ()),
    ],
)
def test_what_is_no_variable_is_named_as_it_was_written(text, unknown):
    assert find_unknown(text) == unknown


def test_names_of_a_case_become_variables_whole_words_and_the_longest_first():
    names = {name: VALUES[name] for name in VARIABLES[:4]}

    text = generalise("Hei Kari Øvrelid! Kari, karius og Karianne venter. Ingrid", names)

    assert text == ("Hei {{customer.name}}! {{customer.first_name}}, karius og Karianne venter. {{agent.first_name}}")


def test_a_customer_with_one_name_is_called_by_the_first():
    assert generalise("Hei Kari", {"customer.first_name": "Kari", "customer.name": "Kari"}) == (
        "Hei {{customer.first_name}}"
    )


# How far a text was rewritten

WORDS = st.lists(st.sampled_from(["Hei", "pakken", "er", "sen", ",", "."]), max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_a_share_is_a_share(saved, sent):
    assert 0 <= changed_share(saved, sent) <= 100
    assert changed_share(saved, saved) == 0


@given(WORDS, WORDS, WORDS)
def test_what_is_added_before_and_after_rewrites_nothing(before, saved, after):
    assert changed_share(saved, f"{before} {saved} {after}") == 0


@given(WORDS.filter(bool), WORDS)
def test_a_word_that_is_gone_is_seen(saved, sent):
    assert changed_share(f"{saved} unikt", sent) > 0


@pytest.mark.parametrize(
    ("saved", "sent", "share"),
    [
        ("aaaa bbbb", "aaaa cccc", 50),
        ("aaaa bbbb", "cccc", 100),
        ("aaaa bbbb", "", 100),
        ("", "noe", 0),
        ("aaaa  bbbb", "aaaa\nbbbb", 0),
        ("aa " * 2000 + "bb", "cc " + "aa " * 2000, 1),  # longer than is compared in order
    ],
)
def test_how_much_did_not_come_through(saved, sent, share):
    assert changed_share(saved, sent) == share
