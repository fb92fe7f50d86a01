"""The one place that asks what time it is; operations get `now` handed in."""

from datetime import UTC, datetime


def now() -> datetime:
    """Gives: the current instant, aware, UTC."""
    return datetime.now(UTC)
