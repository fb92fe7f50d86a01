"""The real hash with as little work as it can do: production's costs a third of a second each time."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickHasher(Argon2PasswordHasher):
    """argon2, quick and unsafe."""

    time_cost, memory_cost, parallelism = 1, 64, 1
