"""Authors of items → customers.

One person behind several handles is linked later, with evidence; here each handle is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from analysis.personal_data import normalise
from core.inserting import insert_objects, insert_rows, new_object
from core.secrets import keyed_hash, seal_under
from tickets import sealing
from tickets.intake.items import Author, MessageItem
from tickets.intake.prepare import masked_name
from tickets.letters import masked_address
from tickets.models import Customer, Identity

PersonKey = tuple[str, str, str]  # (platform, scope, external key)


def person_key(item: MessageItem) -> PersonKey:
    """Who wrote, as a key. A network that hides the author still has one voice per thread."""
    if item.author is None:
        return item.platform, item.account_external_id, f"unknown:{item.external_root}"
    return item.platform, item.author.scope, external_key(item.author)


def external_key(author: Author) -> str:
    """What an identity is found by: the platform's id, or its keyed hash where the id is a way to reach the person."""
    return author.external_id if author.contact is None else _contact_key(author.contact, author.external_id)


def contact_keys(value: str) -> tuple[str, ...]:
    """The keys under which somebody with this address or number may be known, however it is written."""
    return _contact_key("email", value.strip().lower()), _contact_key("phone", normalise(value))


def _contact_key(kind: str, value: str) -> str:
    return keyed_hash(value, purpose=f"contact:{kind}").hex()


def ensure_people(items: Iterable[MessageItem], ids: Iterator[int], *, now: datetime) -> dict[PersonKey, Customer]:
    """The customer behind every author, made where new. At most three statements, and three more where a new person's
    address is to be sealed.

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
    return known | _make({key: authors[key] for key in missing}, ids, now)


def _known(keys: Iterable[PersonKey]) -> dict[PersonKey, Customer]:
    keys = set(keys)
    found = Identity.objects.filter(
        platform__in={key[0] for key in keys}, external_key__in={key[2] for key in keys}
    ).select_related("customer")
    return {key: i.customer for i in found if (key := (i.platform, i.scope, i.external_key)) in keys}


def _learn_name(customer: Customer, author: Author | None) -> None:
    """A name that came later than the first word. Rare, so a statement each."""
    if author and author.name and (not customer.name or customer.name == _handle(author)):
        before, customer.name = customer.name, masked_name(author.name)
        customer.save(update_fields=["name"])
        customer.tickets.filter(customer_name=before).update(customer_name=customer.name)


def _make(authors: dict[PersonKey, Author | None], ids: Iterator[int], now: datetime) -> dict[PersonKey, Customer]:
    made = {
        key: new_object(Customer, id=next(ids), name=_first_name(author), created_at=now)
        for key, author in authors.items()
    }
    insert_objects(list(made.values()))
    sealed = _sealed_contacts(made, authors)
    insert_rows(
        Identity,
        ("customer_id", "platform", "scope", "external_key", "handle", "profile_url", "sealed"),
        (
            (made[key].pk, *key, _handle(author), author.profile_url if author else "", sealed.get(key))
            for key, author in authors.items()
        ),
    )
    return made


def _first_name(author: Author | None) -> str:
    """What to call somebody new: a mail without a name still says that there is an address."""
    if author is None:
        return ""
    return masked_name(author.name) or (_handle(author) if author.contact else "")


def _handle(author: Author | None) -> str:
    if author is None:
        return ""
    return masked_address(author.external_id) if author.contact else masked_name(author.handle)


def _sealed_contacts(
    made: dict[PersonKey, Customer], authors: dict[PersonKey, Author | None]
) -> dict[PersonKey, bytes]:
    """The contact values of new people, each under that person's own key."""
    contacts = {key: author for key, author in authors.items() if author and author.contact}
    keys = sealing.ensure_keys([made[key] for key in contacts])
    out = {}
    for key, author in contacts.items():
        key_id = made[key].data_key_id
        assert key_id is not None  # noqa: S101  made above
        out[key] = seal_under(key_id, keys[key_id], author.external_id.encode(), context=sealing.identity_context(*key))
    return out
