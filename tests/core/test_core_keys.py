"""Master keys: everything sealed names its key, rotation moves it in slices and can be cut short, a lost key is said
plainly, and a dump of the database holds nothing in the open."""

import base64
import json
import threading
import uuid
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from connectors.kit.base import RawRequest
from connectors.models import Account, Delivery, Endpoint, delivery_context
from connectors.queries.accounts import open_account
from core import secrets
from core.actors import SYSTEM
from core.audit.chain import seal_entries
from core.audit.models import AuditEntry
from core.errors import Invalid
from core.keys import rotation, state
from core.keys.models import DataKey, new_data_keys, open_key, open_keys
from core.keys.places import all_places
from core.keys.state import get_key_counts, list_lost
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Message
from tickets.operations.noting import add_note
from tickets.sealing import original_text

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
K1 = "k1:" + base64.b64encode(b"k" * 32).decode()  # what tests run with
K2 = "k2:" + base64.b64encode(b"2" * 32).decode()
WRONG_K1 = "k1:" + base64.b64encode(b"x" * 32).decode()
PAGE = "104000000000001"
MARKERS = ("marker-token", "marker-secret", "marker-verify", "987 6543", "9876543", "marker@post.example")
TEXT = "Soita 040 987 6543 tai marker@post.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ring(settings):
    """Run with other master keys: ring(K2, K1)."""

    def use(*lines):
        settings.KEY_RING = "\n".join(lines)
        secrets.forget_keys()

    yield use
    settings.KEY_RING = K1
    secrets.forget_keys()


@pytest.fixture
def house(teams, agent):
    """A channel with planted secrets, a message, a note and a webhook, each with something sealed."""
    from connectors.operations.channels import add_channel

    values = {"external_id": PAGE, "name": "Havbris", "app_secret": "marker-secret", "verify_token": "marker-verify",
              "access_token": "marker-token"}  # fmt: skip
    add_channel(actor=SYSTEM, platform="facebook", values=values, team_id=teams["first-line"].pk, now=NOW)
    item = MessageItem(platform="facebook", account_external_id=PAGE, external_id="m1", external_root="m1", text=TEXT,
                       author=Author("c1", "Salla", scope=PAGE), at=NOW)  # fmt: skip
    apply_items([item], now=NOW)
    message = Message.objects.get()
    add_note(actor=agent, ticket_id=message.ticket_id, text=TEXT, client_key=uuid.uuid4(), now=NOW)
    endpoint = Endpoint.objects.get()
    raw = RawRequest("POST", {}, {}, TEXT.encode(), NOW)
    key = open_key(endpoint.data_key)
    body = secrets.seal_under(endpoint.data_key_id, key, raw.body, context=delivery_context(endpoint.pk))
    Delivery.objects.create(endpoint=endpoint, digest=b"d", body=body, received_at=NOW)


def everything_opens():
    """All that was planted, read back."""
    endpoint, delivery = Endpoint.objects.get(), Delivery.objects.get()
    account = Account.objects.select_related("channel", "endpoint").get()
    key = open_keys([endpoint.data_key_id])[endpoint.data_key_id]
    texts = [original_text(row) for row in (Message.objects.get(), Message.objects.get().ticket.notes.get())]
    opened = open_account(account)
    return (
        opened.credentials["access_token"] == "marker-token"
        and opened.app_secret == "marker-secret"
        and secrets.unseal(endpoint.verify_token, context=endpoint.context("verify_token")) == b"marker-verify"
        and secrets.unseal_under(key, delivery.body, context=delivery_context(endpoint.pk)) == TEXT.encode()
        and texts == [TEXT, TEXT]
    )


def keys_in_use():
    return {count.key_id: sum(c.count for c in get_key_counts() if c.key_id == count.key_id)
            for count in get_key_counts()}  # fmt: skip


