"""Rows 3 and 16: from a webhook to a line on the screen, and from a click to the channel and back to the screen."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from typing import Any

from bench.browser import mark, open_page, wait_seen
from bench.company import sender, sign_in
from bench.context import Bench, Sample
from bench.figures import percentile
from bench.hooks import Sender
from bench.house import wait_for
from bench.product import running_product
from bench.rows.intake import door_floor, floor_sender
from bench.sizes import fresh_database

THREADS = 40  # lines on the page, each changed in its turn; more than the merging window apart
PER_SECOND = 10
KEPT_SECONDS = 3  # the server closes a connection that was idle for five


class Poster:
    """One kept-alive connection of a platform."""

    def __init__(self, sender: Sender, port: int) -> None:
        self.sender = sender
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.used_at = 0.0

    def post(self, thread: int, position: int, text: str) -> float:
        """Post one comment. Gives: the wall clock just before."""
        head, body = self.sender.request(self.sender.comment(thread, position, text)).split(b"\r\n\r\n", 1)
        lines = (line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        headers = {name.decode(): value.decode() for name, value in lines}
        if time.monotonic() - self.used_at > KEPT_SECONDS:
            self.connection.close()
            self.connection.connect()
        self.used_at = time.monotonic()
        begun = time.time()
        self.connection.request("POST", self.sender.path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the webhook was answered {answer.status}")
        return begun


def screen(bench: Bench) -> Sample:
    """Comments under cases in sight, ten a second: when each one's text stands in its line."""
    fresh_database(bench.house, bench.size)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        cookie = sign_in(role="agent", count=1)[0].cookie
        poster = Poster(sender(bench.base()), product.port)
        for thread in range(THREADS):
            poster.post(thread, 0, f"Hei {mark(thread)}")
        wait_for(lambda: _read(poster.sender) == THREADS, 30, "the first comments are read")
        with open_page(f"{product.url}/inbox/all?sort=newest", cookie) as page:
            page.wait_for_selector(".row")
            time.sleep(1.5)  # the socket says hello
            taken = _measured(page, poster, bench.pick(10, 100))
    with open_page(f"http://127.0.0.1:{door_floor(bench)}/") as page:
        time.sleep(0.5)
        floor = _measured(page, Poster(floor_sender(bench.base()), door_floor(bench)), bench.pick(10, 100))
    return {
        "dom_p50": (percentile(taken, 0.5), percentile(floor, 0.5)),
        "dom_p99": (percentile(taken, 0.99), percentile(floor, 0.99)),
    }


def _measured(page: Any, poster: Poster, times: int) -> list[float]:
    """Milliseconds from each post to the screen."""
    sent: dict[int, float] = {}
    for step in range(times):
        number = 1000 + step
        sent[number] = poster.post(step % THREADS, 1 + step // THREADS, f"Hei igjen {mark(number)}")
        page.wait_for_timeout(1000 / PER_SECOND)
    return [(wait_seen(page, number) - at) * 1000 for number, at in sent.items()]


def _read(posted: Sender) -> int:
    from tickets.models import Message

    return Message.objects.filter(external_id__startswith=f"{posted.base}_").count()


def reply(bench: Bench) -> Sample:
    """Answers to one customer, one after the other, nothing to undo: the channel is called, the tick is shown."""
    times = bench.pick(5, 40)
    fresh_database(bench.house, bench.size)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        cookie = sign_in(role="agent", count=1)[0].cookie
        poster = Poster(sender(bench.base()), product.port)
        poster.post(1, 0, "Hvor blir det av pakken min?")
        wait_for(lambda: _read(poster.sender) == 1, 30, "the comment is read")
        with open_page(f"{product.url}/case/{_case_number(poster.sender)}", cookie) as page:
            page.wait_for_selector("form.composer")
            time.sleep(1.5)
            calls, shown = _replies(bench, page, times, _WATCH_TICK)
    with open_page(f"http://127.0.0.1:{door_floor(bench)}/") as page:
        time.sleep(0.5)
        floor_calls, floor_shown = _replies(bench, page, times, "")
    return {
        "reply_call_p99": (percentile(calls, 0.99), percentile(floor_calls, 0.99)),
        "reply_dom_p50": (percentile(shown, 0.5), percentile(floor_shown, 0.5)),
        "reply_dom_p99": (percentile(shown, 0.99), percentile(floor_shown, 0.99)),
    }


# The reply's own text is on the page before it is sent; what counts is the tick in its message.
_WATCH_TICK = """() => {
  window.benchSeen = {};
  const look = () => {
    for (const tick of document.querySelectorAll(".msg .tick")) {
      const found = /zq([a-j]+)qz/.exec(tick.closest(".msg").textContent);
      if (found) window.benchSeen[found[1]] ??= performance.timeOrigin + performance.now();
    }
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, { subtree: true, childList: true });
}"""
_CLICKED = """() => document.addEventListener("click", () => {
  window.benchClick = performance.timeOrigin + performance.now(); }, { capture: true })"""


def _replies(bench: Bench, page: Any, times: int, watch: str) -> tuple[list[float], list[float]]:
    """Milliseconds from each click to the channel's call, and to the screen."""
    if watch:
        page.evaluate(watch)
    page.evaluate(_CLICKED)
    calls, shown = [], []
    for number in range(2000, 2000 + times):
        before = len(_channel_calls(bench))
        page.fill("form textarea", f"Vi ser paa det {mark(number)}")
        page.click("form button.send:visible" if watch else "form button")
        at = wait_seen(page, number)
        clicked = page.evaluate("() => window.benchClick") / 1000
        made = _channel_calls(bench)[before:]
        calls.append((made[0] - clicked) * 1000)
        shown.append((at - clicked) * 1000)
        page.wait_for_timeout(250)
    return calls, shown


def _channel_calls(bench: Bench) -> list[float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.channel_port}/calls", timeout=5) as answer:
        return list(json.load(answer))


def _case_number(posted: Sender) -> int:
    from tickets.models import Ticket

    return Ticket.objects.get(messages__external_id__startswith=f"{posted.base}_").number
