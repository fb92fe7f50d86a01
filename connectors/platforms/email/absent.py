"""What mail does not have: webhooks, profiles, and anything that could be done to a mail that stands."""

from __future__ import annotations

from connectors.kit.base import Account, ProfileItem, RawRequest, Receipt, Secrets
from connectors.kit.errors import BadSignature, Unsupported
from connectors.kit.manifest import Action


def verify(_raw: RawRequest, _secrets: Secrets) -> None:
    """Nothing is pushed to us, so nobody may push. Raises BadSignature."""
    raise BadSignature


def profile(_account: Account, _external_id: str) -> ProfileItem | None:
    """Names come with each mail, pictures are asked of nobody."""
    return None


def moderate(_account: Account, action: Action, _target: str) -> Receipt:
    """Raises Unsupported."""
    raise Unsupported(action)
