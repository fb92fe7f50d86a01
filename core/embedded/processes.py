"""What every process we start has in common: it dies with us, it is stopped step by step, it is known again later."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1
_KEPT_LOG_BYTES = 5_000_000
# Loaded once here: a forked child must not go looking for libraries.
_LIBC = ctypes.CDLL(None)


class CannotStart(Exception):
    """A server or the whole tree cannot start; the text is one plain sentence for the person at the terminal."""


class StopRequested(Exception):
    """Somebody asked for the end while we waited; raised by the `pause` that the caller hands in."""


def die_with_parent(signum: int) -> Callable[[], None]:
    """Give a `preexec_fn` that makes the kernel send `signum` to the child when its parent ends, however it ends.

    The kernel ties this to the parent's thread: start such children from the main thread only.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we could ask
            os._exit(1)

    return ask_the_kernel


def end_with_parent(signum: int) -> None:
    """Make the kernel send `signum` to this very process when its parent ends."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)


def start_mark(pid: int) -> str | None:
    """Give what tells this process from any other that ever has the same number; None when there is no such process.

    Gives: boot id and start time in clock ticks, as one string. A zombie counts as gone.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] in ("Z", "X"):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[19]}"


def wait_until(condition: Callable[[], bool], seconds: float, pause: Callable[[float], None] = time.sleep) -> bool:
    """Look again and again for at most `seconds`; give whether the condition came true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        pause(0.02)
    return True


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group that `process` leads, also when the leader itself has ended."""
    # The number stays reserved while any process of the group lives. Call this once, right after the leader ended:
    # an empty group's number may be given to a stranger later.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def stop_process(
    process: subprocess.Popen[bytes],
    steps: Sequence[tuple[int, float]],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """End a process: each step is a signal and the seconds granted to it; what then remains of its group is killed.

    Leaves: nothing of the group alive; the leader reaped.
    """
    for signum, seconds in steps:
        if process.poll() is not None:
            break
        process.send_signal(signum)
        wait_until(lambda: process.poll() is not None, seconds, pause)
    kill_group(process)
    process.wait()


def open_log(path: Path) -> BinaryIO:
    """Open a server's log for appending, readable by us alone; one that has grown is kept once as `<name>.1`.

    Raises: CannotStart when the file belongs to somebody else.
    """
    try:
        if path.exists() and path.stat().st_size > _KEPT_LOG_BYTES:
            path.rename(f"{path}.1")
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab")
    except OSError as error:
        raise CannotStart(f"The log {path} cannot be written: {error.strerror}.") from None
