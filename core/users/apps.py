"""Django app of the people who sign in."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """core.users."""

    name = "core.users"
    label = "users"
