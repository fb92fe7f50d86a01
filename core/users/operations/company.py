"""Who a company sign-in is."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Forbidden
from core.transactions import in_transaction
from core.users.models import User
from core.users.oidc import Identity


@in_transaction
def recognise_company_user(*, identity: Identity, now: datetime) -> User:
    """The colleague behind a company sign-in: known by its subject, or, the first time, by an address the company says
    is verified. Nobody is made: colleagues are invited.

    Raises: Forbidden, alike for every reason.
    """
    known = User.objects.select_for_update().filter(is_active=True)
    user = known.filter(company_subject=identity.key).first()
    if user is not None:
        return user
    user = known.filter(email__iexact=identity.email, company_subject__isnull=True).first() if identity.email else None
    if user is None:
        raise Forbidden(
            _("The company sign-in worked, but nobody here goes by that name. Ask an admin for an invitation.")
        )
    user.company_subject = identity.key
    user.save(update_fields=["company_subject"])
    record(actor=user, action="company_sign_in.linked", object_type="user", object_id=user.pk, now=now)
    return user
