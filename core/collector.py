"""Python's garbage collector, told what lives as long as the process."""

from __future__ import annotations

import gc

YOUNG = 10_000  # new containers before a look at the young ones; a page or a batch makes thousands that die at once


def calm_collector() -> None:
    """Call once when a process has loaded what it needs: that is never searched again, and searches become seldom.

    Why: with Python's own values a third of intake's time went into searching modules, models and templates.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
