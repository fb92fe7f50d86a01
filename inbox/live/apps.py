"""Django app of the live hints."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """inbox.live."""

    name = "inbox.live"
    label = "live"
