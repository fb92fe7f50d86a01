"""What a colleague wants to happen with the case once their reply has been sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message


class FollowUpState(models.TextChoices):
    """How far it has come."""

    HELD = "held", _("Held")  # the reply has not been taken by the network yet
    DONE = "done", _("Done")  # it happened
    DROPPED = "dropped", _("Dropped")  # it no longer fits: the customer wrote meanwhile, or the writer lost the case


class FollowUp(models.Model):
    """One step after one reply; `kind` is a key of `tickets.operations.following_up.STEPS`.

    It goes with the message: taking the reply back takes this back too.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="follow_up")
    kind = models.CharField(max_length=10)
    until = models.DateTimeField(null=True, blank=True)  # for a step that lasts, such as a snooze
    state = models.CharField(max_length=10, choices=FollowUpState, default=FollowUpState.HELD)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=FollowUpState.values), name="follow_up_state")
        ]
        indexes = [models.Index(fields=["id"], name="follow_up_held", condition=models.Q(state="held"))]

    def __str__(self) -> str:
        return f"follow-up {self.pk}"
