"""Brands and the channels on which customers reach them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.keys.models import DataKey
from tickets.models.team import Team


class Brand(models.Model):
    """A name under which the company speaks."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True)
    signature = models.TextField(max_length=2000, blank=True)  # stands below every letter of this brand

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """One page, handle, mailbox, number or feed. Its secrets and cursors live in `connectors.Account`."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="channels")
    platform = models.CharField(max_length=40)  # a registry key
    external_id = models.CharField(max_length=255)
    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="channels")
    data_key = models.ForeignKey(DataKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Two of three Nordic customers expect an answer within the hour, also in social media.
    reply_target_minutes = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 30)]
    )
    own_values = models.JSONField(default=list, blank=True)  # our own numbers and addresses: never masked
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="channel_once"),
            models.CheckConstraint(condition=models.Q(reply_target_minutes__gte=1), name="channel_target_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.name}"
