"""What a token can be good for. A scope only narrows: role and team decide as for the person the token acts for."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from core.users.models import Role


class Scope(StrEnum):
    """One kind of thing a token may do."""

    TICKETS_READ = "tickets:read"  # cases, their messages, notes, threads and tags
    TICKETS_WRITE = "tickets:write"  # reply, note, assign, resolve, tag, moderate
    REVEAL = "values:reveal"  # hidden phone numbers, addresses and the like, each for a reason
    CUSTOMERS_READ = "customers:read"  # the people behind visible cases, masked
    CHANNELS_READ = "channels:read"  # the company's channels and their health


_READS = frozenset({Scope.TICKETS_READ, Scope.CUSTOMERS_READ})
_WORKS = _READS | {Scope.TICKETS_WRITE}
_ROLE: dict[str, frozenset[Scope]] = {
    Role.AGENT: _WORKS | {Scope.REVEAL},
    Role.MARKETER: _WORKS | {Scope.REVEAL},
    Role.LEAD: _WORKS | {Scope.REVEAL, Scope.CHANNELS_READ},
    Role.ADMIN: _WORKS | {Scope.CHANNELS_READ},
    Role.AUDITOR: _READS,
    Role.PRIVACY_OFFICER: frozenset(),
}


def scopes_of_role(role: str) -> tuple[Scope, ...]:
    """All a token of this role can be good for, in a steady order."""
    return in_order(_ROLE.get(role, frozenset()))


def in_order(scopes: Collection[str]) -> tuple[Scope, ...]:
    """These scopes as the list above has them, each once."""
    return tuple(scope for scope in Scope if scope in scopes)
