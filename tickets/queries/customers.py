"""Customers behind the cases a colleague sees, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from tickets.access import Actor, visible_to
from tickets.models import Customer, Identity, Status
from tickets.queries.queue import QueueRow, queue_rows

NEWEST_CASES = 50  # shown with one customer


@dataclass(frozen=True, slots=True)
class IdentityView:
    """A handle. `masked`: it is itself a contact value (a mail address, a number), so that nothing of it is shown."""

    platform: str
    handle: str
    profile_url: str
    masked: bool


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One person behind one or several handles."""

    id: int
    name: str
    language: str
    since: datetime
    identities: tuple[IdentityView, ...]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer with the newest of their cases that the actor sees, newest first."""

    row: CustomerRow
    cases: tuple[QueueRow, ...]


def get_customer_page(*, actor: Actor, text: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[CustomerRow]:
    """Customers of visible cases whose name or handle holds every word of `text`, newest first. Two queries.

    Raises: Invalid for a cursor that is not ours.
    """
    customers = _known_to(actor)
    for word in text.split()[:8]:
        # What a mask covers is not searched: whether a number is known would be told by the answer.
        handles = Identity.objects.filter(customer=OuterRef("pk"), sealed__isnull=True, handle__icontains=word)
        customers = customers.filter(Q(name__icontains=word) | Q(Exists(handles)))
    if cursor:
        customers = customers.filter(pk__lt=decode_cursor(cursor, (int,))[0])
    rows = [_row(customer) for customer in customers.order_by("-pk")[: size + 1]]
    return cut_page(rows, size, lambda row: (row.id,))


def get_customer(*, actor: Actor, customer_id: int) -> CustomerView:
    """One customer. Three queries. Raises: NotFound, also when none of their cases is visible."""
    customer = _known_to(actor).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer, or you do not have access to their cases."))
    cases = (
        visible_to(actor).filter(customer=customer).exclude(status=Status.MERGED).order_by("-last_message_at", "-id")
    )
    return CustomerView(_row(customer), tuple(queue_rows(cases[:NEWEST_CASES])))


def _known_to(actor: Actor) -> QuerySet[Customer]:
    seen = visible_to(actor).filter(customer=OuterRef("pk"))
    return Customer.objects.filter(Exists(seen)).prefetch_related("identities")


def _row(customer: Customer) -> CustomerRow:
    identities = sorted(customer.identities.all(), key=lambda identity: identity.pk)
    return CustomerRow(
        id=customer.pk,
        name=customer.name,
        language=customer.language,
        since=customer.created_at,
        identities=tuple(_identity(identity) for identity in identities),
    )


def _identity(identity: Identity) -> IdentityView:
    if identity.sealed is not None:
        return IdentityView(identity.platform, "", "", masked=True)
    return IdentityView(identity.platform, identity.handle, identity.profile_url, masked=False)
