"""The jobs of the tickets, by name and queue."""

from core.jobs import Job

SCAN = Job("tickets.scan", queue="slow", single=True)
BULK = Job("tickets.bulk", queue="slow", single=True)
"""One act on many cases, some at a time."""
