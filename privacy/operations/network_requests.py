"""What a network asks in the name of one of its people: erase my data; and tells: this person removed our app."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from connectors.kit.base import Secrets
from connectors.kit.errors import BadSignature
from connectors.kit.registry import families, of_family
from connectors.models import Account, Endpoint
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record
from core.errors import Forbidden, NotFound
from core.ids import new_key
from core.jobs import enqueue
from core.transactions import in_transaction
from privacy.jobs import ERASE
from privacy.models import ErasureRequest, RequestState
from tickets.models import Identity


@in_transaction
def receive_erasure_request(*, family: str, key: str, signed_request: str, now: datetime) -> ErasureRequest:
    """Keep a network's request to erase one person's data on the channels of the endpoint `key`.

    The id that Meta names is one of our app, which is not the id by which the person wrote to us; where it meets no
    handle the answer says so. The same request twice is one while it waits.
    Raises: NotFound, Forbidden (the signature is not the network's).
    Leaves: job ERASE.
    """
    endpoint, subject = _read(family, key, signed_request)
    hashed = secrets.keyed_hash(subject, purpose=f"erasure:{endpoint.pk}")
    waiting = ErasureRequest.objects.filter(endpoint=endpoint, subject_hash=hashed, state=RequestState.RECEIVED)
    known = waiting.select_for_update().order_by("pk").first()
    if known is not None:
        return known
    found = _handles(endpoint, subject)
    request = ErasureRequest.objects.create(
        code=new_key(),
        endpoint=endpoint,
        subject_hash=hashed,
        state=RequestState.RECEIVED if found else RequestState.UNMATCHED,
        received_at=now,
        done_at=None if found else now,
    )
    request.identities.set(found)
    record(
        actor=SYSTEM,
        action="erasure.requested",
        object_type="erasure_request",
        object_id=request.pk,
        now=now,
        count=len(found),
    )
    if found:
        enqueue(ERASE)
    return request


@in_transaction
def receive_departure(*, family: str, key: str, signed_request: str, now: datetime) -> int:
    """Somebody removed our app, perhaps whoever connected a channel: look at once whether its credentials still hold.

    Which of the endpoint's channels that person had connected is not told, so each is polled next; those whose token is
    dead then wait for a new sign-in, the others go on.
    Gives: how many channels will be looked at.
    Raises: NotFound, Forbidden (the signature is not the network's).
    """
    endpoint, _subject = _read(family, key, signed_request)
    looked_at = Account.objects.filter(endpoint=endpoint).update(next_poll_at=now, watched_at=None, held_until=None)
    record(
        actor=SYSTEM,
        action="channel.departed",
        object_type="endpoint",
        object_id=endpoint.pk,
        now=now,
        count=looked_at,
    )
    return looked_at


def _read(family: str, key: str, signed_request: str) -> tuple[Endpoint, str]:
    """The endpoint, and whom the request is about. An unknown address and a wrong signature both end here."""
    endpoint = Endpoint.objects.filter(family=family, key=key).first()
    read = of_family(family)[0].signed_person if family in families() else None
    if endpoint is None or read is None:
        raise NotFound(_("There is nothing at this address."))
    app_secret = secrets.unseal(endpoint.app_secret, context=endpoint.context("app_secret")).decode()
    try:
        return endpoint, read(signed_request, Secrets(app_secret))
    except BadSignature:
        pass
    raise Forbidden(_("The signature is wrong."))


def _handles(endpoint: Endpoint, subject: str) -> list[Identity]:
    accounts = Account.objects.filter(endpoint=endpoint).select_related("channel")
    places = {(account.channel.platform, account.channel.external_id) for account in accounts}
    found = Identity.objects.filter(external_key=subject, platform__in={platform for platform, _scope in places})
    return [identity for identity in found.order_by("pk") if (identity.platform, identity.scope) in places]
