"""Django app of the channel connectors."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """connectors."""

    name = "connectors"