def command(*words):
    out = StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def plain_dump():
    """What somebody finds who reads the whole database: every value as text, binary ones also as bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for column, value in zip(cursor.description, row, strict=True):
                    raw = bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                    yield f"{table}.{column.name}", raw


def test_a_dump_holds_no_token_and_no_masked_value(house):
    seal_entries(now=NOW)
    found = {place for place, raw in plain_dump() for marker in MARKERS if marker.encode() in raw}

    assert found == set()
    assert "tickets_message.text" in {place for place, raw in plain_dump() if b"[PHONE]" in raw}
    assert everything_opens()


HASHES = {"audit.AuditEntry.hash", "audit.AuditEntry.prev_hash", "audit.AuditHead.hash", "audit.AuditHead.signature",
          "tickets.MaskedValue.hash", "tickets.Message.content_hash", "tickets.Reaction.actor_hash",
          "tickets.ThreadAlias.name_hash",
          "connectors.Delivery.digest", "privacy.Reveal.record_digest",
          "privacy.ErasureRequest.subject_hash"}  # fmt: skip
UNDER_DATA_KEYS = {"tickets.Draft.sealed", "tickets.FileChunk.sealed", "tickets.Letter.sealed",
                   "tickets.Message.sealed", "tickets.Note.sealed", "connectors.Delivery.body",
                   "connectors.ImportPiece.sealed"}  # fmt: skip
NOT_WRITTEN_YET = {"tickets.Identity.sealed"}


def test_every_binary_column_is_a_hash_or_sealed_under_a_known_key():
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
    }

    places = {place.name for place in all_places()}
    assert places == {"keys.DataKey.wrapped", "connectors.Endpoint.app_secret", "connectors.Endpoint.verify_token",
                      "connectors.Account.credentials", "connectors.PendingSignIn.sealed",
                      "users.Totp.secret"}  # fmt: skip
    assert columns == HASHES | UNDER_DATA_KEYS | NOT_WRITTEN_YET | places


def test_after_rotation_the_old_key_can_go(house, ring):
    before = keys_in_use()
    assert set(before) == {"k1"}
    ring(K2, K1)
    new_data_keys(1)
    assert keys_in_use() == before | {"k2": 1}
    audited = AuditEntry.objects.count()

    done = rotation.rotate_keys(now=NOW)

    assert (done.key_id, done.moved, done.left) == ("k2", before["k1"], 0)
    assert keys_in_use() == {"k2": before["k1"] + 1}
    ring(K2)
    assert everything_opens()
    assert list_lost() == []
    entry = AuditEntry.objects.latest("pk")
    assert AuditEntry.objects.count() == audited + 1
    assert (entry.action, entry.data) == ("keys.rotated", {"key": "k2"})


def test_what_data_keys_seal_stays_as_it_is(house, ring):
    sealed, body = bytes(Message.objects.get().sealed), bytes(Delivery.objects.get().body)
    ring(K2, K1)
    rotation.rotate_keys(now=NOW)

    assert (bytes(Message.objects.get().sealed), bytes(Delivery.objects.get().body)) == (sealed, body)


def test_rotating_again_moves_nothing_and_is_not_recorded(house, ring):
    ring(K2, K1)
    rotation.rotate_keys(now=NOW)
    before = (list(DataKey.objects.order_by("pk").values_list("wrapped", flat=True)), AuditEntry.objects.count())

    assert rotation.rotate_keys(now=NOW).moved == 0
    assert (
        list(DataKey.objects.order_by("pk").values_list("wrapped", flat=True)),
        AuditEntry.objects.count(),
    ) == before


def test_a_rotation_that_was_cut_short_goes_on_where_it_was(house, ring, monkeypatch):
    monkeypatch.setattr(rotation, "SLICE", 2)
    new_data_keys(5)
    total = keys_in_use()["k1"]
    ring(K2, K1)

    class Killed(BaseException):
        pass

    sealed = []

    def die_in_the_middle(plain, *, context, seal=secrets.seal):
        sealed.append(context)
        if len(sealed) == 4:  # the second of the second slice
            raise Killed
        return seal(plain, context=context)

    with monkeypatch.context() as patch:
        patch.setattr(rotation.secrets, "seal", die_in_the_middle)
        with pytest.raises(Killed):
            rotation.rotate_keys(now=NOW)

    assert keys_in_use() == {"k2": 2, "k1": total - 2}  # the slice that was cut is as it was
    assert everything_opens()
    assert AuditEntry.objects.filter(action="keys.rotated").count() == 1
    assert rotation.rotate_keys(now=NOW).moved == total - 2
    assert keys_in_use() == {"k2": total}
    ring(K2)
    assert everything_opens()


@pytest.mark.django_db(transaction=True)
def test_credentials_that_are_refreshed_meanwhile_are_not_put_back(house, ring, monkeypatch):
    ring(K2, K1)
    context = Account.objects.get().context
    refreshers = []

    def refresh():
        sealed = secrets.seal(b'{"access_token": "fresh"}', context=context)
        try:
            Account.objects.update(credentials=sealed)
        finally:
            connection.close()

    def refresh_in_between(record, *, context, unseal=secrets.unseal):
        plain = unseal(record, context=context)
        if context.startswith("connectors.Account") and not refreshers:
            refreshers.append(threading.Thread(target=refresh))
            refreshers[0].start()
            refreshers[0].join(0.5)  # it waits for our lock; without one it would be done by now
        return plain

    with monkeypatch.context() as patch:
        patch.setattr(rotation.secrets, "unseal", refresh_in_between)
        rotation.rotate_keys(now=NOW)
    refreshers[0].join()

    account = Account.objects.get()
    assert secrets.unseal(account.credentials, context=context) == b'{"access_token": "fresh"}'
    assert keys_in_use().keys() == {"k2"}


def test_a_record_whose_key_is_gone_is_left_and_told(house, ring):
    ring(K2, K1)
    lost = new_data_keys(1)[0]
    before = keys_in_use()["k1"]
    ring("k3:" + base64.b64encode(b"3" * 32).decode(), K1)

    done = rotation.rotate_keys(now=NOW)

    assert (done.moved, done.left) == (before, 1)
    assert keys_in_use() == {"k2": 1, "k3": before}
    ring(K2, K1)
    lost.refresh_from_db()
    assert len(open_key(lost)) == 32


def test_the_key_to_rotate_to_must_be_first(house, ring):
    ring(K1, K2)
    with pytest.raises(Invalid, match="Put k2 first"):
        rotation.rotate_keys(now=NOW, to="k2")
    with pytest.raises(CommandError, match="Put k2 first"):
        command("rotate", "--to", "k2")
    assert set(keys_in_use()) == {"k1"}


def test_check_is_content_when_all_opens(house):
    assert list_lost() == []
    assert command("check") == "Every kind of sealed record opens.\n"
    assert json.loads(command("check", "--json")) == {"ok": True, "lost": []}


def test_a_missing_key_is_said_plainly(house, ring):
    count = DataKey.objects.count()
    ring(K2)

    lost = list_lost()

    assert len(lost) == 4
    assert lost[0].startswith(f"{count} records of keys.DataKey.wrapped are sealed under the key k1, which is not in")
    assert "reconnect each channel" in lost[3]
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("keys", "check", stdout=out)
    assert (ended.value.code, out.getvalue().count("which is not in SAMSVAR_KEYS")) == (1, 4)


def test_lost_keys_are_said_when_a_process_starts(house, ring, caplog):
    state.say_lost()
    assert caplog.messages == []
    ring(K2)

    state.say_lost()

    assert caplog.messages == list_lost()
    assert len(caplog.messages) == 4


def test_a_key_with_the_right_name_and_wrong_bytes_is_found(house, ring):
    ring(WRONG_K1)

    assert len(list_lost()) == 4
    assert "does not open" in list_lost()[0]


def test_another_hash_key_is_found(house, settings):
    seal_entries(now=NOW)
    assert list_lost() == []
    settings.HASH_KEY = b"another hash key of thirty-two bytes or more"

    assert [sentence for sentence in list_lost() if sentence.startswith("SAMSVAR_HASH_KEY is not")]


def test_status_counts_by_key(house, ring):
    ring(K2, K1)
    new_data_keys(2)

    told = json.loads(command("status", "--json"))

    assert told["keys"] == ["k2", "k1"]
    lines = {(line["place"], line["key_id"]): (line["count"], line["at_hand"]) for line in told["records"]}
    assert lines["keys.DataKey.wrapped", "k2"] == (2, True)
    assert lines["connectors.Account.credentials", "k1"] == (1, True)
    ring(K2)
    assert "connectors.Account.credentials: 1 under k1, which is not at hand" in command("status")
    assert "New seals are made under k2." in command("status")


def test_rotate_says_what_it_did(house, ring):
    total = keys_in_use()["k1"]
    ring(K2, K1)

    assert command("rotate", "--to", "k2") == f"{total} records moved to the key k2.\n"
    assert json.loads(command("rotate", "--json")) == {"key_id": "k2", "moved": 0, "left": 0}
