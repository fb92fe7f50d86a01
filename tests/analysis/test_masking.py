"""Masking hides what the spans cover and can be undone exactly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.masking import Mask, mask, unmask
from analysis.personal_data import LABELS, Span

SPANS = st.lists(
    st.builds(Span, st.integers(-5, 60), st.integers(-5, 60), st.sampled_from([*LABELS, "", "]["])), max_size=12
)


@given(st.text(alphabet=st.characters(codec=None), max_size=50), SPANS)
@settings(max_examples=500, deadline=None)
def test_unmasking_gives_the_text_back(text: str, spans: list[Span]) -> None:
    masked = mask(text, spans)
    assert unmask(masked.text, masked.masks, masked.originals) == text


@given(st.text(max_size=50), SPANS)
@settings(deadline=None)
def test_every_mask_stands_where_it_says_and_no_covered_character_is_left_out(text: str, spans: list[Span]) -> None:
    # when
    masked = mask(text, spans)

    # then
    assert all(masked.text[one.start : one.end] == f"[{one.label}]" for one in masked.masks)
    covered = {at for span in spans for at in range(max(span.start, 0), min(span.end, len(text)))}
    assert sum(map(len, masked.originals)) == len(covered)


def test_masks_count_in_the_masked_text() -> None:
    # given
    text = "ring 40000000 eller ola@example.org"

    # when
    masked = mask(text, [Span(20, 35, "EMAIL"), Span(5, 13, "PHONE")])

    # then
    assert masked.text == "ring [PHONE] eller [EMAIL]"
    assert masked.masks == (Mask(5, 12, "PHONE"), Mask(19, 26, "EMAIL"))
    assert masked.originals == ("40000000", "ola@example.org")


def test_masks_and_originals_must_match() -> None:
    with pytest.raises(ValueError, match="shorter"):
        unmask("[PHONE]", [Mask(0, 7, "PHONE")], [])
