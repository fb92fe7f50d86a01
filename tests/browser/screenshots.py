"""Takes the pictures of docs/pictures from a demo of its own: `make screenshots`. Not a test; it asserts nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[2]
PICTURES = CHECKOUT / "docs" / "pictures"
PROGRAMS = ("chromium", "chromium-browser", "chromium-headless-shell")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
FACEBOOK_PAGE = "104000000000001"
SIZES = {"1440": (1440, 900), "1024": (1024, 768), "390": (390, 844)}
VOICES = (
    ("Mads Kjærbo", "Jeres «chat» svarer ikke, så nu prøver jeg her i stedet."),
    ("Oskar Dahlgren", "Hej! SIM-kortet kom men appen säger att det redan är aktiverat. Hur gör jag?"),
    ("Noora Väisälä", "Laskun summa ei täsmää sopimukseen. Voisitteko tarkistaa?"),
    ("Aino Kettula", "Onko muilla Fri Fart hidastunut iltaisin? Täällä ei lataudu mikään."),
    ("Sigrid Haugstad", "God dekning på hytta, men kundeservice svarer ikke på telefonen."),
    ("Freja Lindholm", "Tusind tak for hjælpen i går, nu virker det hele!"),
    ("Kari Øvrelid", "Så mye for «lynrask», Havbris. Ring meg på 400 00 418, jeg orker ikke flere køer."),
)


def main() -> None:
    """Start a demo, let things happen in it, and look at each page."""
    home = Path(tempfile.mkdtemp(prefix="sv-pictures-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home.parent / f"{home.name}.log").open("wb")
    command = [sys.executable, "manage.py", "up"]
    environment = os.environ | {"SAMSVAR_HOME": str(home), "PORT": str(port), "SAMSVAR_UNDO_SECONDS": "0"}
    demo = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        control = _write(home)
        with sync_playwright() as playwright:
            flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            _work(_signed_in(browser, url, "1440"), control)
            _take_all(browser, url)
            browser.close()
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(timeout=30)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _until(check: Callable[[], Any], seconds: int = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except (httpx.HTTPError, OSError, KeyError, ValueError):
            pass
        time.sleep(0.2)
    raise SystemExit(f"waited {seconds} s for nothing")


def _write(home: Path) -> str:
    """Customers write under our newest post. Gives: where the demo page is steered."""
    told = home / "sandbox" / "sandbox.json"
    _until(told.exists)
    control = f"{json.loads(told.read_text())['url']}/_sandbox/facebook/pages/{FACEBOOK_PAGE}"
    _until(lambda: httpx.get(control).json()["posts"])
    _until(lambda: httpx.get(control).json()["verified"])  # before that nobody is told of what they write
    for person, message in VOICES:
        httpx.post(f"{control}/comments", json={"person": person, "message": message}).raise_for_status()
    return control


def _signed_in(browser: Browser, url: str, size: str, *, dark: bool = False, who: str = "ingrid") -> Page:
    width, height = SIZES[size]
    scheme = "dark" if dark else "light"
    page = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, base_url=url, reduced_motion="reduce"
    ).new_page()
    page.goto("/sign-in")
    page.get_by_label("Work email").fill(f"{who}@havbris.example")
    page.get_by_label("Password").fill("havbris-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/inbox/**")
    return page


def _open(page: Page, name: str) -> None:
    _until(lambda: name in page.request.get("/inbox/all?sort=newest").text(), 30)
    page.goto("/inbox/all?sort=newest")
    page.locator(".row", has_text=name).first.get_by_role("link").click()
    page.locator(".thread .msg").first.wait_for()
    page.wait_for_timeout(600)


def _work(page: Page, control: str) -> None:
    """A colleague at work on Kari's case: taken, hidden, answered in public and in private, noted; she answers."""
    _open(page, "Kari")
    page.get_by_role("button", name="Take").click()
    page.get_by_role("combobox", name="Priority").select_option("2")
    page.wait_for_timeout(800)
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("A new tag").fill("Fri Fart")
    page.get_by_role("button", name="Set tags").click()
    page.wait_for_timeout(800)
    _answer(page, "public", "Hei Kari! Slik skal det ikke være. Jeg sender deg en melding nå.")
    page.locator(".thread > .msg:not(.out) .msg-more summary").first.click()
    page.get_by_role("button", name="Hide on the channel").click()
    page.locator(".guard").wait_for()
    _answer(page, "note", "Er dette samme celle som i går? Masten ved Sandvika er full mellom 07 og 09.")
    _answer(page, "private", "Hei igjen! Vi øker kapasiteten i Sandvika på torsdag, og legger inn rabatt til da.")
    page.locator(".msg.out.failed, .msg.out .tick").nth(1).wait_for(timeout=30_000)
    asked = next(c["id"] for c in httpx.get(control).json()["comments"] if "lynrask" in c["message"])
    answer = {"person": "Kari Øvrelid", "message": "Ok. Bussen er linje 4, ca. 07.40.", "parent_id": asked}
    httpx.post(f"{control}/comments", json=answer).raise_for_status()
    page.locator(".thread", has_text="linje 4").wait_for()
    _open(page, "Mads")
    page.get_by_role("combobox", name="Priority").select_option("3")
    page.wait_for_timeout(800)


def _answer(page: Page, mode: str, text: str) -> None:
    page.locator(f".mode.for-{mode}").click()
    page.locator("textarea[name=text]").fill(text)
    page.locator(f".send[data-mode={mode}]").click()
    page.locator(".thread", has_text=text).wait_for()
    page.wait_for_timeout(2500)


def _keep(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"{name}.png")


def _take_all(browser: Browser, url: str) -> None:
    for dark in (False, True):
        theme = "dark" if dark else "light"
        page = _signed_in(browser, url, "1440", dark=dark)
        _open(page, "Kari")
        _keep(page, f"inbox-1440-{theme}")
        page.set_viewport_size({"width": 1440, "height": 1400})
        page.goto(f"/styleguide/?theme={theme}")
        _keep(page, f"styleguide-1440-{theme}")
        page = _signed_in(browser, url, "390", dark=dark)
        page.goto("/inbox/all?sort=newest")
        _keep(page, f"inbox-390-{theme}")
        _open(page, "Kari")
        _keep(page, f"case-390-{theme}")
        page = _signed_in(browser, url, "1024", dark=dark)
        _open(page, "Kari")
        page.get_by_role("button", name="About the customer").click()
        _keep(page, f"case-1024-{theme}")
        page = _signed_in(browser, url, "1440", dark=dark, who="astrid")
        page.goto("/posts")
        page.locator(".post-line .r").first.click()
        page.wait_for_timeout(800)
        _keep(page, f"posts-1440-{theme}")
        page.goto("/admin/channels")
        _keep(page, f"channels-1440-{theme}")
        page.goto("/inbox/all?q=public:yes")
        page.keyboard.press("Control+k")
        page.keyboard.type("re")
        _keep(page, f"palette-1440-{theme}")
        page.goto("/sign-in")
        page.context.clear_cookies()
        page.goto("/sign-in")
        page.set_viewport_size({"width": 1440, "height": 900})
        _keep(page, f"sign-in-1440-{theme}")


if __name__ == "__main__":
    main()
