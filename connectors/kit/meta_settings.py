"""What every connection to Meta is told of the company's app there."""

from __future__ import annotations

from .manifest import Setting
from .marks import gettext_noop

APP_SETTINGS = (
    Setting(
        "app_secret",
        gettext_noop("App secret"),
        secret=True,
        kept_by="endpoint",
        where=gettext_noop(
            "Of your app at Meta, under “App settings”, “Basic”. It proves that what arrives is Meta's."
        ),
    ),
    Setting(
        "verify_token",
        gettext_noop("Webhook verify token"),
        secret=True,
        kept_by="endpoint",
        where=gettext_noop("Any word of your own. You enter the same one beside the webhook address at Meta."),
    ),
)
