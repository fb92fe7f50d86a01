"""The switches: what can be made to go wrong, per page.

A switch is set to a value, or to {"value": …, "times": n} to fire n times and then clear itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.facebook.site import Site
from sandbox.switches import On, Panel

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
    "webhook": ("gone", "where the app's news go; value: gone, elsewhere or off (our address, not active)"),
    "token_ends": (86400, "the token is told to end in so many seconds"),
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
    "webhook": ("gone", "elsewhere", "off"),
}


def load(site: Site, page_id: str) -> On:
    """The switches that are on: name → {"value", "times"?}."""
    return _panel(site, page_id).load()


def show(site: Site, page_id: str) -> dict[str, Any]:
    """Every switch with its setting, null when off."""
    return _panel(site, page_id).show()


def change(site: Site, page_id: str, wanted: Mapping[str, Any]) -> None:
    """Set or clear the named switches, leave the others. Raises UnknownSwitch before anything changed."""
    _panel(site, page_id).change(wanted)


def take(site: Site, page_id: str, name: str) -> Any | None:
    """The value of a switch that is on, counting one use; None when it is off."""
    return _panel(site, page_id).take(name)


def _panel(site: Site, page_id: str) -> Panel:
    def read() -> str:
        found = site.store.row("SELECT faults FROM fb_pages WHERE id = ?", page_id)
        return str(found["faults"]) if found else "{}"

    def write(kept: str) -> None:
        site.store.run("UPDATE fb_pages SET faults = ? WHERE id = ?", kept, page_id)

    return Panel(SWITCHES, read, write, _CHOICES)
