"""Personal data stands nowhere in plain; outside text is made harmless where it enters."""

import json

import pytest
from django.db import connection

from core.keys.models import DataKey
from core.secrets import SealBroken
from tickets.intake.items import Attachment, Author, ItemError, MessageItem
from tickets.models import Customer, Message, Note, Post, Ticket
from tickets.operations.noting import add_note
from tickets.sealing import original_text

PHONE, MAIL = "040 987 6543", "salla.marker@posti.example"
TEXT = f"Soita {PHONE} tai kirjoita {MAIL}, kiitos"
MASKED = "Soita [PHONE] tai kirjoita [EMAIL], kiitos"


def dump():
    """Every value of every table as bytes, binary columns as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for column, value in zip([c.name for c in cursor.description], row, strict=True):
                    raw = bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                    yield f"{table}.{column}", raw


def _traces(*needles):
    return {place for place, raw in dump() for needle in needles if needle.encode() in raw}


def test_originals_stand_in_no_column_of_any_table(town, take_in, agent, key, now):
    take_in(town.comment("c1", TEXT), town.native("n1", TEXT), town.post("P1", TEXT), town.comment("c2", TEXT, by=None))
    ticket = Message.objects.get(external_id="c1").ticket
    add_note(actor=agent, ticket_id=ticket.pk, text=TEXT, client_key=key(), now=now)
    take_in(town.comment("c1", TEXT + "!", version=-1))
    assert _traces("987 6543", "9876543", "salla.marker") == set()
    assert "tickets_message.text" in _traces("[PHONE]")  # the scan sees what is there
    assert Message.objects.get(external_id="c2").text == Post.objects.get().text == Note.objects.get().text == MASKED
    assert ticket.__class__.objects.get(pk=ticket.pk).preview == MASKED


def test_the_seal_gives_the_text_back(town, take_in):
    take_in(town.comment("c1", TEXT), town.native("n1", TEXT))
    message, native = (Message.objects.get(external_id=one) for one in ("c1", "n1"))
    assert message.text == MASKED
    assert [label for _, _, label in message.masks] == ["PHONE", "EMAIL"]
    assert original_text(message) == original_text(native) == TEXT
    take_in(town.comment("c1", f"Uusi numero {PHONE}", version=-1))
    message.refresh_from_db()
    assert (message.text, original_text(message)) == ("Uusi numero [PHONE]", f"Uusi numero {PHONE}")
    take_in(town.comment("c1", "Ei numeroa", version=0))
    message.refresh_from_db()
    assert (message.sealed, original_text(message)) == (None, "Ei numeroa")


def test_each_customer_has_a_key_of_their_own_and_strangers_the_channels(town, take_in, channel):
    take_in(town.comment("c1", TEXT), town.comment("c2", TEXT, by="p2"), town.comment("c3", "Hei", by="p3"))
    take_in(town.comment("c4", TEXT), town.native("n1", TEXT))
    keys = list(Customer.objects.order_by("pk").values_list("data_key_id", flat=True))
    assert (len(set(keys)), keys.count(None)) == (3, 1)
    channel.refresh_from_db()
    assert channel.data_key_id is not None
    assert DataKey.objects.filter(pk__in=[*filter(None, keys), channel.data_key_id]).count() == 3


def test_a_record_copied_into_another_row_does_not_open(town, take_in):
    take_in(town.comment("c1", TEXT), town.comment("c2", TEXT))
    one, other = Message.objects.order_by("external_id")
    other.sealed = one.sealed
    with pytest.raises(SealBroken):
        original_text(other)
    note = Note(uid=one.uid, ticket=one.ticket, text=one.text, masks=one.masks, sealed=one.sealed, at=one.at)
    with pytest.raises(SealBroken):  # the same uid in another table
        original_text(note)


def test_an_altered_record_does_not_open(town, take_in):
    take_in(town.comment("c1", TEXT))
    message = Message.objects.get()
    whole = bytes(message.sealed)
    for position in (0, 4, 12, 25, len(whole) - 1):
        message.sealed = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        with pytest.raises(SealBroken):
            original_text(message)


def test_a_destroyed_key_shreds_what_it_sealed_and_the_customer_can_write_on(town, take_in):
    take_in(town.comment("c1", TEXT))
    DataKey.objects.filter(pk=Customer.objects.get().data_key_id).delete()
    with pytest.raises(SealBroken):
        original_text(Message.objects.get())
    take_in(town.comment("c2", TEXT))
    assert original_text(Message.objects.get(external_id="c2")) == TEXT


def test_our_own_numbers_are_left_readable(town, take_in, channel):
    channel.own_values = ["+358 40 987 6543"]
    channel.save()
    take_in(town.comment("c1", TEXT))
    assert Message.objects.get().text == f"Soita {PHONE} tai kirjoita [EMAIL], kiitos"


HOSTILE = [
    "a\x00b",
    "a\ud800b\udfff",
    "a\u202eb\u2066c",
    "<script>alert(1)</script><img src=x onerror=y>",
    "'; DROP TABLE tickets_ticket; -- %s %(x)s {0} \\",
    "\x1b[31m\x07\r\n",
    "e\u0301" * 300,
    "👩‍👩‍👧‍👦" * 60,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_stored_harmless(town, take_in, text):
    take_in(
        town.comment(
            "c1",
            text,
            author=Author("p1", name=text, handle=text, profile_url=f"https://x.example/{text}"),
            attachments=(Attachment("link", url=f"https://x.example/{text}", external_id=text, title=text),),
            permalink=f"https://x.example/{text}",
        ),
        town.post("P1", text, author=Author("p2", name=text), permalink="javascript:alert(1)"),
        town.reaction("c1", reaction=text),
    )
    ticket, message = Ticket.objects.get(), Message.objects.get()
    held = message.text + ticket.customer_name + json.dumps(message.attachments, ensure_ascii=False)
    assert not set(held) & {"\x00", "\ud800", "\u202e", "\u2066", "\x1b", "\x07"}
    assert len(ticket.customer_name) <= 200
    assert Post.objects.get().permalink == ""
    if "<" in text:
        assert message.text == text  # kept as said; templates escape


@pytest.mark.parametrize("bad", ["", "a\x00b", "\ud800", "x" * 256, "a\u202eb"])
@pytest.mark.parametrize("field", ["external_id", "external_root", "account_external_id", "parent_external_id"])
def test_an_identifier_that_is_not_clean_is_refused_by_name(town, bad, field):
    if field == "parent_external_id" and not bad:
        assert town.comment("c1", parent_external_id="").parent_external_id == ""
        return
    with pytest.raises(ItemError) as refused:
        town.comment(**{field: bad})
    assert str(refused.value) in (field, "account")


@pytest.mark.parametrize("field", ["at", "version_at"])
def test_a_time_without_a_zone_is_refused(town, field, now):
    whole = {name: getattr(town.comment(), name) for name in MessageItem.__dataclass_fields__}
    with pytest.raises(ItemError, match=field):
        MessageItem(**{**whole, field: now.replace(tzinfo=None)})
