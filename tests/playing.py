"""What tests of several folders play with: a sandbox process of their own, and a webhook door that it can call."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.kit.base import Answer, RawRequest
from core.clock import now

ROOT = Path(__file__).parents[1]


@contextmanager
def sandbox_at(home: Path) -> Iterator[dict[str, Any]]:
    """A sandbox over an empty folder. Gives: what it tells of itself, `url` among it."""
    command = [sys.executable, "-m", "sandbox", "--home", str(home)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    told = home / "sandbox.json"
    while not told.exists():
        assert process.poll() is None, "the sandbox ended"
        time.sleep(0.05)
    try:
        yield json.loads(told.read_text())
    finally:
        process.terminate()
        process.wait(timeout=10)


class Door:
    """A webhook door: `challenge` answers handshakes, given the address they came to; posts are kept."""

    def __init__(self, challenge: Callable[[str, RawRequest], Answer]) -> None:
        self.kept: list[RawRequest] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                raw = RawRequest("GET", {}, parse_qs(parts.query), b"", now())
                answer = challenge(parts.path, raw)
                self.send_response(answer.status)
                self.end_headers()
                self.wfile.write(answer.body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                door.kept.append(RawRequest("POST", headers, {}, body, now()))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
