"""Signing in at the platform itself: OAuth 2's code flow, as far as it is the same everywhere.

    our form ──▶ platform (the person allows) ──▶ back to us with a code ──▶ tokens ──▶ which accounts are theirs

A platform gives three functions. The tokens are stored before they are used for anything, since some work once only;
that is the caller's part (`connectors/operations/signing_in.py`).
Source: RFC 6749, section 4.1; RFC 7636 (PKCE).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from .base import Account


@dataclass(frozen=True, slots=True)
class Errand:
    """One person's way to the platform and back. `verifier` proves that whoever comes back is who left."""

    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Owned:
    """An account that the person who signed in may connect; `settings` of it that the platform tells."""

    external_id: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignIn:
    """`leave` gives the address to send the person to; `exchange` the credentials for a code; `owned` what they manage.

    In all three the account's credentials hold what was entered, and its external id may be empty. `needs` are the
    settings that must be entered before; `gives` those that come back and are not asked for.
    """

    leave: Callable[[Account, Errand], str]
    exchange: Callable[[Account, Errand, str], Mapping[str, str]]
    owned: Callable[[Account], list[Owned]]
    needs: tuple[str, ...]
    gives: tuple[str, ...]


def challenge_of(verifier: str) -> str:
    """What is shown at the start of the verifier that is given at the end (PKCE, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def address(place: str, **words: str) -> str:
    """An address with its query."""
    return f"{place}?{urlencode(words)}"
