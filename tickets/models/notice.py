"""What the bell tells a colleague: that something waits for them in a case. Ids, enums and times only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class NoticeKind(models.TextChoices):
    """Why somebody is told."""

    ASSIGNED = "assigned", _("Assigned to you")  # by somebody else
    ANSWERED = "answered", _("The customer answered")  # in one's own case, or one that is followed
    MENTIONED = "mentioned", _("Mentioned you")  # in a note, by name or as one of a team
    WOKE = "woke", _("Woke up")  # a snoozed case whose time has come
    DUE = "due", _("Soon late")  # one's own case, some minutes before its promise is broken
    RESOLVED = "resolved", _("Resolved")  # a followed case, by somebody else


class Notice(models.Model):
    """The latest of each kind that a colleague should know of a case: a repeat brings it up again, so that a customer
    who writes ten times makes one line.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # the colleague who caused it
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # of which promise a DUE one speaks: once for each

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "ticket", "kind"], name="notice_once"),
            models.CheckConstraint(condition=models.Q(kind__in=NoticeKind.values), name="notice_kind"),
        ]
        indexes = [
            models.Index(
                fields=["recipient", "ticket"], name="notice_unseen", condition=models.Q(seen_at__isnull=True)
            ),
            models.Index(fields=["at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"
