"""Endpoint secrets in the web process: opened once, kept at most 30 seconds, read again once when something does not
fit."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from connectors.kit.base import Secrets
from connectors.models import Endpoint
from core import secrets as sealing
from core.keys.models import open_key

KEEP_SECONDS = 30.0
REREAD_SECONDS = 1.0  # at most one extra read per endpoint and second, so that noise cannot load the database
FORGET_ABOVE = 10_000  # unknown keys remembered, before the memory of them is dropped


@dataclass(frozen=True, slots=True)
class OpenEndpoint:
    """What the door needs of an endpoint."""

    id: int
    family: str
    secrets: Secrets = field(repr=False)
    data_key_id: int
    data_key: bytes = field(repr=False)


def load_endpoint(family: str, key: str) -> OpenEndpoint | None:
    """Read and open one endpoint. One query. Raises: core.secrets.SealBroken when its keys are lost."""
    row = Endpoint.objects.select_related("data_key").filter(family=family, key=key).first()
    if row is None:
        return None
    return OpenEndpoint(
        id=row.pk,
        family=row.family,
        secrets=Secrets(
            app_secret=sealing.unseal(row.app_secret, context=row.context("app_secret")).decode(),
            verify_token=sealing.unseal(row.verify_token, context=row.context("verify_token")).decode(),
        ),
        data_key_id=row.data_key_id,
        data_key=open_key(row.data_key),
    )


@dataclass(slots=True)
class EndpointCache:
    """(family, key) → endpoint or None, with the moment it was read."""

    _kept: dict[tuple[str, str], tuple[float, OpenEndpoint | None]] = field(default_factory=dict)

    def peek(self, family: str, key: str) -> tuple[bool, OpenEndpoint | None]:
        """Whether a fresh answer is known without asking the database, and that answer."""
        at, endpoint = self._kept.get((family, key), (0.0, None))
        age = time.monotonic() - at
        return age < (KEEP_SECONDS if endpoint else REREAD_SECONDS), endpoint

    def may_reread(self, family: str, key: str) -> bool:
        """Whether a misfit (bad signature) is worth another look at the database."""
        at, _endpoint = self._kept.get((family, key), (0.0, None))
        return time.monotonic() - at >= REREAD_SECONDS

    def read(self, family: str, key: str) -> OpenEndpoint | None:
        """Ask the database and remember. Blocking: call it in a thread."""
        endpoint = load_endpoint(family, key)
        if len(self._kept) > FORGET_ABOVE:
            self._kept.clear()
        self._kept[family, key] = (time.monotonic(), endpoint)
        return endpoint
