"""What a letter has beside its text: subject, sender and recipients as written, and its html."""

from __future__ import annotations

from django.db import models

from tickets.models.message import Message


class Letter(models.Model):
    """The envelope of a message on a channel of letters. `sealed` holds what must not be read in passing.

    `recipients` are for the page: [[role, masked name, masked address], …]. `sealed` is the compressed JSON object that
    `tickets.letters` writes, under the key the message's own originals are sealed with.
    """

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="letter")
    recipients = models.JSONField(default=list)
    left_out = models.PositiveIntegerField(default=0)  # recipients beyond those kept
    has_html = models.BooleanField(default=False)
    truncated = models.BooleanField(default=False)  # too large to fetch whole: the beginning is here
    sealed = models.BinaryField(null=True, blank=True)

    def __str__(self) -> str:
        return f"letter {self.pk}"
