"""One readable stream out of many: every line with the name of the process that wrote it."""

import contextlib
import io
import os
import selectors
import sys
from collections.abc import Callable
from typing import IO, TextIO

LONGEST_LINE = 4_000
_NAME_WIDTH = 7
_COLOURS = {"web": "36", "worker": "33", "sandbox": "35", "prepare": "34", "samsvar": "32"}


class LineCutter:
    """Cuts a stream of bytes into lines of bounded length, never inside a character."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take the next bytes, give the lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LONGEST_LINE:
            at = _boundary(self._rest)
            lines.append(self._rest[:at])
            self._rest = self._rest[at:]
        return [readable for line in lines for readable in _readable(line)]

    def finish(self) -> list[str]:
        """Give what came after the last line end."""
        rest, self._rest = self._rest, b""
        return _readable(rest) if rest else []


def _boundary(data: bytes) -> int:
    """The longest permitted length that does not end inside a UTF-8 character."""
    for at in range(LONGEST_LINE, LONGEST_LINE - 4, -1):
        if data[at] & 0xC0 != 0x80:
            return at
    return LONGEST_LINE  # not UTF-8 at all


def _readable(line: bytes) -> list[str]:
    pieces = []
    line = line.rstrip(b"\r")
    while len(line) > LONGEST_LINE:
        at = _boundary(line)
        pieces.append(line[:at])
        line = line[at:]
    return [_without_controls(piece.decode("utf-8", "backslashreplace")) for piece in (*pieces, line)]


def _without_controls(text: str) -> str:
    # What a process prints must not be able to move the cursor or set the terminal's title.
    return "".join(c if c == "\t" or c.isprintable() or c.isspace() else ascii(c)[1:-1] for c in text)


class Output:
    """Collects what children write and prints it; also wakes for signals and other watched descriptors."""

    def __init__(self, stream: TextIO = sys.stdout, colour: bool | None = None) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 must lose no line
        self._colour = stream.isatty() and "NO_COLOR" not in os.environ if colour is None else colour
        self._selector = selectors.DefaultSelector()

    def say(self, text: str, name: str = "samsvar") -> None:
        """Print one line under a name; when nobody reads any more, nothing happens."""
        mark = f"{name:<{_NAME_WIDTH}} |"
        if self._colour:
            mark = f"\x1b[{_COLOURS.get(name, '37')}m{mark}\x1b[0m"
        try:
            self._stream.write(f"{mark} {text}\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._fall_silent()

    def _fall_silent(self) -> None:
        """The terminal or the pipe is gone. Later writes, Python's own last flush too, must not fail once more."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def attach(self, name: str, pipe: IO[bytes]) -> None:
        """Print what comes out of a child's pipe, until it closes."""
        os.set_blocking(pipe.fileno(), False)
        cutter = LineCutter()

        def forward() -> None:
            try:
                data = os.read(pipe.fileno(), 65536)
            except BlockingIOError:
                return
            for line in cutter.feed(data) if data else cutter.finish():
                self.say(line, name)
            if not data:
                self.unwatch(pipe.fileno())
                pipe.close()

        self.watch(pipe.fileno(), forward)

    def watch(self, descriptor: int, act: Callable[[], None]) -> None:
        """Call `act` from `pump` whenever there is something to read."""
        self._selector.register(descriptor, selectors.EVENT_READ, act)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching; call it before closing the descriptor."""
        self._selector.unregister(descriptor)

    def pump(self, seconds: float) -> None:
        """Wait at most so long for something to happen, and do what is due for it."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            key.data()
