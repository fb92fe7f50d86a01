"""Signals as facts to look at: a handler only notes what came, the loop acts at a safe place."""

import contextlib
import os
import signal
import socket
import time
from types import FrameType

from core.supervisor.output import Output

_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# `make` passes SIGTERM on to its child, so one request to a whole process group arrives twice.
_SAME_REQUEST_SECONDS = 0.5


class StopSignals:
    """Whether somebody asked for the end, and whether they asked again because it must be at once."""

    def __init__(self) -> None:
        self._first: float | None = None
        self.at_once = False

    @property
    def requested(self) -> bool:
        """Whether a first request has come."""
        return self._first is not None

    def note(self, now: float) -> None:
        """Take in one request, at a monotonic time."""
        if self._first is None:
            self._first = now
        elif now - self._first > _SAME_REQUEST_SECONDS:
            self.at_once = True

    def install(self, output: Output) -> None:
        """Listen to SIGINT, SIGTERM and SIGHUP, and let every signal, a child's end too, wake the output's pump."""

        def handler(_signum: int, _frame: FrameType | None) -> None:
            self.note(time.monotonic())

        for signum in _REQUESTS:
            if signum != signal.SIGHUP or signal.getsignal(signum) is not signal.SIG_IGN:  # nohup means what it says
                signal.signal(signum, handler)
        signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)
        awake, alarm = socket.socketpair()
        for end in (awake, alarm):
            end.setblocking(False)
        signal.set_wakeup_fd(alarm.detach(), warn_on_full_buffer=False)

        def drain() -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(awake.fileno(), 4096)

        output.watch(awake.fileno(), drain)

    def release(self) -> None:
        """Everything has ended: a request that comes now must not spoil the exit code."""
        for signum in _REQUESTS:
            signal.signal(signum, signal.SIG_IGN)
