"""Django app of the channel connectors."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """connectors."""

    name = "connectors"

    def ready(self) -> None:
        """Say where secrets are sealed under a master key."""
        from connectors.models import Account, Endpoint, PendingSignIn
        from core.keys.places import Place, register_places

        webhooks = "the secrets of webhook addresses; connect the channels anew"
        register_places(
            [
                Place(Endpoint, "app_secret", lambda row: row.context("app_secret"), webhooks),
                Place(Endpoint, "verify_token", lambda row: row.context("verify_token"), webhooks),
                Place(PendingSignIn, "sealed", lambda row: row.context, "sign-ins under way; begin them anew"),
                Place(Account, "credentials", lambda row: row.context, "channels' access; reconnect each channel"),
            ]
        )
