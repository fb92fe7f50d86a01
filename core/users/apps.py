"""Django app of the people who sign in."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """core.users."""

    name = "core.users"
    label = "users"

    def ready(self) -> None:
        """Say where secrets are sealed under a master key."""
        from core.keys.places import Place, register_places
        from core.users.models import Totp

        holds = "authenticator apps' secrets; people set theirs up anew"
        register_places([Place(Totp, "secret", lambda row: row.context, holds)])
