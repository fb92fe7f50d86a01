"""Filters that people keep under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.scope import Scope
from tickets.models.team import Team

NAME_LENGTH = 60  # code points


class SavedView(models.Model):
    """A filter with its order and density. `filter` is in the grammar of `tickets.filters`, in its neutral words, and
    names tags, people, teams and channels by number; `names` holds what those were called when it was saved.

    A deleted view stays for some days, so that it can be put back.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    slug = models.SlugField(max_length=60, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.OWN)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views")
    filter = models.TextField(blank=True)
    names = models.JSONField(default=dict)
    sort = models.CharField(max_length=10, blank=True)  # empty: as the person has chosen for lists
    density = models.CharField(max_length=12, blank=True)
    position = models.PositiveIntegerField(default=0)  # among its owner's views
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="saved_view_scope"),
            models.CheckConstraint(
                condition=models.Q(scope="team", team__isnull=False)
                | (~models.Q(scope="team") & models.Q(team__isnull=True)),
                name="saved_view_of_team",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_named"),
        ]
        indexes = [models.Index(fields=["owner", "position", "id"], name="saved_view_by_owner")]

    def __str__(self) -> str:
        return f"saved view {self.pk}"
