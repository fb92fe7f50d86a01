"""What every measurement is handed: the house, how thorough to be, and where to say how far it has come."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.house import CHECKOUT, EMPTY, House
from core.embedded.processes import die_with_parent

LONGEST_SECONDS = 300


class Wrong(Exception):
    """The product did the wrong thing, however fast: lost, doubled, out of order, or somebody else's."""


@dataclass(slots=True)
class Bench:
    """Takes: quick, tiny runs that prove the machinery and whose figures mean little; size, a key of sizes.SIZES."""

    house: House
    channel_port: int
    quick: bool = False
    size: str = EMPTY
    serial: int = 0

    def base(self) -> int:
        """A number of its own for each run, so that ids of one run are never another's."""
        self.serial += 1
        return 100 + self.serial

    def pick(self, quick: int, full: int) -> int:
        """The smaller number in a quick run."""
        return quick if self.quick else full

    def say(self, text: str) -> None:
        """The progress line: rewritten in place on a terminal, one line each elsewhere."""
        end = "" if sys.stderr.isatty() else "\n"
        start = "\r\x1b[K" if sys.stderr.isatty() else ""
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)


Sample = Mapping[str, tuple[float, float | None]]  # goal key → (figure, floor) of one round


def run_load(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Run the load generator as a process of its own. Gives: its result.

    Raises: subprocess.CalledProcessError.
    """
    return finish_load(start_load(spec))


def start_load(spec: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start the load generator and go on; `finish_load` gives its result."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert process.stdin is not None  # noqa: S101  asked for above
    process.stdin.write(json.dumps({"host": "127.0.0.1"} | dict(spec)))
    process.stdin.close()
    process.stdin = None  # communicate would flush it
    return process


def finish_load(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for its end. Raises: RuntimeError when it failed."""
    out, _ = process.communicate(timeout=LONGEST_SECONDS)
    if process.returncode:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    result: dict[str, Any] = json.loads(out)
    return result
