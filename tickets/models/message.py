"""Messages in and out, the parts an outgoing one is sent in, and what the network says of them afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_uid
from tickets.models.channel import Channel
from tickets.models.customer import Customer
from tickets.models.thread import Thread, Visibility
from tickets.models.ticket import Ticket


class Direction(models.TextChoices):
    """Which way it went."""

    IN = "in", _("In")  # from outside to us
    OUT = "out", _("Out")  # from us


class Origin(models.TextChoices):
    """Who made it."""

    CUSTOMER = "customer", _("Customer")  # somebody outside
    OURS = "ours", _("Samsvar")  # a colleague, here
    NATIVE_APP = "native_app", _("The network's own app")  # a colleague, elsewhere
    BOT = "bot", _("Bot")  # a machine of ours


class Automatic(models.TextChoices):
    """Whether a person wrote it at that moment."""

    NO = "", _("Written by a person")  # answered as usual
    REPLY = "reply", _("Automatic reply")  # an answering machine: opens nothing, waits for nothing
    REPORT = "report", _("Report")  # about another message
    BULK = "bulk", _("Sent to many")  # a newsletter or list: no machine answers it


class Outcome(models.TextChoices):
    """What the network told of our message after it took it. A failure is the part's state."""

    NONE = "", _("Not told")
    DELAYED = "delayed", _("Delayed")  # still being tried
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")


class MessageState(models.TextChoices):
    """What the network shows."""

    VISIBLE = "visible", _("Visible")  # as posted
    HIDDEN = "hidden", _("Hidden")  # only its author and their friends see it
    DELETED = "deleted", _("Deleted")  # gone; final


class Message(models.Model):
    """One thing said. `text` is masked; `sealed` holds what the masks cover, encrypted.

    `external_id` is empty until the network has given one. `uid` exists before the row and binds `sealed` to it.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    # The case it belongs to: of its author when in, of the one addressed when out; none for strangers' asides.
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    direction = models.CharField(max_length=3, choices=Direction)
    origin = models.CharField(max_length=12, choices=Origin)
    kind = models.CharField(max_length=20, default="comment")
    visibility = models.CharField(max_length=10, choices=Visibility)
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001  null keeps the unique key partial
    parent_external_id = models.CharField(max_length=255, blank=True)
    permalink = models.CharField(max_length=2000, blank=True)
    subject = models.CharField(max_length=500, blank=True)  # masked; the original is in the letter
    text = models.TextField(blank=True)
    masks = models.JSONField(default=list)  # [[start, end, label], …] in `text`, code points
    fold_at = models.PositiveIntegerField(null=True, blank=True)  # from here `text` is quoted history or a signature
    sealed = models.BinaryField(null=True, blank=True)
    attachments = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()  # the platform's time; ours for a message not yet sent
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.VISIBLE)
    state_at = models.DateTimeField(null=True, blank=True)  # orders news about the state, as version_at does the text
    edited_at = models.DateTimeField(null=True, blank=True)
    no_reply = models.CharField(max_length=40, blank=True)  # why the network takes no public answer to it, in one word
    version_at = models.DateTimeField()
    content_hash = models.BinaryField()  # keyed; settles equal times and recognises our own echo
    client_key = models.UUIDField(null=True, blank=True, unique=True)
    automatic = models.CharField(max_length=10, choices=Automatic, default=Automatic.NO, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.NONE, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="message_once"),
            models.CheckConstraint(condition=models.Q(automatic__in=Automatic.values), name="message_automatic"),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="message_outcome"),
            models.CheckConstraint(condition=models.Q(direction__in=Direction.values), name="message_direction"),
            models.CheckConstraint(condition=models.Q(state__in=MessageState.values), name="message_state"),
            models.CheckConstraint(condition=models.Q(origin__in=Origin.values), name="message_origin"),
            models.CheckConstraint(
                condition=models.Q(direction="in", external_id__isnull=False) | models.Q(direction="out"),
                name="message_in_has_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["thread", "at", "id"], name="message_by_thread"),
            models.Index(fields=["ticket", "at"], name="message_by_ticket"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class PartState(models.TextChoices):
    """How far an outgoing part has come."""

    QUEUED = "queued", _("Queued")  # waits for its time, or for the part before it
    CLAIMED = "claimed", _("Claimed")  # a worker has taken it, nothing has left
    SENDING = "sending", _("Sending")  # the call may have left; never repeated blindly
    SENT = "sent", _("Sent")  # the network has it
    FAILED = "failed", _("Failed")  # refused for good, or given up
    UNKNOWN = "unknown", _("May have been sent")  # the call left, no answer came


class Part(models.Model):
    """One outgoing piece of a message: its text, or one attachment. First in, first out per thread."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="parts")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, default="text")  # or "attachment", with its file
    file_uid = models.UUIDField(null=True, blank=True)  # of the message's files, for an attachment
    external_id = models.CharField(max_length=255, blank=True)  # the network's, of an attachment alone
    action = models.CharField(max_length=30)  # a manifest action
    target_external_id = models.CharField(max_length=255, blank=True)  # what it answers
    # Speaks of another part, so it leaves only once that one is sent; with the row of that one gone it never would.
    waits_for = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="dependants")
    state = models.CharField(max_length=10, choices=PartState, default=PartState.QUEUED)
    not_before_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)  # why failed, held or unknown, as a code
    platform_code = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="part_once"),
            models.CheckConstraint(condition=models.Q(state__in=PartState.values), name="part_state"),
        ]
        indexes = [
            models.Index(fields=["not_before_at", "id"], name="part_queued", condition=models.Q(state="queued")),
            models.Index(fields=["external_id"], name="part_by_external", condition=~models.Q(external_id="")),
            models.Index(
                fields=["thread", "id"],
                name="part_under_way",
                condition=models.Q(state__in=["queued", "claimed", "sending", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.pk}"


class Tombstone(models.Model):
    """News about a message we have not seen yet: it was hidden or deleted before its own arrival reached us."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=MessageState)
    version_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="tombstone_once")]

    def __str__(self) -> str:
        return f"tombstone {self.pk}"


class Reaction(models.Model):
    """One person's reaction to a message or post, kept only so that it is counted once; the person is a keyed hash."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    target_external_id = models.CharField(max_length=255)
    actor_hash = models.BinaryField()
    reaction = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    version_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "target_external_id", "actor_hash"], name="reaction_once")
        ]

    def __str__(self) -> str:
        return f"reaction {self.pk}"
