"""Text lengths in each platform's unit."""

from __future__ import annotations

import pytest

from connectors.kit.errors import Rejected, RejectReason
from connectors.kit.textfit import TextLimit, TextUnit, fits, graphemes, length, require_text

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "chars", "utf16", "octets", "letters"),
    [
        ("", 0, 0, 0, 0),
        ("hei", 3, 3, 3, 3),
        ("äö", 2, 2, 4, 2),
        ("a\u0308", 2, 2, 3, 1),
        ("😤", 1, 2, 4, 1),
        ("👍🏽", 2, 4, 8, 1),
        (FAMILY, 7, 11, 25, 1),
        ("🇫🇮🇸🇪", 4, 8, 16, 2),
        ("\ud800", 1, 1, 3, 1),
    ],
)
def test_length_in_each_unit(text, chars, utf16, octets, letters):
    counts = [length(text, TextLimit(10, unit)) for unit in list(TextUnit)[:4]]
    assert counts == [chars, utf16, octets, letters]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("\r\n", 1), ("\n\r", 2), ("a\r\nb", 3), ("❤️", 1), ("❤️‍🔥", 1), ("🏳️‍🌈", 1), ("🧑🏽‍💻", 1), ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),
        ("🇫🇮🇸", 2), ("🇫a🇮", 3), ("a\u200db", 2), ("a‍😀", 2), ("1️⃣", 1), ("한국", 2), ("\u1112\u1161\u11ab", 1),
        ("\uac00\u11ab", 1), ("\uac01\u1161", 2), ("ก็", 1), ("नी", 1), ("\u0308", 1), ("\u200b\u0308", 2),
        ("😀😀", 2), ("😀\u0308\u200d😀", 1), ("♂\u0308", 1), ("→\u200d→", 2), ("👩‍❤️‍💋‍👨", 1),
    ],
)  # fmt: skip
def test_letters_as_readers_see_them(text, letters):
    assert graphemes(text) == letters


def test_fits_up_to_the_limit_and_no_further():
    limit = TextLimit(3, TextUnit.UTF16)
    assert fits("a😤", limit)
    assert not fits("ab😤", limit)


def test_a_platform_may_count_in_its_own_way():
    links_are_short = TextLimit(
        5, TextUnit.WEIGHTED, weigh=lambda text: 3 if text.startswith("https://") else len(text)
    )
    assert fits("https://example.org/very/long", links_are_short)
    assert not fits("abcdef", links_are_short)


@pytest.mark.parametrize(
    ("count", "unit", "weigh"), [(0, TextUnit.CHARS, None), (5, TextUnit.WEIGHTED, None), (5, TextUnit.CHARS, len)]
)
def test_a_limit_must_make_sense(count, unit, weigh):
    with pytest.raises(ValueError, match="text limit"):
        TextLimit(count, unit, weigh)


@pytest.mark.parametrize(
    ("text", "reason"), [("", RejectReason.EMPTY), (" \n", RejectReason.EMPTY), ("ååå", RejectReason.TOO_LONG)]
)
def test_a_text_that_may_not_leave_is_refused_with_the_reason(text, reason):
    with pytest.raises(Rejected) as refused:
        require_text(text, TextLimit(5, TextUnit.BYTES))
    assert refused.value.reason is reason


def test_a_text_within_the_limit_or_without_one_may_leave():
    require_text("åå", TextLimit(5, TextUnit.BYTES))
    require_text("å" * 10_000, None)
