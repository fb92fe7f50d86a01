"""Django app of the data keys."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """core.keys."""

    name = "core.keys"
    label = "keys"

    def ready(self) -> None:
        """Say where records are sealed under a master key."""
        from core.keys.models import WRAP, DataKey
        from core.keys.places import Place, register_places

        holds = "what customers, colleagues and webhooks wrote under these data keys, as far as it is encrypted"
        register_places([Place(DataKey, "wrapped", lambda _row: WRAP, holds)])
