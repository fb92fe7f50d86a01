"""Authors of items → customers.

One person behind several handles is linked later, with evidence; here each handle is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tickets.intake.items import Author, MessageItem
from tickets.intake.prepare import masked_name
from tickets.models import Customer, Identity

PersonKey = tuple[str, str, str]  # (platform, scope, external key)


def person_key(item: MessageItem) -> PersonKey:
    """Who wrote, as a key. A network that hides the author still has one voice per thread."""
    if item.author is None:
        return item.platform, item.account_external_id, f"unknown:{item.external_root}"
    return item.platform, item.author.scope, item.author.external_id


def ensure_people(items: Iterable[MessageItem], *, now: datetime) -> dict[PersonKey, Customer]:
    """The customer behind every author, made where new. At most four statements.

    Two workers may meet the same new person: the identity's unique key makes one of them fail, and its caller tries
    again.
    """
    authors: dict[PersonKey, Author | None] = {}
    for item in items:
        key = person_key(item)
        known_author = authors.get(key)
        authors[key] = known_author if known_author and known_author.name else item.author or known_author
    known = _known(authors)
    for key in sorted(known.keys() & authors.keys()):
        _learn_name(known[key], authors[key])
    missing = sorted(authors.keys() - known.keys())
    return known | _make({key: authors[key] for key in missing}, now)


def _known(keys: Iterable[PersonKey]) -> dict[PersonKey, Customer]:
    keys = set(keys)
    found = Identity.objects.filter(
        platform__in={key[0] for key in keys}, external_key__in={key[2] for key in keys}
    ).select_related("customer")
    return {key: i.customer for i in found if (key := (i.platform, i.scope, i.external_key)) in keys}


def _learn_name(customer: Customer, author: Author | None) -> None:
    """A name that came later than the first word. Rare, so a statement each."""
    if author and author.name and not customer.name:
        customer.name = masked_name(author.name)
        customer.save(update_fields=["name"])
        customer.tickets.filter(customer_name="").update(customer_name=customer.name)


def _make(authors: dict[PersonKey, Author | None], now: datetime) -> dict[PersonKey, Customer]:
    customers = Customer.objects.bulk_create(
        Customer(name=masked_name(author.name) if author else "", created_at=now) for author in authors.values()
    )
    made = dict(zip(authors, customers, strict=True))
    Identity.objects.bulk_create(
        Identity(
            customer=customer,
            platform=key[0],
            scope=key[1],
            external_key=key[2],
            handle=masked_name(author.handle) if author else "",
            profile_url=author.profile_url if author else "",
        )
        for (key, customer), author in zip(made.items(), authors.values(), strict=True)
    )
    return made
