"""Django app of what people may know, and what shows that they knew it."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """privacy."""

    name = "privacy"
