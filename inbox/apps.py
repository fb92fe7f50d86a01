"""Django app of what people see."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """inbox."""

    name = "inbox"

    def ready(self) -> None:
        """Register who reacts to what."""
        from inbox.reactions import register

        register()
