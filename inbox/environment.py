"""Every setting, as data: read from the environment and from nowhere else.

`read_environment` stops the start with sentences for what is missing, unknown or wrong; the table in
docs/settings.md is made from the same list. A name ending in `_FILE` gives the path of a file that holds the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

LANGUAGE_CODES = ("en", "nb", "sv", "da", "fi")
ROLES = ("agent", "lead", "marketer", "admin", "privacy_officer", "auditor")
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. `default` None means: must be set (when `required`)."""

    name: str
    kind: type
    meaning: str
    default: Any = None
    required: bool = False
    secret: bool = False
    low: int = 0
    high: int = 2**31
    choices: tuple[str, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting("DATABASE_URL", str, "PostgreSQL to use, postgres://…; `make run` starts its own when empty", required=True),
    Setting("REDIS_URL", str, "Valkey or Redis to use, redis://… or unix://…; `make run` starts its own when empty", required=True),
    Setting("PORT", int, "Port of the web process", 8000, low=1, high=65535),
    Setting("HOST", str, "Address the web process binds", "127.0.0.1"),
    Setting("SAMSVAR_HOME", Path, "Folder of everything `make run` keeps", Path("var")),
    Setting("SAMSVAR_SECRET_KEY", str, "Signs sessions; 50 random characters", required=True, secret=True),
    Setting("SAMSVAR_KEYS", str, "Encrypts what is sealed; lines of id:base64 of 32 bytes, the first one seals", required=True, secret=True),
    Setting("SAMSVAR_HASH_KEY", str, "Keys the hashes of personal values; 32 random characters or more", required=True, secret=True),
    Setting("SAMSVAR_METRICS_TOKEN", str, "Bearer token that opens /metrics, 24 characters or more; without one there is no such page", "", secret=True),
    Setting("SAMSVAR_LOG_LEVEL", str, "Least weight of a log line", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
    Setting("SAMSVAR_ALIVE_FILE", str, "File that workers and beat touch while they work, for a container's health check", ""),
    Setting("SAMSVAR_DEMO", bool, "Demo values: plain http, demo people, simulated platforms", False),
    Setting("SAMSVAR_ALLOWED_HOSTS", list, "Host names the pages answer to, with commas", []),
    Setting("SAMSVAR_COMPANY", str, "The company's name, shown beside the product's", "Havbris"),
    Setting("SAMSVAR_LANGUAGE", str, "Language of the pages before sign-in", "en", choices=LANGUAGE_CODES),
    Setting("SAMSVAR_TIME_ZONE", str, "Time zone of the pages", "Europe/Oslo"),
    Setting("SAMSVAR_REQUIRE_SECOND_FACTOR", list, "Roles that sign in with a second factor, with commas; company sign-in counts as one", [], choices=ROLES),
    Setting("SAMSVAR_MAIL_URL", str, "The house's own mail for sign-in links and invitations, smtp://user:password@host:587 (STARTTLS), smtps://… or smtp+plain://… inside; links by mail are off when empty, and printed in a demo", "", secret=True),
    Setting("SAMSVAR_MAIL_FROM", str, "Sender of the house's own mail", "samsvar@localhost"),
    Setting("SAMSVAR_OIDC_ISSUER", str, "Company sign-in (OpenID Connect): address of the issuer; off when empty", ""),
    Setting("SAMSVAR_OIDC_CLIENT_ID", str, "Company sign-in: our name there", ""),
    Setting("SAMSVAR_OIDC_CLIENT_SECRET", str, "Company sign-in: our secret there", "", secret=True),
    Setting("SAMSVAR_UNDO_SECONDS", int, "How long a reply from the pages can be taken back", 8, high=30),
    Setting("SAMSVAR_BEAT_SECONDS", int, "How often the live line proves that it works and asks whether the session lasts", 20, low=1, high=20),
    Setting("SAMSVAR_REVEAL_MINUTES", int, "How long a revealed value may be shown", 10, low=1, high=60),
    Setting("SAMSVAR_REVEALS_PER_HOUR", int, "Hidden values one person may reveal or search for within an hour", 30, low=1, high=1000),
    Setting("SAMSVAR_API_RATE_PER_MINUTE", int, "Requests that one token, or one signed-in person, may make to the API in a minute", 600, low=1, high=1_000_000),
    Setting("SAMSVAR_DELIVERY_DAYS", int, "How long raw inbound traffic is kept", 7, low=1, high=90),
    Setting("SAMSVAR_FILE_MAX_BYTES", int, "Largest attachment kept", 26_214_400, low=1024, high=104_857_600),
    Setting("SAMSVAR_SCAN_COMMAND", str, "Program that scans attachments: gets the file on its input, ends with 0 for clean and 1 for infected; none when empty", ""),
    Setting("SAMSVAR_WEBHOOK_MAX_BYTES", int, "Largest webhook body taken", 1_048_576, low=1024, high=67_108_864),
    Setting("SAMSVAR_WEBHOOK_BUFFER", int, "Webhooks that may wait for the database before 503", 2000, low=1, high=100_000),
    Setting("SAMSVAR_PLATFORM_URLS", dict, "Demo and tests only: platform=address pairs with commas, in place of the real hosts", {}),
    Setting("SAMSVAR_SANDBOX_FILE", str, "Set by `make run`: where the sandbox writes its address", ""),
    Setting("SAMSVAR_LISTEN_FD", int, "Set by `make run`: the listening socket the web process inherits", -1, low=-1),
    Setting("SAMSVAR_STATIC_ROOT", Path, "Where collected static files lie", Path("static-collected")),
)  # fmt: skip


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Gives: every setting by name, typed. Raises: ImproperlyConfigured with one sentence per fault."""
    values: dict[str, Any] = {}
    faults = _unknown(environ)
    for setting in SETTINGS:
        try:
            values[setting.name] = _read(setting, environ)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise ImproperlyConfigured("Samsvar cannot start:\n  " + "\n  ".join(faults))
    return values


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {s.name for s in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS}
    return [
        f"{name} is not a setting; docs/settings.md lists them."
        for name in sorted(environ)
        if name.startswith("SAMSVAR_") and name not in known
    ]


def _read(setting: Setting, environ: Mapping[str, str]) -> Any:
    raw = environ.get(setting.name, "")
    path = environ.get(f"{setting.name}_FILE", "")
    if not raw and path:
        raw = _file(setting, path)
    if not raw:
        if setting.required:
            raise ValueError(f"Set {setting.name} (or {setting.name}_FILE): {setting.meaning}.")
        return setting.default
    return _parse(setting, raw)


def _file(setting: Setting, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{setting.name}_FILE names a file that cannot be read.") from None


def _parse(setting: Setting, raw: str) -> Any:
    if setting.choices and not set(_words(raw) if setting.kind is list else [raw]) <= set(setting.choices):
        raise ValueError(f"{setting.name} must be one of {', '.join(setting.choices)}.")
    if setting.kind is bool:
        return _boolean(setting, raw)
    if setting.kind is int:
        return _integer(setting, raw)
    if setting.kind is list:
        return _words(raw)
    if setting.kind is dict:
        return _pairs(setting, raw)
    return setting.kind(raw)


def _words(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def _pairs(setting: Setting, raw: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in _words(raw)]
    if not all(name and value for name, _sign, value in pairs):
        raise ValueError(f"{setting.name} must be name=value pairs with commas between.")
    return {name: value for name, _sign, value in pairs}


def _boolean(setting: Setting, raw: str) -> bool:
    word = raw.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"{setting.name} must be yes or no.")
    return word in TRUE


def _integer(setting: Setting, raw: str) -> int:
    try:
        number = int(raw)
    except ValueError:
        raise ValueError(f"{setting.name} must be a whole number.") from None
    if not setting.low <= number <= setting.high:
        raise ValueError(f"{setting.name} must be between {setting.low} and {setting.high}.")
    return number
