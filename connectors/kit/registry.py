"""Which platforms there are. One line each; a platform's code loads when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .base import Connector
from .manifest import Arrival

_PLATFORMS = {
    "email": "connectors.platforms.email",
    "facebook": "connectors.platforms.facebook",
    "instagram": "connectors.platforms.instagram",
    "linkedin": "connectors.platforms.linkedin",
    "messenger": "connectors.platforms.messenger",
    "x": "connectors.platforms.x",
}


def keys() -> tuple[str, ...]:
    """Every platform key, in order."""
    return tuple(sorted(_PLATFORMS))


@cache
def get(key: str) -> Connector:
    """The connector of a platform. Raises LookupError for an unknown key or a folder that does not fit its key."""
    if key not in _PLATFORMS:
        raise LookupError("unknown platform")
    connector = import_module(_PLATFORMS[key]).connector
    if not isinstance(connector, Connector) or connector.manifest.key != key:
        raise LookupError(f"{_PLATFORMS[key]} does not offer the connector {key}")
    return connector


@cache
def families() -> frozenset[str]:
    """The words that may stand in a webhook address."""
    return frozenset(get(key).manifest.family for key in keys())


@cache
def of_family(family: str) -> tuple[Connector, ...]:
    """The connectors that share a webhook door. Raises LookupError when there is none.

    The first one answers the door, so those that have webhooks come first; else they stand in order of key.
    """
    found = [connector for connector in map(get, keys()) if connector.manifest.family == family]
    if not found:
        raise LookupError("unknown family")
    return tuple(sorted(found, key=lambda connector: Arrival.WEBHOOK not in connector.manifest.arrives_by))
