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
    """One source of raw traffic: a webhook address with one app secret, serving many channels of a platform family.

    A channel without webhooks has one to itself, for the raw pieces that are fetched for it; its app secret is a random
    one of ours, and nothing gets in at its address.
    """

    family = models.CharField(max_length=40)
    key = models.CharField(max_length=40, unique=True, default=new_key)
    lane = models.OneToOneField(Lane, on_delete=models.PROTECT, related_name="endpoint")
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    app_secret = models.BinaryField()  # sealed; context ENDPOINT_SECRET
    verify_token = models.BinaryField()  # sealed; context ENDPOINT_TOKEN
    address = models.CharField(max_length=300, blank=True)  # as the networks know us; empty until one was told
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
    CREDITS = "credits", _("Paused, credits used up")  # the same, until more is paid for or the period ends
    SILENT = "silent", _("Sends, but the network has stopped sending us its news")  # polls and replies go on
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
    health_at = models.DateTimeField(null=True, blank=True)  # since when it has been as it is; empty while well
    paused_at = models.DateTimeField(null=True, blank=True)  # by an admin: nothing is fetched, replies wait
    quiet_since = models.DateTimeField(null=True, blank=True)  # the last news before a silence that is not like it
    tested_at = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)  # of the last self-test: [{"code", "severity", "facts"}, …]
    missing = models.JSONField(default=list)  # scopes a reconnect must grant
    held_until = models.DateTimeField(null=True, blank=True)
    listening_until = models.DateTimeField(null=True, blank=True)  # lease: one open connection at a time
    refreshing_until = models.DateTimeField(null=True, blank=True)  # lease: one refresher at a time
    next_poll_at = models.DateTimeField(null=True, blank=True)  # empty: never polled yet
    next_recheck_at = models.DateTimeField(null=True, blank=True)  # empty: never asked what still stands
    # What the network counts against what is paid for: {"used", "most", "unit", "at"}; empty where it does not tell.
    allowance = models.JSONField(default=dict)
    watched_at = models.DateTimeField(null=True, blank=True)  # the last look whether the platform sends its news
    to_read = models.JSONField(default=list, blank=True)  # external ids that a webhook only named
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


class ArrivalHour(models.Model):
    """How many messages came in on a channel in one hour: what its usual rhythm is learned from."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()  # its beginning
    arrived = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "hour"], name="arrival_hour_once")]

    def __str__(self) -> str:
        return f"hour {self.pk}"


class ArrivalMark(models.Model):
    """Up to which message arrivals are counted; one row."""

    message_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"mark {self.message_id}"


class PendingSignIn(models.Model):
    """Somebody's way to a network's own sign-in and back, for an hour. All that was entered and given is sealed.

    `sealed`: {"values", "verifier", "tokens"?, "owned"?}; context "connectors.PendingSignIn:<digest>".
    """

    digest = models.CharField(max_length=64, unique=True)  # of the state that goes along
    platform = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey("tickets.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    redirect = models.CharField(max_length=300)
    sealed = models.BinaryField()
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-in {self.pk}"

    @property
    def context(self) -> str:
        """What binds the sealed values to this row."""
        return f"connectors.PendingSignIn:{self.digest}"


class ImportState(models.TextChoices):
    """How far an import has come."""

    COLUMNS = "columns", _("Columns to choose")  # kept as it is, until somebody says which column holds what
    LOOKED_AT = "looked_at", _("Looked at")  # read and kept; somebody decides
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


class Import(models.Model):
    """A file of older messages on its way into a channel, piece by piece, through the usual intake."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.LOOKED_AT)
    as_done = models.BooleanField(default=True)  # cases that it opens are resolved at once
    rows = models.PositiveIntegerField(default=0)  # usable ones
    faulty = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)  # the first of them: [[row, column, code], …]; never a value
    taken = models.PositiveIntegerField(default=0)  # rows that the intake has seen
    fresh = models.PositiveIntegerField(default=0)  # messages that were new
    cases = models.PositiveIntegerField(default=0)  # opened by it
    first_ticket_id = models.BigIntegerField(default=0)  # the newest case there was before it began
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="import_state")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportPiece(models.Model):
    """Some hundred rows of a file, sealed under the channel's data key; gone once they are in.

    While columns are to be chosen: a stretch of the file's bytes as they came.
    """

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()  # context "import:<import id>:<position>"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "position"], name="import_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.pk}"


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
    # Whom a piece was fetched for; empty for a webhook, which may hold news of many.
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    # What the fetcher knew: short, nothing personal. The default is the database's too, since the webhook door writes
    # without the model.
    facts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
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
