"""What settings must not be: each unsafe value stops the start with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from core.secrets import read_key_ring

SHORTEST_SECRET = 50
SHORTEST_HASH_KEY = 32
SHORTEST_TOKEN = 24
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  compared, not bound


def refuse_unsafe(values: Mapping[str, Any]) -> None:
    """Takes: the settings as read. Raises: ImproperlyConfigured with one sentence per fault."""
    faults = [*_always(values), *(_demo(values) if values["SAMSVAR_DEMO"] else _production(values))]
    if faults:
        raise ImproperlyConfigured("Samsvar cannot start:\n  " + "\n  ".join(faults))


def _always(values: Mapping[str, Any]) -> Iterator[str]:
    if len(values["SAMSVAR_HASH_KEY"].encode()) < SHORTEST_HASH_KEY:
        yield f"SAMSVAR_HASH_KEY must have {SHORTEST_HASH_KEY} characters or more."
    if 0 < len(values["SAMSVAR_METRICS_TOKEN"]) < SHORTEST_TOKEN:
        yield f"SAMSVAR_METRICS_TOKEN must have {SHORTEST_TOKEN} characters or more, or be empty."


def _demo(values: Mapping[str, Any]) -> Iterator[str]:
    if values["HOST"] in EVERYWHERE:
        yield (
            "HOST must not be every address of this machine in a demo, whose password everybody knows: "
            "leave HOST at 127.0.0.1, or turn SAMSVAR_DEMO off."
        )


def _production(values: Mapping[str, Any]) -> Iterator[str]:
    hosts = values["SAMSVAR_ALLOWED_HOSTS"]
    if not hosts:
        yield "Set SAMSVAR_ALLOWED_HOSTS: the host names the pages answer to, with commas."
    if any(host.strip(".") in ("", "*") for host in hosts):
        yield "SAMSVAR_ALLOWED_HOSTS must name the hosts: with * anybody could make links that lead elsewhere."
    if len(values["SAMSVAR_SECRET_KEY"]) < SHORTEST_SECRET:
        yield f"SAMSVAR_SECRET_KEY must have {SHORTEST_SECRET} characters or more."
    if values["SAMSVAR_PLATFORM_URLS"] or values["SAMSVAR_SANDBOX_FILE"]:
        # A redirected platform address would hand every access token to whoever listens there.
        yield "SAMSVAR_PLATFORM_URLS and SAMSVAR_SANDBOX_FILE are refused outside SAMSVAR_DEMO."
    try:
        read_key_ring(values["SAMSVAR_KEYS"])
    except ImproperlyConfigured as error:
        yield f"{str(error).rstrip('.')}."
