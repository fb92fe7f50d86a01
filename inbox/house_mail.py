"""The house's own mail (sign-in links, invitations): one address in the settings, read into its parts."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
BACKENDS = "django.core.mail.backends"


@dataclass(frozen=True, slots=True)
class HouseMail:
    """Where mail goes out. `on`: whether there is any such place."""

    on: bool
    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def read_mail_url(url: str, *, demo: bool) -> HouseMail:
    """Without an address there is no mail; a demo prints it.

    Raises: ImproperlyConfigured, without repeating the address.
    """
    if not url:
        return HouseMail(demo, f"{BACKENDS}.{'console' if demo else 'dummy'}.EmailBackend")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = "", 0
    if not host or not port or parts.scheme not in PORTS:
        raise ImproperlyConfigured(
            "Samsvar cannot start:\n  SAMSVAR_MAIL_URL must be smtp://user:password@host:port, smtps://… or smtp+plain://…"
        )
    return HouseMail(
        True,
        f"{BACKENDS}.smtp.EmailBackend",
        host,
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "smtp",
        parts.scheme == "smtps",
    )
