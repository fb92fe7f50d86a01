"""The command: address file, port, state over restarts, clean stop; and the pages that people look at."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]


def test_state_and_port_outlive_a_restart(started, registered, receiver):
    process = started()
    page = registered(process, receiver.url)
    comment = page.write("Står jeg ennå?")
    page.faults(token_dead=463)
    before = page.ask("GET")
    begun = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - begun < 2

    again = started()

    assert again.url == process.url
    assert page.ask("GET") == before
    assert page.comments()[0]["id"] == comment
    assert page.ask("GET", "/faults")["token_dead"] == 463


def test_a_hanging_call_does_not_hold_up_the_stop(started, registered, receiver):
    process = started()
    page = registered(process, receiver.url)
    page.faults(timeout_after_effect="hang")
    post, ended = page.newest_post(), []
    page.graph.timeout = 20

    def call():
        try:
            page.graph.put_object(post, "comments", message="x")
        except requests.ConnectionError as error:
            ended.append(type(error))

    caller = threading.Thread(target=call)
    caller.start()
    receiver.wait(1)
    begun = time.monotonic()

    assert process.stop() == 0
    assert time.monotonic() - begun < 2
    caller.join()
    assert ended == [requests.ConnectionError]


def test_one_home_has_one_sandbox(started, tmp_path):
    process = started()
    command = [sys.executable, "-m", "sandbox", "--home", str(tmp_path / "home")]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)

    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert json.loads((tmp_path / "home" / "sandbox.json").read_text())["pid"] == process.process.pid


def test_it_stays_small(sandbox):
    lines = Path(f"/proc/{sandbox.process.pid}/status").read_text().splitlines()
    kilobytes = int(next(line for line in lines if line.startswith("VmRSS")).split()[1])

    assert kilobytes < 60 * 1024


def test_it_imports_nothing_of_ours():
    code = (
        "import sys, sandbox.server\n"
        "ours = {'core', 'tickets', 'connectors', 'analysis', 'inbox', 'django'}\n"
        "sys.exit(len(ours & {name.split('.')[0] for name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=10, check=False).returncode == 0


def test_people_see_threads_answers_and_no_markup_of_strangers(page):
    comment = page.write("<script>alert(1)</script> & mer", person="Eve <b>")
    page.graph.put_object(comment, "comments", message="Hei fra oss")
    page.ask("POST", f"/comments/{comment}/hide")

    front = requests.get(page.process.url + "/", timeout=5).text
    seen = requests.get(f"{page.process.url}/facebook/{page.id}", timeout=5)

    assert f'href="/facebook/{page.id}"' in front
    assert "<script" not in seen.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; mer" in seen.text
    assert "Eve &lt;b&gt;" in seen.text
    assert "Hei fra oss" in seen.text
    assert "hidden from others" in seen.text
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert (
        requests.get(page.process.url + "/_sandbox/style.css", timeout=5).headers["content-type"].startswith("text/css")
    )
    assert requests.get(page.process.url + "/facebook/0", timeout=5).status_code == 404


def test_other_sites_cannot_steer_it(page):
    url = f"{page.process.url}/_sandbox/facebook/pages/{page.id}/comments"

    foreign = requests.post(url, json={"message": "x"}, headers={"Origin": "https://evil.example"}, timeout=5)
    rebound = requests.post(url, json={"message": "x"}, headers={"Host": "evil.example"}, timeout=5)

    assert (foreign.status_code, rebound.status_code) == (403, 400)
    assert page.comments() == []


def test_control_says_what_is_wrong(page):
    page.ask("POST", "/comments", {"message": 5}, status=422)
    page.ask("POST", "/comments", {"message": "x", "parent_id": "1_2"}, status=404)
    page.ask("POST", "/comments/1_2/edit", {"message": "x"}, status=404)
    page.process.ask("GET", "/_sandbox/facebook/pages/1", status=404)
    page.process.ask("PUT", "/_sandbox/facebook/pages/abc", {}, status=422)
    page.process.ask("PUT", "/_sandbox/facebook/pages/77", {"name": "x"}, status=422)
    page.process.ask("POST", "/_sandbox/simulate", {"rate": 0}, status=422)
    page.process.ask("POST", "/_sandbox/choir", {"topic": "weather"}, status=422)
    page.process.ask("GET", "/_sandbox/simulate/99999", status=404)


def test_secrets_are_not_shown_again(page):
    shown = json.dumps([page.ask("GET"), page.process.ask("GET", "/_sandbox/facebook/pages")])

    assert not any(secret in shown for secret in (page.token, "app-secret-of-the-test", "verify-me"))
