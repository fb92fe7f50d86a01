"""Whose something is that colleagues keep for their work."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """Who has a saved view in their navigation, or finds a saved reply when they write."""

    OWN = "own", _("Only me")  # its owner
    TEAM = "team", _("A team")  # its members; of a reply also whoever answers that team's cases
    ALL = "all", _("Everyone")
