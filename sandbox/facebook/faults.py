"""The switches: what can be made to go wrong, per page.

A switch is set to a value, or to {"value": …, "times": n} to fire n times and then clear itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.facebook.site import Site

# name → (what `true` stands for, what it does)
SWITCHES: dict[str, tuple[Any, str]] = {
    "token_dead": (460, "every call answers 190; value: subcode 458, 459, 460, 463, 464, 467 or 492"),
    "missing_scope": ("*", "calls answer 200; value: one permission's name, or * for all"),
    "rate_limit": (32, "calls answer this code (4, 17, 32, 613, 80001) and the usage headers stand at 100"),
    "transient": (2, "calls answer this code (1 or 2) with is_transient"),
    "html_500": (500, "calls answer an HTML page with this status"),
    "timeout_before_effect": ("drop", "a write is not done and gets no answer; value: drop or hang"),
    "timeout_after_effect": ("drop", "a write is done but gets no answer; value: drop or hang"),
    "drop_webhooks": (1.0, "this share of events is never sent"),
    "duplicate_webhooks": (1, "each body is sent this many more times"),
    "reorder_webhooks": (2.0, "events are held for a random part of so many seconds"),
    "wrong_signature": ("wrong", "bodies are signed wrongly; value: wrong, old or missing"),
    "delay_webhooks": (5.0, "events are held for so many seconds"),
}

RATE_CODES = (4, 17, 32, 613, 80001)

_CHOICES: dict[str, tuple[Any, ...]] = {
    "token_dead": (458, 459, 460, 463, 464, 467, 492),
    "rate_limit": RATE_CODES,
    "transient": (1, 2),
    "timeout_before_effect": ("drop", "hang"),
    "timeout_after_effect": ("drop", "hang"),
    "wrong_signature": ("wrong", "old", "missing"),
}


class UnknownSwitch(ValueError):
    """A switch or a value that the sandbox does not have; its text says which."""


def load(site: Site, page_id: str) -> dict[str, dict[str, Any]]:
    """The switches that are on: name → {"value", "times"?}."""
    found = site.store.row("SELECT faults FROM fb_pages WHERE id = ?", page_id)
    loaded: dict[str, dict[str, Any]] = json.loads(found["faults"]) if found else {}
    return loaded


def show(site: Site, page_id: str) -> dict[str, Any]:
    """Every switch with its setting, null when off."""
    on = load(site, page_id)
    return {name: on[name] if "times" in on.get(name, {}) else on.get(name, {}).get("value") for name in SWITCHES}


def change(site: Site, page_id: str, wanted: Mapping[str, Any]) -> None:
    """Set or clear the named switches, leave the others. Raises UnknownSwitch before anything changed."""
    on = load(site, page_id)
    for name, setting in wanted.items():
        if name not in SWITCHES:
            raise UnknownSwitch(f"no switch {name!r}; there are {', '.join(SWITCHES)}")
        if setting is None or setting is False or setting == 0:
            on.pop(name, None)
        else:
            on[name] = _normal(name, setting)
    _save(site, page_id, on)


def take(site: Site, page_id: str, name: str) -> Any | None:
    """The value of a switch that is on, counting one use; None when it is off."""
    on = load(site, page_id)
    setting = on.get(name)
    if setting is None:
        return None
    if "times" in setting:
        setting["times"] -= 1
        if setting["times"] <= 0:
            del on[name]
        _save(site, page_id, on)
    return setting["value"]


def _save(site: Site, page_id: str, on: Mapping[str, Any]) -> None:
    site.store.run("UPDATE fb_pages SET faults = ? WHERE id = ?", json.dumps(on), page_id)


def _normal(name: str, setting: Any) -> dict[str, Any]:
    wide: dict[str, Any] = dict(setting) if isinstance(setting, Mapping) else {"value": setting}
    value = wide.get("value", True)
    if value is True:
        value = SWITCHES[name][0]
    if name in _CHOICES and value not in _CHOICES[name]:
        raise UnknownSwitch(f"{name} takes one of {_CHOICES[name]}")
    if not isinstance(value, type(SWITCHES[name][0]) | int):
        raise UnknownSwitch(f"{name} takes {type(SWITCHES[name][0]).__name__}")
    if "times" not in wide:
        return {"value": value}
    if not isinstance(wide["times"], int) or wide["times"] < 1:
        raise UnknownSwitch("times is a whole number from 1")
    return {"value": value, "times": wide["times"]}
