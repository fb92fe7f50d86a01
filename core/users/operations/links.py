"""Links that open the door once: for those who asked by mail, and for those who were invited.

The token stands behind the address's `#`, which browsers never send: no log or proxy sees one, and no mail scanner that
follows links uses one up. It is made where it is mailed, so that no row and no task ever holds it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.ids import new_token, token_digest
from core.jobs import enqueue
from core.transactions import in_transaction
from core.users.jobs import MAIL_LINKS
from core.users.models import LinkPurpose, SignInLink, User

LASTS = {LinkPurpose.SIGN_IN: timedelta(minutes=15), LinkPurpose.INVITATION: timedelta(days=7)}
ADDRESSES = {LinkPurpose.SIGN_IN: "/sign-in/link", LinkPurpose.INVITATION: "/invitation"}
KEPT = timedelta(days=1)  # after its end, so that "used" and "expired" can be told from "never was"
BATCH = 50


@in_transaction
def ask_link(*, email: str, origin: str, now: datetime) -> None:
    """Note that somebody wants a link for this address; a worker mails it. The same work for addresses nobody has.

    Leaves: job MAIL_LINKS.
    """
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    _add(user, LinkPurpose.SIGN_IN, origin, now)
    enqueue(MAIL_LINKS)


def make_link(*, user: User, purpose: LinkPurpose, origin: str, now: datetime) -> str:
    """A link that is shown once and mailed by nobody; part of inviting, which is on record. Earlier ones of the same
    purpose end."""
    user.sign_in_links.filter(purpose=purpose, used_at__isnull=True).update(expires_at=now)
    return give_token(_add(user, purpose, origin, now))


@in_transaction
def claim_links(*, now: datetime) -> list[tuple[SignInLink, str]]:
    """The links to be mailed now, each with its address. What was asked for nobody is dropped."""
    due = SignInLink.objects.select_for_update(skip_locked=True).filter(digest__isnull=True).order_by("pk")[:BATCH]
    rows = list(due)
    SignInLink.objects.filter(pk__in=[row.pk for row in rows if row.user_id is None or row.expires_at <= now]).delete()
    rows = [row for row in rows if row.user_id is not None and row.expires_at > now]
    return [(row, give_token(row)) for row in rows]


def give_token(row: SignInLink) -> str:
    """Gives: the whole address. Only the token's digest is kept."""
    token = new_token()
    row.digest = token_digest(token)
    row.save(update_fields=["digest"])
    return f"{row.origin}{ADDRESSES[LinkPurpose(row.purpose)]}#{token}"


@in_transaction
def use_link(*, token: str, purpose: LinkPurpose, now: datetime) -> User:
    """Spend a link. Gives: whose it is. Raises: Invalid, alike for used, expired and never made."""
    row = (
        SignInLink.objects.select_for_update(of=("self",))
        .filter(digest=token_digest(token), purpose=purpose, used_at__isnull=True, expires_at__gt=now)
        .filter(user__is_active=True)
        .select_related("user")
        .first()
    )
    if row is None or row.user is None:
        raise Invalid(_("This link has been used or has expired. Ask for a new one."), field="token")
    row.used_at = now
    row.save(update_fields=["used_at"])
    return row.user


def drop_old_links(*, now: datetime) -> None:
    """Forget links that ended a day ago."""
    SignInLink.objects.filter(expires_at__lt=now - KEPT).delete()


def _add(user: User | None, purpose: LinkPurpose, origin: str, now: datetime) -> SignInLink:
    expires = now + LASTS[purpose]
    return SignInLink.objects.create(user=user, purpose=purpose, origin=origin, created_at=now, expires_at=expires)
