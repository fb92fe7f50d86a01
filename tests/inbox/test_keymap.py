"""The command table and how keys are written (ui.md 9, K2 to K4)."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.users.models import User
from inbox.keymap import BY_ID, COMMANDS, HARD_TO_TYPE, active_keys, find_doubles, read_key, read_keys, shown, written

ROOT = Path(__file__).parents[2]
# Controls that are made beside this: each leaves the list with its branch.
ARRIVING = {"select", "extend-down", "extend-up", "select-all", "send-and-resolve"}


def controls():
    """Every command that a template has a control for, or a module a handler."""
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    named = {word for words in re.findall(r'data-command="([^"]+)"', templates) for word in words.split()}
    named |= set(re.findall(r'\bhandle\("([\w-]+)"', scripts))
    if "go-{{" in " ".join(re.findall(r'data-command="([^"]+)"', templates)):
        named |= {"go-mine", "go-unassigned", "go-mentions"}  # navigation.get_navigation's keys
    if 'data-command="{{ mode.key }}"' in templates:
        named |= {"public", "private", "note"}
    return named


def test_every_command_has_something_that_does_it():
    without = {one.id for one in COMMANDS if not one.href} - controls()

    assert without <= ARRIVING
    assert len(COMMANDS) >= 39


def test_no_usual_key_is_twice_or_hard_to_type_or_held_with_alt():
    assert find_doubles({one.id: one.key for one in COMMANDS if one.key}) == {}
    assert len({key for one in COMMANDS for key in one.fixed}) == sum(len(one.fixed) for one in COMMANDS)
    typed = {character for one in COMMANDS for character in one.key}
    assert typed & HARD_TO_TYPE == set()
    assert {"[", "]", "{", "}", "\\", "|", "~", "^"} <= HARD_TO_TYPE
    assert not [key for one in COMMANDS for key in one.fixed if re.search("alt|option", key, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("e", "e"), ("E", "e"), (" e ", "e"), ("⇧E", "E"), ("shift+e", "E"), ("Shift e", "E"), ("G I", "g i"),
        ("g   i", "g i"), ("!", "!"), ("ø", "ø"), ("⇧Å", "Å"), ("7", "7"), ("", ""), ("  ", ""), ("+", "+"),
        ("g +", "g +"),
    ],
)  # fmt: skip
def test_a_key_is_read_as_people_write_it(text, key):
    assert read_key(text) == key


@pytest.mark.parametrize(
    "text", [*sorted(HARD_TO_TYPE), "ctrl+e", "alt+e", "⇧!", "⇧", "a b c", "gi", "\u200b", "⇧G I", "ß", "µ"]
)
def test_what_cannot_be_a_key_is_refused_with_a_reason(text):
    with pytest.raises(Invalid) as refused:
        read_key(text)
    assert refused.value.message.endswith(".")


@given(st.text(max_size=5))
def test_whatever_is_read_is_written_so_that_it_reads_the_same(text):
    try:
        key = read_key(text)
    except Invalid:
        return
    assert read_key(written(key)) == key
    assert not set(key) & HARD_TO_TYPE


@pytest.mark.parametrize(
    ("key", "caps"),
    [
        ("e", ("E",)), ("E", ("⇧E",)), ("g i", ("G", "I")), ("!", ("!",)), ("Mod+k", ("Ctrl K",)), ("g +", ("G", "+")),
        ("Mod+Shift+Enter", ("Ctrl ⇧↵",)), ("Shift+F6", ("⇧F6",)), ("Escape", ("Esc",)), ("ArrowDown", ("↓",)),
        ("", ()),
    ],
)  # fmt: skip
def test_a_key_is_shown_as_caps(key, caps):
    assert shown(key) == caps


def test_a_key_that_is_taken_names_who_has_it():
    own, wrong = read_keys({"resolve": "T", "tag": "T"})

    assert own == {"resolve": "t"}
    assert wrong == {"resolve": "T is taken: Tag."}


def test_a_key_that_begins_a_sequence_is_taken():
    assert set(read_keys({"resolve": "g"})[1]) == {"resolve"}
    assert set(read_keys({"go-mine": "e i"})[1]) == {"go-mine"}


def test_two_commands_may_change_places():
    own, wrong = read_keys({"resolve": "t", "tag": "e"})

    assert wrong == {}
    assert own == {"resolve": "t", "tag": "e"}


def test_of_two_that_were_both_chosen_one_is_wrong():
    assert set(read_keys({"reply": "y", "note": "y"})[1]) == {"note"}


def test_only_what_differs_is_kept_and_fixed_keys_cannot_be_chosen():
    assert read_keys({"resolve": "E", "tag": "", "palette": "x", "nothing": "x"}) == ({"tag": ""}, {})


def test_what_a_page_listens_to():
    person = User(own_keys={"resolve": "y", "tag": ""})
    assert active_keys(person)["resolve"] == "y"
    assert active_keys(person)["tag"] == ""
    assert "palette" not in active_keys(person)

    person.single_keys = False
    assert active_keys(person) == {}
    assert set(BY_ID) == {one.id for one in COMMANDS}
