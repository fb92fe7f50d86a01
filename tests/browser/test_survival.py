"""Any one process killed, or all of them: nothing that was accepted is lost, and what died is back and said so."""

import os
import signal
import uuid

import pytest

pytestmark = pytest.mark.slow

KILLED = (
    ("inbox.serve",),
    ("inbox.worker",),
    ("valkey",),
    ("postgres -D",),
    ("sandbox", "--home"),
)


def _listed(product, page, word):
    answer = page.request.get("/inbox/all?sort=newest")
    return answer.ok and word in answer.text()


@pytest.mark.parametrize("words", KILLED, ids=lambda words: words[0])
def test_killing_one_process_loses_nothing(product, open_page, wait_until, words):
    page = open_page()
    before, after = f"w{uuid.uuid4().hex[:10]}", f"w{uuid.uuid4().hex[:10]}"
    product.comment("Før Fallet", f"Skrevet før {before}")

    victims = product.pids(*words)
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)

    product.ready()
    wait_until(lambda: product.comment("Etter Fallet", f"Skrevet etter {after}"), 30, "the sandbox answers")
    wait_until(lambda: _listed(product, page, before), 60, "what came before the kill is listed")
    wait_until(lambda: _listed(product, page, after), 60, "what came after the kill is listed")
    assert set(product.pids(*words)).isdisjoint(victims)
    open_page.troubles.clear()  # the browser may have noted a lost socket


def test_nothing_is_left_behind_after_the_end(product, wait_until):
    """Runs last in this file: the tree of this session must still be whole, each service once."""
    product.ready()
    assert len(product.pids("inbox.serve")) == 1
    assert len(product.pids("inbox.worker")) == 1
