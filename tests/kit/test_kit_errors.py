"""Errors carry codes and our own words, and every refusal has a sentence for people."""

from __future__ import annotations

import pytest

from connectors.kit import errors
from connectors.kit.errors import (
    REASON_TEXTS,
    ConnectorError,
    NeedsReconnect,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    Unreadable,
    Unsupported,
)


def test_what_an_error_says():
    assert str(Rejected(RejectReason.TARGET_GONE, code="100/33")) == "target_gone [100/33]"
    assert str(NeedsReconnect(("a", "b"), code="200")) == "a b [200]"
    assert str(RateLimited(60)) == "after 60 s"
    assert str(RetryLater()) == ""
    assert str(Unreadable("entry.0.id")) == "entry.0.id"
    assert str(Unsupported("edit")) == "edit"


@pytest.mark.parametrize("code", ["Error validating access token", "a b", "ä", "x" * 61, "1\n2"])
def test_what_is_no_code_is_dropped(code):
    assert RetryLater(code=code).code == ""


def test_every_reason_has_a_sentence():
    assert set(REASON_TEXTS) == set(RejectReason)
    assert all(text.endswith(".") for text in REASON_TEXTS.values())


def test_the_drawn_tree_is_the_real_one():
    named = {name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, Exception)}
    assert all(issubclass(getattr(errors, name), ConnectorError) for name in named)
    assert all(name in errors.__doc__ for name in named)
    assert len(named) == 11
