"""People put their number into their display name; it is shown nowhere either."""

from datetime import UTC, datetime

from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Customer, Identity, Ticket

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_a_number_in_a_display_name_is_masked_wherever_it_is_kept(channel, now):
    author = Author("71", name="Kari ring +47 400 00 012", handle="kari +47 400 00 012", scope=channel.external_id)
    item = MessageItem(
        platform="facebook",
        account_external_id=channel.external_id,
        external_id="1_2",
        external_root="1_2",
        at=AT,
        text="Hei",
        author=author,
    )

    apply_items([item], now=now)

    assert Customer.objects.get().name == "Kari ring [PHONE]"
    assert Ticket.objects.get().customer_name == "Kari ring [PHONE]"
    assert Identity.objects.get().handle == "kari [PHONE]"
