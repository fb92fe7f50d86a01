"""What the marker test listens to: every command that reaches Valkey, and a Facebook that repeats what it hears."""

import base64
import binascii
import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import redis

_BODY = re.compile(r'\\?"body\\?": \\?"([A-Za-z0-9+/=]+)\\?"')


class Wire:
    """Everything any process tells Valkey from now on, and at the end everything that is still kept there."""

    def __init__(self, address):
        self.client = redis.Redis.from_url(address, socket_timeout=None)  # it may be quiet for long
        self.heard = []
        self._ending = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._listening.wait(10)

    def _listen(self):
        with contextlib.suppress(redis.ConnectionError), self.client.monitor() as monitor:
            self._listening.set()
            for command in monitor.listen():
                self.heard.append(str(command["command"]))
                if self._ending.is_set():
                    return

    def stop(self):
        """Gives: all of it as one text, Celery's base64 bodies opened."""
        kept = [f"{key!r} {self._value(key)!r}" for key in self.client.keys("*")]
        self._ending.set()
        self.client.ping()
        self._thread.join(timeout=10)
        self.client.close()
        told = "\n".join([*self.heard, *kept])
        return told + "\n".join(_opened(match[1]) for match in _BODY.finditer(told))

    def _value(self, key):
        read = {
            b"string": self.client.get,
            b"hash": self.client.hgetall,
            b"list": lambda name: self.client.lrange(name, 0, -1),
            b"set": self.client.smembers,
            b"zset": lambda name: self.client.zrange(name, 0, -1, withscores=True),
            b"none": lambda _name: None,  # gone meanwhile
        }
        return read[self.client.type(key)](key)


def _opened(text):
    try:
        return base64.b64decode(text).decode(errors="replace")
    except binascii.Error:
        return ""


class Babbler:
    """A Graph API that does what the message's own words ask for, and repeats message and token in every fault."""

    def __init__(self):
        self.calls = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace"))
                outer.answer(self, {name: values[0] for name, values in form.items()})

            do_PUT = do_POST

            def do_GET(self):
                outer.answer(self, {"message": "plan=list"})

            def log_message(self, *_words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, form):
        said = form.get("message", "")
        plan = re.search(r"plan=(\w+)", said)
        word = plan[1] if plan else ("list" if request.path.startswith("/_sandbox") else "ok")
        repeated = f"{said} {request.headers.get('Authorization', '')} {request.path}"
        self.calls.append((word, request.path))
        request.close_connection = True
        if word == "drop":
            return
        status, kind, body = _ANSWERS[word](repeated, len(self.calls))
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("X-Repeated", repeated.encode("ascii", "replace").decode().replace("\n", " "))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(body)


def _fault(code, **more):
    def make(repeated, _number):
        return 400, "application/json", json.dumps({"error": {"message": repeated, "code": code, **more}}).encode()

    return make


def _fine(_repeated, number):
    return 200, "application/json", json.dumps({"id": f"1_{900 + number}"}).encode()


def _forbidden(repeated, number):
    """An id the database is told to refuse, so that storing the receipt fails with the whole row in its complaint."""
    return 200, "application/json", json.dumps({"id": f"1_refused_{number}"}).encode()


_ANSWERS = {
    "ok": _fine,
    "list": lambda repeated, _number: (200, "application/json", b'{"data": []}'),
    "refused": _fault(100),
    "blocked": _fault(200),
    "later": _fault(2, is_transient=True),
    "limited": _fault(32),
    "dead": _fault(190, error_subcode=460),
    "html": lambda repeated, _number: (502, "text/html", f"<html>{repeated}</html>".encode()),
    "garbled": lambda repeated, _number: (200, "application/json", f"{{{repeated}".encode()),
    "unstored": _forbidden,
}
