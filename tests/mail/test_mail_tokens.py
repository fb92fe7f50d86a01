"""Signed Message-IDs and tagged addresses: ours come back whole, and nothing else passes for ours."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.platforms.email.tokens import (
    own_message_id,
    read_own_message_id,
    read_tag,
    root_tag,
    tagged_address,
)

SECRET = "a-secret-of-this-mailbox"
MINE = own_message_id(secret=SECRET, root="abc@example.com/0123456789ab", client_key="key-1", domain="Havbris.example")
TAGGED = tagged_address(SECRET, "tuki@havbris.example", "abc@example.com/0123456789ab")
TAG = root_tag("abc@example.com/0123456789ab")


def test_own_id_is_fixed_and_clean():
    again = own_message_id(
        secret=SECRET, root="abc@example.com/0123456789ab", client_key="key-1", domain="havbris.example"
    )

    assert again == MINE
    assert len(MINE) == 32 + 1 + 20 + 1 + 16 + len("@havbris.example")
    assert "abc" not in MINE
    assert "key-1" not in MINE


@pytest.mark.parametrize("written", [MINE, f"<{MINE}>", MINE.upper(), f" <{MINE}> "])
def test_own_id_reads_back(written):
    assert read_own_message_id(SECRET, written) == TAG


@pytest.mark.parametrize("written", [TAGGED, TAGGED.upper(), TAGGED.replace("tuki", "TUKI+x")])
def test_tag_reads_back(written):
    assert read_tag(SECRET, written) == TAG


def test_another_secret_and_no_secret_prove_nothing():
    unsigned = own_message_id(secret="", root="r", client_key="k", domain="havbris.example")
    open_address = tagged_address("", "tuki@havbris.example", "r")

    assert read_own_message_id("another", MINE) is None
    assert read_tag("another", TAGGED) is None
    assert read_own_message_id("", unsigned) is None
    assert read_tag("", open_address) is None


def test_a_signature_serves_one_purpose():
    """The signature in a Message-ID is not one for an address."""
    mac = MINE.split(".")[2].partition("@")[0]

    assert read_tag(SECRET, f"tuki+c.{TAG}.{mac}@havbris.example") is None


def test_a_long_local_part_stays_as_it_is():
    address = "a-local-part-of-thirty-letters@havbris.example"

    assert tagged_address(SECRET, address, "r") == address
    assert tagged_address(SECRET, "no address", "r") == "no address"


@given(place=st.integers(0, len(MINE) - len("@havbris.example") - 1), letter=st.sampled_from("0123456789abcdefgz.@+ "))
def test_a_changed_letter_is_seen(place, letter):
    assume(MINE[place] != letter)

    assert read_own_message_id(SECRET, MINE[:place] + letter + MINE[place + 1 :]) is None


@given(place=st.integers(len("tuki"), TAGGED.index("@") - 1), letter=st.sampled_from("0123456789abcdefgz.@+ "))
def test_a_changed_letter_of_a_tag_is_seen(place, letter):
    assume(TAGGED[place] != letter)

    assert read_tag(SECRET, TAGGED[:place] + letter + TAGGED[place + 1 :]) is None


@given(st.text(max_size=300))
def test_anything_else_is_not_ours(text):
    assert read_own_message_id(SECRET, text) is None
    assert read_tag(SECRET, text) is None
