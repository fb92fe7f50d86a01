"""A container's health check of workers and beat: `alive.py FILE SECONDS` ends with 1 unless FILE was touched lately.

Standard library only: it runs every half minute in every container.
"""

import sys
import time
from pathlib import Path


def is_fresh(path: Path, seconds: float, now: float) -> bool:
    """Whether the file was touched at most so many seconds before `now`."""
    try:
        return now - path.stat().st_mtime <= seconds
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_fresh(Path(sys.argv[1]), float(sys.argv[2]), time.time()) else 1)
