"""Threads, and the posts they hang under."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
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
        indexes = [
            models.Index(Coalesce("published_at", "version_at").desc(), models.F("id").desc(), name="post_newest")
        ]

    def __str__(self) -> str:
        return f"post {self.pk}"


OPENING = "private:"  # and the id of what is answered; see `Thread.is_opening`


class Thread(models.Model):
    """One conversation on one channel, stored once however many customers take part."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="threads")
    external_root = models.CharField(max_length=255)
    visibility = models.CharField(max_length=10, choices=Visibility)
    # The platform's id of the post; the row may come later than the comment under it.
    post_external_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    standby = models.BooleanField(default=False)  # another program of the company has the conversation: we do not write
    standby_at = models.DateTimeField(null=True, blank=True)  # as of when, by the platform's clock

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

    @property
    def is_opening(self) -> bool:
        """Is it a private answer to something public, before the network has named the conversation it opened?"""
        return self.external_root.startswith(OPENING)


class ThreadAlias(models.Model):
    """A name by which a later message may say that it follows this thread, where threads have no name of their own.

    The name is kept as a keyed hash: ids of mails may hold addresses.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    name_hash = models.BinaryField()
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name_plural = "thread aliases"
        constraints = [models.UniqueConstraint(fields=["channel", "name_hash"], name="alias_once")]

    def __str__(self) -> str:
        return f"alias {self.pk}"
