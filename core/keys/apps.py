"""Django app of the data keys."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """core.keys."""

    name = "core.keys"
    label = "keys"
