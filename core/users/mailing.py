"""The house's own mail to its colleagues."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from core.users.models import User
from core.users.operations.links import claim_links

log = logging.getLogger(__name__)


def mail_waiting_links(*, now: datetime) -> int:
    """Mail the links that were asked for. One that cannot be mailed is not tried again: its person asks anew, since its
    token was never kept. Gives: how many went out."""
    sent = 0
    for row, address in claim_links(now=now):
        try:
            if row.user is not None:
                sent += _letter(row.user, address).send()
        except OSError as error:  # smtplib's errors are OSErrors; its texts repeat addresses
            log.warning("sign-in link %s not mailed: %s", row.pk, type(error).__name__)
    return sent


def _letter(user: User, address: str) -> EmailMessage:
    with translation.override(user.language):
        subject = _("Your sign-in link for Samsvar at %(company)s") % {"company": settings.COMPANY}
        words = [
            _("Hello %(name)s,") % {"name": user.name},
            _("This link signs you in. It works once, within 15 minutes, and only you should use it:"),
            address,
            _("If you did not ask for it, you need not do anything."),
        ]
    # A machine wrote it: out-of-office replies and the like have nothing to answer (RFC 3834).
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, "\n\n".join(words) + "\n", to=[user.email], headers=headers)
