"""People who write to the company, and the handles they do it under."""

from __future__ import annotations

from django.db import models

from core.keys.models import DataKey


class Customer(models.Model):
    """One person behind one or several handles. `data_key` is made when there first is something to seal."""

    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True)
    data_key = models.ForeignKey(DataKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"customer {self.pk}"


class Identity(models.Model):
    """A handle on a platform, linked to a customer and always separable.

    `external_key` is the platform's id, or, where that id is itself a contact value (mail address, phone number),
    its keyed hash in hex, with the value in `sealed`. `scope` is the page for page-scoped ids, else "".
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    platform = models.CharField(max_length=40)
    scope = models.CharField(max_length=255, blank=True)
    external_key = models.CharField(max_length=255)
    handle = models.CharField(max_length=200, blank=True)
    profile_url = models.CharField(max_length=2000, blank=True)
    sealed = models.BinaryField(null=True, blank=True)
    # Why it is held to be the same person as the customer's other handles: {"because": …, "message": id}; empty for the
    # handle that the customer was first known by.
    evidence = models.JSONField(default=dict, blank=True)
    # While the network has told no name: from when it may be asked for one again; empty when it never was.
    ask_again_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["platform", "scope", "external_key"], name="identity_once"),
        ]
        indexes = [
            models.Index(
                fields=["platform", "scope", "id"],
                name="identity_nameless",
                condition=models.Q(handle="", sealed__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"identity {self.pk}"
