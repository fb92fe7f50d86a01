"""Who looked behind a mask or for a value, why, and until when. None of these rows holds a value."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.models import Endpoint
from tickets.models import Identity, Message, Note, Ticket


class Reason(models.TextChoices):
    """Why somebody needs a hidden value."""

    ANSWER_CUSTOMER = "answer_customer", _("To answer the customer")  # call, write or send something
    IDENTIFY_CUSTOMER = "identify_customer", _("To know which customer this is")  # find the order or account
    CORRECT_RECORD = "correct_record", _("To correct what we have written down")  # also: mask or remove it elsewhere
    LEGAL_REQUEST = "legal_request", _("A request under the law")  # access, police, court
    OTHER = "other", _("Another reason")  # said in words


class Reveal(models.Model):
    """One hidden thing opened by one colleague until a moment: a mask of a message or note, the contact value behind a
    customer's handle, or a whole letter. `record_digest` ties it to the record as it then was.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey(Note, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    whole = models.BooleanField(default=False)  # the letter as sent: addresses, subject and html
    mask_index = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=20)
    record_digest = models.BinaryField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    reason_text = models.CharField(max_length=500, blank=True)  # masked
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__in=Reason.values), name="reveal_reason"),
            models.CheckConstraint(
                condition=models.Q(message__isnull=False, note__isnull=True, identity__isnull=True)
                | models.Q(message__isnull=True, note__isnull=False, identity__isnull=True)
                | models.Q(message__isnull=True, note__isnull=True, identity__isnull=False),
                name="reveal_of_one",
            ),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("at")), name="reveal_ends"),
        ]
        indexes = [models.Index(fields=["actor", "at"], name="reveal_by_actor")]

    def __str__(self) -> str:
        return f"reveal {self.pk}"


class ValueSearch(models.Model):
    """One search for an exact personal value: who, why and how many cases it met, never for what."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    reason_text = models.CharField(max_length=500, blank=True)  # masked
    found = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "value searches"
        constraints = [models.CheckConstraint(condition=models.Q(reason__in=Reason.values), name="search_reason")]
        indexes = [models.Index(fields=["actor", "at"], name="search_by_actor")]

    def __str__(self) -> str:
        return f"value search {self.pk}"


class RequestState(models.TextChoices):
    """How far a request to erase has come."""

    RECEIVED = "received", _("Received")  # waits for a worker
    DONE = "done", _("Done")  # what was there is erased
    UNMATCHED = "unmatched", _("Nothing found")  # the network's id for the person is one that we have never seen


class ErasureRequest(models.Model):
    """A network asks, for one of its people, that their data be erased. Holds no id of theirs: a keyed hash, and which
    handles it met until those are gone.
    """

    code = models.CharField(max_length=40, unique=True)  # what the person may look the request up by
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.SET_NULL, related_name="+")
    subject_hash = models.BinaryField()
    identities = models.ManyToManyField(Identity, related_name="+")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.RECEIVED)
    erased_messages = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=RequestState.values), name="erasure_state")]
        indexes = [models.Index(fields=["id"], name="erasure_waiting", condition=models.Q(state="received"))]

    def __str__(self) -> str:
        return f"erasure request {self.pk}"
