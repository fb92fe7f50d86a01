"""Where a channel's secrets, health and raw traffic live."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_key
from core.keys.models import DataKey
from tickets.models import Channel, Message


class Lane(models.Model):
    """What one worker works through in order.

    Its row is locked while it does; polls of the same channels take it too.
    """

    def __str__(self) -> str:
        return f"lane {self.pk}"


class Endpoint(models.Model):
    """One webhook address with one app secret, serving many channels of one platform family."""

    family = models.CharField(max_length=40)
    key = models.CharField(max_length=40, unique=True, default=new_key)
    lane = models.OneToOneField(Lane, on_delete=models.PROTECT, related_name="endpoint")
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    app_secret = models.BinaryField()  # sealed; context ENDPOINT_SECRET
    verify_token = models.BinaryField()  # sealed; context ENDPOINT_TOKEN
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"endpoint {self.pk}"

    @property
    def webhook_path(self) -> str:
        """The path a platform posts to."""
        return f"/webhooks/{self.family}/{self.key}/"

    def context(self, field: str) -> str:
        """What binds a sealed field to this row."""
        return f"connectors.Endpoint:{self.key}:{field}"


class Health(models.TextChoices):
    """Whether a channel works."""

    OK = "ok", _("Works both ways")  # no trouble known
    LIMITED = "limited", _("Paused by the network's limits")  # sends wait until `held_until`
    RECONNECT = "reconnect", _("Needs a new sign-in")  # nothing is sent until an admin reconnects


class Account(models.Model):
    """The credentials, cursor and health of one channel."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="account")
    endpoint = models.ForeignKey(Endpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="accounts")
    credentials = models.BinaryField()  # sealed JSON object; context "connectors.Account:<channel id>"
    cursor = models.JSONField(default=dict)
    health = models.CharField(max_length=12, choices=Health, default=Health.OK)
    health_code = models.CharField(max_length=40, blank=True)
    missing = models.JSONField(default=list)  # scopes a reconnect must grant
    held_until = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)  # lease: one refresher at a time
    next_poll_at = models.DateTimeField(null=True, blank=True)  # empty: never polled yet
    last_in_at = models.DateTimeField(null=True, blank=True)
    last_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(health__in=Health.values), name="account_health")]

    def __str__(self) -> str:
        return f"account {self.pk}"

    @property
    def context(self) -> str:
        """What binds the sealed credentials to this row."""
        return f"connectors.Account:{self.channel_id}"


class ActionState(models.TextChoices):
    """How far an action on the network has come. Every action may be repeated without harm, so none is ever unclear."""

    QUEUED = "queued", _("Queued")  # waits for its time
    RUNNING = "running", _("Running")  # a worker has it
    DONE = "done", _("Done")  # the network shows it
    FAILED = "failed", _("Failed")  # refused for good, or given up


class NetworkAction(models.Model):
    """Hide, show, delete, like: something a colleague does to a message on its network."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="network_actions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=30)  # a manifest action
    state = models.CharField(max_length=10, choices=ActionState, default=ActionState.QUEUED)
    at = models.DateTimeField()
    not_before_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    platform_code = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ActionState.values), name="action_state"),
            # The same wish twice is one wish.
            models.UniqueConstraint(
                fields=["message", "action"],
                name="action_under_way_once",
                condition=models.Q(state__in=["queued", "running"]),
            ),
        ]
        indexes = [
            models.Index(fields=["not_before_at", "id"], name="action_queued", condition=models.Q(state="queued"))
        ]

    def __str__(self) -> str:
        return f"action {self.pk}"


class DeliveryState(models.TextChoices):
    """What became of raw traffic."""

    NEW = "new", _("New")  # kept, not yet read
    DONE = "done", _("Done")  # its items are rows
    IGNORED = "ignored", _("Ignored")  # read, and nothing in it was for us
    UNREADABLE = "unreadable", _("Unreadable")  # kept whole for a replay after a fix


class Delivery(models.Model):
    """Raw inbound bytes as received, encrypted; the same bytes are kept once per endpoint."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    digest = models.BinaryField()  # keyed hash of the body
    body = models.BinaryField()  # sealed under the endpoint's data key; context "delivery:<endpoint id>"
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.NEW)
    error = models.CharField(max_length=120, blank=True)  # class and path, never a value

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "digest"], name="delivery_once"),
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_state"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="delivery_new", condition=models.Q(state="new")),
            models.Index(fields=["received_at"], name="delivery_by_age"),
            models.Index(fields=["id"], name="delivery_unreadable", condition=models.Q(state="unreadable")),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


def delivery_context(endpoint_id: int) -> str:
    """What binds a delivery's body to its endpoint (its own id does not exist before the insert)."""
    return f"delivery:{endpoint_id}"
