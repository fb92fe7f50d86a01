"""The ticket (the pages say *case*): one matter with one customer, and the line the queue shows of it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from tickets.models.channel import Channel
from tickets.models.customer import Customer
from tickets.models.team import Team
from tickets.models.thread import Thread, Visibility

NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)  # sorts what nobody waits for behind everything else


class Status(models.TextChoices):
    """Where a case is in its life; the same for everyone."""

    OPEN = "open", _("Open")  # it is our turn
    WAITING = "waiting", _("Waiting")  # it is the customer's turn
    SNOOZED = "snoozed", _("Snoozed")  # nobody's turn until its time comes or the customer writes
    DONE = "done", _("Done")  # resolved
    SPAM = "spam", _("Spam")  # out of every list but its own
    MERGED = "merged", _("Merged")  # part of another case; its number leads there


OPEN_STATUSES = (Status.OPEN, Status.WAITING, Status.SNOOZED)
UNLISTED = (Status.SPAM, Status.MERGED)  # in no list of several statuses


class Priority(models.IntegerChoices):
    """How pressing it is; higher goes first."""

    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


class Ticket(models.Model):
    """One matter with one customer. The columns from `platform` on are the queue's line, kept up at every change."""

    number = models.BigIntegerField(
        unique=True, editable=False, db_default=models.Func(models.Value("tickets_number"), function="nextval")
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tickets")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="tickets")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="next")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    language = models.CharField(max_length=10, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_reply_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # when our next reply is late; empty when nobody waits
    waiting_since = models.DateTimeField(null=True, blank=True)  # the oldest unanswered word of the customer
    version = models.PositiveIntegerField(default=1)

    platform = models.CharField(max_length=40)
    visibility = models.CharField(max_length=10, choices=Visibility)
    customer_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=500, blank=True)  # masked; of the first letter
    preview = models.CharField(max_length=200, blank=True)  # masked
    trouble = models.CharField(max_length=10, blank=True)  # "failed" or "unknown": a reply of ours needs a look
    last_message_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="ticket_status"),
            models.CheckConstraint(condition=models.Q(priority__in=Priority.values), name="ticket_priority"),
            models.CheckConstraint(
                condition=models.Q(status=Status.DONE, closed_at__isnull=False)
                | (~models.Q(status=Status.DONE) & models.Q(closed_at__isnull=True)),
                name="ticket_done_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.SNOOZED, snoozed_until__isnull=False)
                | (~models.Q(status=Status.SNOOZED) & models.Q(snoozed_until__isnull=True)),
                name="ticket_snoozed_has_time",
            ),
        ]
        indexes = [
            # One queue order each; partial on the status, so an old installation's closed cases cost nothing.
            models.Index(
                Coalesce("due_at", NO_DEADLINE), "id", name="ticket_open_by_due", condition=models.Q(status="open")
            ),
            models.Index(
                "assignee",
                Coalesce("due_at", NO_DEADLINE),
                "id",
                name="ticket_mine_by_due",
                condition=models.Q(status="open"),
            ),
            models.Index(
                "team",
                Coalesce("due_at", NO_DEADLINE),
                "id",
                name="ticket_team_by_due",
                condition=models.Q(status="open"),
            ),
            models.Index(
                Coalesce("waiting_since", NO_DEADLINE),
                "id",
                name="ticket_open_by_wait",
                condition=models.Q(status="open"),
            ),
            models.Index(
                Coalesce("snoozed_until", NO_DEADLINE),
                "id",
                name="ticket_snoozed_by_wake",
                condition=models.Q(status="snoozed"),
            ),
            models.Index(
                Coalesce("due_at", NO_DEADLINE),
                "id",
                name="ticket_snoozed_by_due",
                condition=models.Q(status="snoozed"),
            ),
            models.Index(fields=["status", "-last_message_at", "-id"], name="ticket_newest"),
            models.Index(fields=["customer", "-last_message_at"], name="ticket_by_customer"),
        ]

    def __str__(self) -> str:
        return f"case {self.number}"


class TicketThread(models.Model):
    """Joins a case to a thread for one customer. `is_open`: what the customer says there next belongs to this case; the
    database holds the rule of at most one such case per customer and thread. A closed case has none; an open one that
    shares its thread after a split may have none either.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticket_threads")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="ticket_threads")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "thread", "customer"], name="ticket_thread_once"),
            models.UniqueConstraint(
                fields=["thread", "customer"], name="one_open_ticket", condition=models.Q(is_open=True)
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} in thread {self.thread_id}"


class TicketEvent(models.Model):
    """One line of a case's history: opened, routed, assigned, resolved, reopened … `data` holds ids, enums and
    reasons."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["ticket", "at", "id"], name="event_by_ticket")]

    def __str__(self) -> str:
        return f"{self.kind} on ticket {self.ticket_id}"
