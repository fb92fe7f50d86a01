"""The grammar of filters: whatever is typed is a filter, and what is written is read as the same."""

import pytest
from django.conf import settings as house
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tickets.filter_words import CHOICES, DURATIONS, KEYS, NAMES, NEUTRAL, SPECIALS, UNITS, words_of
from tickets.filters import Filter, Token, minutes_of, parse_filter, render_filter, words_in

LANGUAGES = (NEUTRAL, *(code for code, _name in house.LANGUAGES))
languages = st.sampled_from(LANGUAGES)
pieces = st.sampled_from(
    ['"', "\\", ":", ",", "-", "tag:", "public:yes", "emneord:", " ", "#12", "sla:30m", "none", "\0"]
)
rubbish = st.lists(st.one_of(pieces, st.text(max_size=6)), max_size=25).map("".join)
names = st.text(min_size=1, max_size=30).map(lambda text: " ".join(text.replace("\0", "").split())).filter(bool)


@st.composite
def tokens(draw):
    key = draw(st.sampled_from(KEYS))
    if key in DURATIONS:
        value = st.builds("{}{}".format, st.integers(0, 9999), st.sampled_from(sorted(UNITS)))
    elif key in CHOICES:
        value = st.sampled_from(CHOICES[key])
    else:
        value = names.filter(lambda name: all(name.casefold() not in words_of(one).values[key] for one in LANGUAGES))
        value = st.one_of(value, st.sampled_from(SPECIALS[key])) if SPECIALS.get(key) else value
    return Token(key, tuple(draw(st.lists(value, min_size=1, max_size=3, unique=True))), draw(st.booleans()))


filters = st.builds(
    Filter, st.lists(tokens(), max_size=4, unique=True).map(tuple), st.lists(names, max_size=4, unique=True).map(tuple)
)


@given(text=rubbish, language=languages)
def test_anything_is_a_filter_and_is_written_as_what_it_is(text, language):
    read = parse_filter(text, language)
    assert parse_filter(render_filter(read, language), language) == read


@given(wanted=filters, language=languages)
def test_what_is_written_is_read_as_the_same_in_every_language(wanted, language):
    assert parse_filter(render_filter(wanted, language), language) == wanted


@given(wanted=filters, language=languages)
def test_the_neutral_words_of_an_address_are_read_by_everybody(wanted, language):
    assert parse_filter(render_filter(wanted), language) == wanted


@given(text=rubbish)
def test_words_alone_are_words_whatever_they_look_like(text):
    words = words_in(text)
    assert all(word == " ".join(word.split()) and word for word in words)
    assert len(set(words)) == len(words)


def test_the_example_of_the_brief():
    read = parse_filter('channel:facebook public:yes tag:"Fri Fart" lang:sv sla:30m -tag:x,y "ikke levert" kari')
    assert read == Filter(
        (
            Token("channel", ("facebook",)),
            Token("public", ("yes",)),
            Token("tag", ("Fri Fart",)),
            Token("lang", ("sv",)),
            Token("sla", ("30m",)),
            Token("tag", ("x", "y"), negated=True),
        ),
        ("ikke levert", "kari"),
    )


@pytest.mark.parametrize(
    ("text", "key", "fault"),
    [
        ("tag:", "tag", "empty"),
        ('tag:"" ', "tag", "empty"),
        ("public:maybe", "public", "value"),
        ("status:open,nowhere", "status", "value"),
        ("sla:soon", "sla", "duration"),
        ("older:99999d", "older", "duration"),
        ("older:²d", "older", "duration"),
        ("-is:asleep", "is", "value"),
    ],
)
def test_a_wrong_value_is_kept_and_said(text, key, fault):
    (token,) = parse_filter(text).tokens
    assert (token.key, token.fault) == (key, fault)


@pytest.mark.parametrize("text", ["http://x.example/a", "a:b", ":", "-", "æøå:1", "Re: tag", '"tag:x"', "10:30"])
def test_what_is_no_token_is_words(text):
    assert parse_filter(text).tokens == ()
    assert parse_filter(text).words


def test_keys_and_values_may_be_written_in_any_case_and_languages_by_name():
    read = parse_filter("TAG:Retur Lang:Svenska,nb,Danish STATUS:Open,ANY", "en")
    assert read.tokens == (
        Token("tag", ("Retur",)),
        Token("lang", ("sv", "no", "da")),
        Token("status", ("open", "any")),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_uses_one_word_for_two_things(language):
    words = words_of(language)
    assert len(set(words.shown_keys.values())) == len(KEYS)
    for key in KEYS:
        shown = words.shown_values.get(key, {})
        assert len(set(shown.values())) == len(shown)
        # Nobody's word for one thing is the neutral word for another: a link from a colleague would change its meaning.
        assert {words.values[key][one] == one for one in CHOICES.get(key, SPECIALS.get(key, ()))} <= {True}
    assert {words.keys[key] == key for key in KEYS} == {True}
    assert {words.units[unit] == unit for unit in UNITS} == {True}


def test_words_follow_the_language_asked_for_and_not_the_thread():
    with translation.override("fi"):
        assert render_filter(Filter((Token("public", ("yes",)),))) == "public:yes"


def test_a_length_of_time():
    assert [minutes_of(length) for length in ("30m", "2h", "3d", "1w")] == [30, 120, 4320, 10080]
    assert set(NAMES) | set(DURATIONS) | set(CHOICES) == set(KEYS)
