"""A Chromium that tells, by the wall clock, at which animation frame a mark was on the page."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "chromium-headless-shell")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
FLAGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-extensions", "--disable-sync"]
_WATCH = """() => {
  window.benchSeen = {};
  const look = () => {
    for (const [, mark] of document.body.textContent.matchAll(/zq([a-j]+)qz/g)) {
      window.benchSeen[mark] ??= performance.timeOrigin + performance.now();
    }
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(
    document.body, { subtree: true, childList: true, characterData: true });
}"""


@contextmanager
def open_page(url: str, cookie: str = "") -> Iterator[Any]:
    """A page at this address, watched for marks. Raises: RuntimeError when there is no Chromium."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise RuntimeError("no Chromium here: set CHROMIUM, or leave out --only screen, reply and growth")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        if cookie:
            name, value = cookie.split("=", 1)
            context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        page.evaluate(_WATCH)
        try:
            yield page
        finally:
            browser.close()


def mark(number: int) -> str:
    """A word that stands for a number, and that nobody takes for a phone number."""
    return "zq" + "".join("abcdefghij"[int(digit)] for digit in str(number)) + "qz"


def seen_at(page: Any, number: int) -> float | None:
    """When a mark was first on the page, in seconds of the wall clock; None while it is not."""
    found = page.evaluate("mark => window.benchSeen[mark] ?? null", mark(number)[2:-2])
    return None if found is None else found / 1000


def wait_seen(page: Any, number: int, seconds: float = 10) -> float:
    """The same, waiting for it. Raises: TimeoutError."""
    end = time.monotonic() + seconds
    while (at := seen_at(page, number)) is None:
        if time.monotonic() > end:
            raise TimeoutError(f"mark {number} never came on the page")
        page.wait_for_timeout(5)
    return at
