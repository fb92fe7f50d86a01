"""What a channel's settings say, with the defaults of those that are not there."""

from __future__ import annotations

import re

from connectors.kit.base import Account
from connectors.kit.errors import Rejected, RejectReason

from .manifest import EVERYONE, MANIFEST, NOBODY, OAUTH1

NEW_SECONDS = 300
_DEFAULTS = {setting.name: setting.default for setting in MANIFEST.required_settings}


def setting(account: Account, name: str) -> str:
    """The account's setting, or its default."""
    return account.credentials.get(name) or _DEFAULTS[name]


def signs_by_oauth1(account: Account) -> bool:
    """Is the token one of OAuth 1.0a, which signs every call and never expires?"""
    return setting(account, "sign_in") == OAUTH1


def may_refresh(account: Account) -> bool:
    """Can the token be renewed without a person?"""
    return not signs_by_oauth1(account) and bool(setting(account, "refresh_token") and setting(account, "client_id"))


def just_renewed(account: Account) -> bool:
    """Is the token so new that X's no means something else than its age?"""
    renewed_at = account.credentials.get("renewed_at", "")
    if not (renewed_at.isascii() and renewed_at.isdigit() and len(renewed_at) < 13):
        return False
    return account.clock().timestamp() - int(renewed_at) < NEW_SECONDS


def answers_everyone(account: Account) -> bool:
    """Is the account exempt from "only those who mention or quote us"?"""
    return setting(account, "answers") == EVERYONE


def require_writing(account: Account) -> None:
    """Raises Rejected, before any call, where the channel is connected for reading only."""
    if setting(account, "answers") == NOBODY:
        raise Rejected(RejectReason.READ_ONLY)


def handle(account: Account) -> str:
    """Our handle without @, "" for what cannot be one."""
    given = setting(account, "handle").strip().removeprefix("@")
    return given if re.fullmatch(r"[A-Za-z0-9_]{1,30}", given) else ""


def pass_seconds(account: Account) -> int:
    """How long after a pass the next one begins."""
    minutes = setting(account, "poll_minutes")
    return int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else MANIFEST.poll_seconds
