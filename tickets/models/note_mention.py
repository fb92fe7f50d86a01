"""Whom a note calls by name."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.note import Note
from tickets.models.team import Team


class NoteMention(models.Model):
    """One colleague or one team that a note names after an @; a team stands for whoever is in it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "user"], name="mention_user_once"),
            models.UniqueConstraint(fields=["note", "team"], name="mention_team_once"),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, team__isnull=True)
                | models.Q(user__isnull=True, team__isnull=False),
                name="mention_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"mention {self.pk}"
