"""Texts that colleagues keep to answer with, and each use of one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from tickets.models.message import Message
from tickets.models.scope import Scope
from tickets.models.team import Team
from tickets.models.thread import Visibility
from tickets.models.ticket import Ticket

TITLE_LENGTH, SHORTCUT_LENGTH = 80, 30  # code points


class SavedReply(models.Model):
    """One answer, in as many languages as somebody has written it in. It is about the company, never a customer."""

    title = models.CharField(max_length=TITLE_LENGTH)
    shortcut = models.CharField(max_length=SHORTCUT_LENGTH, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    review_on = models.DateField(null=True, blank=True)  # when somebody should read it again
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)  # deleted; can be brought back for 30 days

    class Meta:
        verbose_name_plural = "saved replies"
        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="saved_reply_titled"),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) | models.Q(team__isnull=True), name="saved_reply_one_place"
            ),
            # One word opens one reply, in each place of its own.
            models.UniqueConstraint(
                Lower("shortcut"), "owner", "team",
                name="saved_reply_shortcut", nulls_distinct=False,
                condition=models.Q(archived_at__isnull=True) & ~models.Q(shortcut=""),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["-changed_at", "-id"], name="saved_reply_newest")]

    def __str__(self) -> str:
        return f"saved reply {self.pk}"

    @property
    def scope(self) -> Scope:
        """Whose it is."""
        if self.owner_id is not None:
            return Scope.OWN
        return Scope.ALL if self.team_id is None else Scope.TEAM


class SavedReplyVariant(models.Model):
    """The text in one language, for any channel (`platform` and `visibility` empty) or for one kind of channel."""

    saved_reply = models.ForeignKey(SavedReply, on_delete=models.CASCADE, related_name="variants")
    language = models.CharField(max_length=10)
    platform = models.CharField(max_length=40, blank=True)  # a registry key
    visibility = models.CharField(max_length=10, choices=Visibility, blank=True)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["saved_reply", "language", "platform", "visibility"], name="saved_reply_variant_once"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="saved_reply_variant_written"),
            models.CheckConstraint(
                condition=models.Q(visibility__in=["", *Visibility.values]), name="saved_reply_variant_visibility"
            ),
        ]

    def __str__(self) -> str:
        return f"saved reply variant {self.pk}"


class SavedReplyUse(models.Model):
    """A message that came from a saved reply: who, where, when, and how far it was rewritten. No text.

    It goes with its message: one that was taken back was never used.
    """

    saved_reply = models.ForeignKey(SavedReply, on_delete=models.CASCADE, related_name="uses")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="saved_reply_uses")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    edited = models.BooleanField()  # whether anything differs from the filled text
    changed = models.PositiveSmallIntegerField()  # of each hundred characters, how many did not come through

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "saved_reply"], name="saved_reply_use_once"),
            models.CheckConstraint(condition=models.Q(changed__lte=100), name="saved_reply_use_share"),
        ]
        indexes = [
            models.Index(fields=["saved_reply", "at"], name="saved_reply_use_by_reply", include=["changed"]),
            models.Index(fields=["author", "saved_reply", "-at"], name="saved_reply_use_by_author"),
        ]

    def __str__(self) -> str:
        return f"use {self.pk}"
