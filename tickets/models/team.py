"""Teams and who is in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Team(models.Model):
    """A group of colleagues that cases are given to."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One colleague in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"membership {self.pk}"
