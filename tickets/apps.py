"""Django app of the shared ticket model."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """tickets."""

    name = "tickets"
