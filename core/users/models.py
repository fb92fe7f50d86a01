"""Colleagues who sign in, and the tokens of scripts that act for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.models import Session
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


class Density(models.TextChoices):
    """How much room a line of a list takes."""

    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


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
    density = models.CharField(max_length=12, choices=Density, default=Density.COMFORTABLE)
    queue_sort = models.CharField(max_length=10, blank=True)  # the order last chosen for lists; empty: the house's own
    single_keys = models.BooleanField(default=True)  # whether a letter alone does something
    own_keys = models.JSONField(default=dict, blank=True)  # command → the key chosen instead of the usual; "" for none
    open_next = models.BooleanField(default=True)  # a case resolved by key is followed by the next of its list
    after_send = models.CharField(max_length=10, blank=True)  # what they last had follow a reply; never the default
    spoken_languages = models.JSONField(default=list, blank=True)  # codes; with customers, not of the pages
    absent_from = models.DateField(null=True, blank=True)
    absent_until = models.DateField(null=True, blank=True)  # the last day away
    company_subject = models.CharField(max_length=255, null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects = UserQuerySet()

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(absent_from__isnull=True, absent_until__isnull=True)
                | models.Q(absent_from__lte=models.F("absent_until")),
                name="user_absence_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"

    @property
    def needs_second_factor(self) -> bool:
        """Whether the house asks people of this role for more than a password."""
        return self.role in settings.REQUIRE_SECOND_FACTOR

    def is_absent(self, day: date) -> bool:
        """Whether they are away on this day."""
        return bool(self.absent_from and self.absent_until and self.absent_from <= day <= self.absent_until)

    def get_session_auth_hash(self) -> str:
        """What a session must have been begun with. Where the role asks for a second factor it says so: a session begun
        before that was asked, with a password alone, ends by itself."""
        return super().get_session_auth_hash() + self._asked

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier secret keys."""
        return (one + self._asked for one in super().get_session_auth_fallback_hash())

    @property
    def _asked(self) -> str:
        return ":2" if self.needs_second_factor else ""


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


class DeviceSession(models.Model):
    """One sign-in on one device, for its person to look at and end. It goes with Django's session."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="device_sessions")
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="device")
    device = models.CharField(max_length=80)  # in words, never the whole header
    how = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"device session {self.pk}"


class Totp(models.Model):
    """The secret a person's authenticator app shares with us. It counts from the first right code on."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp")
    secret = models.BinaryField()  # sealed under a master key
    last_step = models.BigIntegerField(default=0)  # the newest step used: a code opens once
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"totp {self.pk}"

    @property
    def context(self) -> str:
        """What the sealed secret is bound to."""
        return f"users.Totp:{self.user_id}:secret"


class RecoveryCode(models.Model):
    """A code for the day the phone is lost. Only its keyed hash is kept; it opens once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Passkey(models.Model):
    """A WebAuthn credential: public by nature, so kept in clear."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the credential's id
    credential = models.TextField()  # attested credential data, base64url
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"passkey {self.pk}"


class LinkPurpose(models.TextChoices):
    """What a mailed link opens."""

    SIGN_IN = "sign_in", _("Sign in")  # minutes
    INVITATION = "invitation", _("Invitation")  # a week; the first password is chosen with it


class SignInLink(models.Model):
    """One use of one mailed link. `user` is null when somebody asked for an address nobody here has: asking leaves the
    same work behind either way."""

    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="sign_in_links")
    purpose = models.CharField(max_length=20, choices=LinkPurpose)
    digest = models.CharField(max_length=64, null=True, blank=True, unique=True)
    origin = models.CharField(max_length=255)  # scheme and host of the page that asked
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link {self.pk}"
