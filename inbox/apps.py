"""Django app of what people see."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """inbox."""

    name = "inbox"

    def ready(self) -> None:
        """Make our Celery application the one hints are sent through, and register who reacts to what."""
        from inbox import alive, celery
        from inbox.reactions import register

        celery.app.set_default()
        alive.listen()
        register()
