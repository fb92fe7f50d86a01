"""What an earlier supervisor left running when it was killed, found again without ever hitting a stranger.

The kernel ends our children when the supervisor dies, but not their children, and not one that ignores the signal.
"""

import json
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from core.embedded.processes import start_mark, wait_until
from core.supervisor.environment import write_private

RECORD = "run.pids"
_GRACE_SECONDS = 3.0


def record_processes(home: Path, pids: Iterable[int]) -> None:
    """Write down the processes of the tree, each with what tells it from a later one of the same number."""
    marks = {str(pid): mark for pid in pids if (mark := start_mark(pid))}
    write_private(home / RECORD, json.dumps(marks) + "\n")


def end_orphans(home: Path, pause: Callable[[float], None]) -> int:
    """End what the last record names and still runs, with the members of their sessions.

    Gives: how many processes were found.
    """
    found = _find_orphans(home)
    for signum, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, _GRACE_SECONDS)):
        for pid in _still_there(found):
            os.kill(pid, signum)
        if wait_until(lambda: not _still_there(found), seconds, pause):
            break
    (home / RECORD).unlink(missing_ok=True)
    return len(found)


def _still_there(marks: dict[int, str]) -> list[int]:
    return [pid for pid, mark in marks.items() if start_mark(pid) == mark]


def _find_orphans(home: Path) -> dict[int, str]:
    try:
        recorded = {int(pid): str(mark) for pid, mark in json.loads((home / RECORD).read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}
    this_boot = (start_mark(os.getpid()) or "").partition(":")[0]
    # A leader that lives under another mark is a stranger with a recycled number, and so is its session.
    leaders = {
        pid for pid, mark in recorded.items() if mark.startswith(f"{this_boot}:") and start_mark(pid) in (None, mark)
    }
    found = {}
    for pid in _own_processes():
        known = recorded.get(pid)
        mark = start_mark(pid)
        if mark and (mark == known or (_session(pid) in leaders and _belongs_to(pid, home))):
            found[pid] = mark
    return found


def _own_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != "self"]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _belongs_to(pid: int, home: Path) -> bool:
    """Whether a process was started with our data folder in its environment (a fork keeps it)."""
    try:
        return os.fsencode(f"SAMSVAR_HOME={home}") in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
