"""Colleagues who sign in, and the tokens of scripts that act for them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a colleague is here to do; `tickets.access` says what follows from it."""

    AGENT = "agent", _("Agent")  # answers customers of own teams
    LEAD = "lead", _("Lead")  # sees and moves every case
    MARKETER = "marketer", _("Marketer")  # answers in public for own teams
    ADMIN = "admin", _("Admin")  # sets up channels, people and rules
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")  # privacy centre and audit; no cases
    AUDITOR = "auditor", _("Auditor")  # reads all, changes nothing


class Theme(models.TextChoices):
    """Which palette the pages use."""

    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserQuerySet(BaseUserManager["User"]):
    """Finds people by address as typed, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Raises: User.DoesNotExist."""
        return self.get(email__iexact=(username or "").strip())


class User(AbstractBaseUser):
    """A colleague. The address signs in; roles and teams decide what is seen."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects = UserQuerySet()

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"


class ApiToken(models.Model):
    """A secret a script carries to act for a user; only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    # What it is good for, in the API's words; null, as before there were scopes: all that its user's role allows.
    scopes = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token {self.pk}"
