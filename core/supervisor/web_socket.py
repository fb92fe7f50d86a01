"""The web address: the listening socket, made here so that a restart of the web process refuses nobody, and the look
whether the web process answers on it."""

import contextlib
import socket
import time
from collections.abc import Mapping

from core.embedded.processes import CannotStart
from core.supervisor.output import Output

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
_BACKLOG = 2048
_ANSWER_SECONDS = 5.0
_BETWEEN_SECONDS = 0.3


def listen(given: Mapping[str, str]) -> socket.socket:
    """Take the web address from HOST and PORT (0: any free one) and listen on it.

    Raises: CannotStart, with a sentence naming the variable to change.
    """
    host = given.get("HOST") or DEFAULT_HOST
    port = given.get("PORT") or str(DEFAULT_PORT)
    if not port.isdecimal() or int(port) > 65535:
        raise CannotStart(f"PORT must be a number from 0 to 65535, not {port!r}.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    except OSError:
        raise CannotStart(f"HOST {host!r} is no address of this machine.") from None
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"The address {host} port {port} cannot be used ({error.strerror}): "
            "choose another port, for example PORT=8001 make run."
        ) from None
    return listener


def reachable_address(listener: socket.socket) -> tuple[str, int]:
    """Give host and port under which this machine itself reaches the socket."""
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 (compared, not bound)


def base_url(listener: socket.socket) -> str:
    """Give the address to type into a browser, without a path."""
    host, port = reachable_address(listener)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class ReadinessProbe:
    """Asks /readyz again and again without ever blocking the loop, until it says 200."""

    def __init__(self, listener: socket.socket, output: Output) -> None:
        self.ready = False
        self.last_answer = "no answer"
        self._family = listener.family
        self._address = reachable_address(listener)
        self._output = output
        self._link: socket.socket | None = None
        self._since = 0.0

    def step(self) -> None:
        """Ask if nothing is asked and it is time; give up on an answer that does not come."""
        waited = time.monotonic() - self._since
        if self._link is not None and waited > _ANSWER_SECONDS:
            self._close()
        if self._link is None and not self.ready and waited > _BETWEEN_SECONDS:
            self._ask()

    def _ask(self) -> None:
        self._since = time.monotonic()
        host, port = self._address
        link = socket.socket(self._family, socket.SOCK_STREAM)
        link.settimeout(1)  # the socket listens in this very process, so this never waits for the web process
        try:
            link.connect((host, port))
            shown = f"[{host}]" if ":" in host else host
            link.sendall(f"GET /readyz HTTP/1.1\r\nHost: {shown}:{port}\r\nConnection: close\r\n\r\n".encode())
        except OSError:
            link.close()
            return
        self._link = link
        self._output.watch(link.fileno(), self._read)

    def _read(self) -> None:
        answer = b""
        if self._link is not None:
            with contextlib.suppress(OSError):
                answer = self._link.recv(1024)
        words = answer.split(b"\r\n")[0].split()
        self.last_answer = words[1].decode("ascii", "replace") if len(words) > 1 else "no answer"
        self.ready = self.last_answer == "200"
        self._close()

    def _close(self) -> None:
        if self._link is not None:
            self._output.unwatch(self._link.fileno())
            self._link.close()
            self._link = None
