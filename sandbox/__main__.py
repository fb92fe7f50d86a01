"""`python -m sandbox --home DIR`: the simulated platforms and their town."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.server import Options, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Simulated platforms on this machine.")
    parser.add_argument("--home", type=Path, required=True, help="folder for state and sandbox.json")
    parser.add_argument("--port", type=int, default=0, help="0 takes the last run's port, else any free one")
    parser.add_argument("--gentle", action="store_true", help="let the town write a little by itself")
    parser.add_argument("--seed", type=int, default=1, help="the town's lot: the same seed, the same town")
    given = parser.parse_args()
    serve(Options(given.home, given.port, given.gentle, given.seed))


if __name__ == "__main__":
    main()
