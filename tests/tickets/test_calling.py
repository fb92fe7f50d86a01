"""Whom an @ means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.calling import Nameable, find_called

INGRID, INGA = Nameable("user", 1, "Ingrid Solvang"), Nameable("user", 2, "Inga  Lie")
KARI, KARI_M = Nameable("user", 3, "Kari Berg"), Nameable("user", 4, "Kari Moe")
AASE = Nameable("user", 5, "Åse-Marie Ødegård")
FIRST, FIRST_AID = Nameable("team", 1, "First line"), Nameable("team", 2, "First line Oslo")
KNOWN = [INGRID, INGA, KARI, KARI_M, AASE, FIRST, FIRST_AID]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Ingrid Solvang, kan du se?", [[INGRID]]),
        ("@ingrid kan du se?", [[INGRID]]),
        ("hei @INGA LIE!", [[INGA]]),
        ("(@Inga)", [[INGA]]),
        ("@Åse-Marie Ødegård og @åse-marie", [[AASE], [AASE]]),
        ("@Kari Moe vet det", [[KARI_M]]),
        ("@Kari vet det", [[KARI, KARI_M]]),
        ("@First line ser på det", [[FIRST]]),
        ("@First line Oslo ser på det", [[FIRST_AID]]),
        ("@First", []),
        ("@Ingridsen", []),
        ("@Ingrid_", []),
        ("post@ingrid.no", []),
        ("x@Ingrid", []),
        ("@@Ingrid", []),
        ("@havbris", []),
        ("@", []),
        ("Ingrid", []),
        ("@Ingrid\nSolvang", [[INGRID]]),
    ],
)
def test_an_at_means_whole_names_first_then_first_names(text, meant):
    assert [list(called.meant) for called in find_called(text, KNOWN)] == meant


@given(st.text(max_size=80))
def test_any_text_is_read_without_a_fault(text):
    for called in find_called(text, KNOWN):
        assert called.meant
        assert called.written.casefold() in " ".join(text.split()).casefold()


@given(st.sampled_from(KNOWN), st.text("abc ,.!?\n", max_size=20))
def test_a_whole_name_is_found_wherever_it_stands(one, before):
    found = find_called(f"{before} @{one.name}", KNOWN)

    assert one in found[-1].meant
