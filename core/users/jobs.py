"""The jobs of people and their sign-ins, by name and queue."""

from core.jobs import Job

MAIL_LINKS = Job("users.mail_links", queue="send", single=True)
