"""Threads, and the posts they hang under."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.channel import Channel


class Visibility(models.TextChoices):
    """Who can read it on the network."""

    PUBLIC = "public", _("Public")  # the world
    PRIVATE = "private", _("Private")  # the customer and us


class Post(models.Model):
    """Our own or a visitor's post, as the context of threads. Makes no ticket by itself."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="posts")
    external_id = models.CharField(max_length=255)
    text = models.TextField(blank=True)  # masked
    masks = models.JSONField(default=list)
    author_name = models.CharField(max_length=200, blank=True)
    ours = models.BooleanField(default=False)
    permalink = models.CharField(max_length=2000, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    version_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="post_once")]

    def __str__(self) -> str:
        return f"post {self.pk}"


class Thread(models.Model):
    """One conversation on one channel, stored once however many customers take part."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="threads")
    external_root = models.CharField(max_length=255)
    visibility = models.CharField(max_length=10, choices=Visibility)
    # The platform's id of the post; the row may come later than the comment under it.
    post_external_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_root"], name="thread_once"),
            models.CheckConstraint(condition=models.Q(visibility__in=Visibility.values), name="thread_visibility"),
        ]
        indexes = [
            models.Index(
                fields=["channel", "post_external_id"],
                name="thread_by_post",
                condition=~models.Q(post_external_id=""),
            )
        ]

    def __str__(self) -> str:
        return f"thread {self.pk}"
