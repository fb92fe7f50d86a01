"""A manifest that leaves something out or contradicts itself cannot be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connectors.kit.errors import Unsupported
from connectors.kit.manifest import (
    Action,
    Arrival,
    AttachmentLimit,
    Auth,
    Inbound,
    Limits,
    Manifest,
    Setting,
)
from connectors.kit.textfit import TextLimit, TextUnit

WHY = "There is a reason."
GOOD = Manifest(
    key="example",
    name="Example",
    family="example",
    auth=Auth.NONE,
    hosts=frozenset({"api.example.org"}),
    receives=frozenset({Inbound.COMMENTS}),
    not_received={each: WHY for each in Inbound if each is not Inbound.COMMENTS},
    arrives_by=frozenset({Arrival.POLL}),
    actions=frozenset({Action.REPLY_PUBLIC}),
    gaps={each: WHY for each in Action if each is not Action.REPLY_PUBLIC},
    limits=Limits(public_text=TextLimit(10, TextUnit.CHARS)),
    required_settings=(Setting("external_id", "Id", secret=False, kept_by="channel"),),
    sources=("https://example.org/docs",),
    checked=date(2026, 11, 20),
)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("key", {"key": "Bad Key"}),
        ("family", {"family": "../x"}),
        ("name", {"name": ""}),
        ("hosts", {"hosts": frozenset({"https://x.org/"})}),
        ("gaps", {"gaps": {}}),
        ("gaps", {"gaps": {**GOOD.gaps, Action.REPLY_PUBLIC: WHY}}),
        ("gaps", {"gaps": {**GOOD.gaps, Action.EDIT: ""}}),
        ("not_received", {"not_received": {}}),
        ("arrives_by", {"arrives_by": frozenset()}),
        ("limits", {"limits": Limits()}),
        (
            "limits.attachments",
            {"limits": Limits(GOOD.limits.public_text, attachments=AttachmentLimit(1, 1, frozenset()))},
        ),
        ("required_settings", {"required_settings": GOOD.required_settings * 2}),
        (
            "required_settings.endpoint",
            {
                "required_settings": (
                    *GOOD.required_settings,
                    Setting("hook_key", "Key", secret=True, kept_by="endpoint"),
                )
            },
        ),
        ("token_days", {"token_days": 0}),
        ("sources", {"sources": ()}),
    ],
)
def test_an_incomplete_manifest_is_refused(field, change):
    with pytest.raises(ValueError, match=f"^manifest of .*: {field}$"):
        replace(GOOD, **change)


def test_a_platform_that_offers_nothing_has_no_facts_to_prove():
    nothing = {
        "receives": frozenset(),
        "not_received": dict.fromkeys(Inbound, WHY),
        "arrives_by": frozenset(),
        "actions": frozenset(),
        "gaps": dict.fromkeys(Action, WHY),
        "limits": Limits(),
    }
    assert replace(GOOD, **nothing, sources=()).sources == ()


def test_only_declared_actions_pass():
    GOOD.require(Action.REPLY_PUBLIC)
    with pytest.raises(Unsupported):
        GOOD.require(Action.EDIT)
