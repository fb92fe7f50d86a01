"""The jobs of privacy, by name and queue."""

from core.jobs import Job

ERASE = Job("privacy.erase", queue="slow", single=True)
