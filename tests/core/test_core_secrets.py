"""Sealing: what opens, what does not, and that faults never show a key."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import secrets
from core.ids import new_key, new_token, new_uid, token_digest
from core.keys.models import DataKey, new_data_keys, open_key, open_keys, unseal_record
from core.secrets import SealBroken

KEY = b"d" * 32


def _ring(**keys):
    return "\n".join(f"{name}:{base64.b64encode(value).decode()}" for name, value in keys.items())


@pytest.fixture
def ring(settings):
    """Set the master keys for one test."""

    def use(text):
        settings.KEY_RING = text
        secrets.forget_keys()

    yield use
    secrets.forget_keys()


@given(plain=st.binary(max_size=300), context=st.text(max_size=40).filter(lambda s: s.isprintable()))
@hypothesis_settings(max_examples=50, deadline=None)
def test_both_kinds_of_records_give_back_what_went_in(plain, context):
    assert secrets.unseal(secrets.seal(plain, context=context), context=context) == plain
    record = secrets.seal_under(7, KEY, plain, context=context)
    assert secrets.data_key_id(record) == 7
    assert secrets.unseal_under(KEY, memoryview(record), context=context) == plain
    assert secrets.seal_under(7, KEY, plain, context=context) != record  # a nonce of its own each time
    assert not plain[4:] or plain not in record


@pytest.mark.parametrize("kind", ["master", "data"])
def test_an_altered_byte_anywhere_does_not_open(kind):
    record = (
        secrets.seal(b"salla", context="a") if kind == "master" else secrets.seal_under(7, KEY, b"salla", context="a")
    )
    for position in range(len(record)):
        altered = record[:position] + bytes([record[position] ^ 0x01]) + record[position + 1 :]
        if kind == "data" and 1 <= position <= 8:  # names another key, which the caller looks up
            assert secrets.data_key_id(altered) != 7
            continue
        with pytest.raises(SealBroken):
            _open(kind, altered, "a")


def _seal(kind):
    if kind == "master":
        return secrets.seal(b"salla", context="a")
    return secrets.seal_under(7, KEY, b"salla", context="a")


def _open(kind, record, context):
    if kind == "master":
        return secrets.unseal(record, context=context)
    return secrets.unseal_under(KEY, record, context=context)


@pytest.mark.parametrize("kind", ["master", "data"])
@given(cut=st.binary(max_size=60))
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_other_bytes_do_not_open(kind, cut):
    for first in (b"", b"\x01", b"\x02", b"\x01\x02k1"):
        with pytest.raises(SealBroken):
            _open(kind, first + cut, "a")


@pytest.mark.parametrize("kind", ["master", "data"])
def test_another_context_does_not_open(kind):
    record = (
        secrets.seal(b"salla", context="a") if kind == "master" else secrets.seal_under(7, KEY, b"salla", context="a")
    )
    assert _open(kind, record, "a") == b"salla"
    with pytest.raises(SealBroken):
        _open(kind, record, "b")


def test_the_first_key_seals_and_all_of_them_open(ring):
    ring(_ring(old=b"o" * 32))
    record = secrets.seal(b"salla", context="a")
    ring(_ring(new=b"n" * 32, old=b"o" * 32))
    assert secrets.unseal(record, context="a") == b"salla"
    assert b"new" in secrets.seal(b"salla", context="a")[:8]
    ring(_ring(new=b"n" * 32))
    with pytest.raises(SealBroken, match="not in SAMSVAR_KEYS"):
        secrets.unseal(record, context="a")


def test_a_key_id_in_any_script_seals_and_opens(ring):
    ring(_ring(**{"nøkkel-ключ": b"o" * 32}))
    assert secrets.unseal(secrets.seal(b"salla", context="a"), context="a") == b"salla"


GOOD = base64.b64encode(b"g" * 32).decode()
FAULTS = {
    "no colon": GOOD,
    "no id": f":{GOOD}",
    "short": "k1:" + base64.b64encode(b"geheim-kurz").decode(),
    "long": "k1:" + base64.b64encode(b"g" * 33).decode(),
    "not base64": "k1:geheim!geheim!",
    "not ascii": "k1:geheimé",
    "second line": f"k1:{GOOD}\nk2:geheim",
    "twice": f"k1:{GOOD}\nk1:{GOOD}",
    "long id": "k" * 33 + f":{GOOD}",
    "empty": " \n , \n",
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_the_ring_is_named_and_no_key_is_shown(fault):
    with pytest.raises(ImproperlyConfigured) as refused:
        secrets.read_key_ring(FAULTS[fault])
    told = str(refused.value) + repr(refused.value.__cause__)
    assert "SAMSVAR_KEYS" in told
    assert GOOD not in told
    assert "geheim" not in told
    if fault in ("second line", "twice"):
        assert "line 2" in told


def test_keyed_hashes_differ_by_value_purpose_and_key(settings):
    one = secrets.keyed_hash("a@b.example", purpose="mail")
    assert one == secrets.keyed_hash(b"a@b.example", purpose="mail")
    assert len(one) == 32
    assert one != secrets.keyed_hash("a@b.example", purpose="phone")
    assert secrets.keyed_hash("bc", purpose="a") != secrets.keyed_hash("c", purpose="ab")
    settings.HASH_KEY = b"another"
    assert one != secrets.keyed_hash("a@b.example", purpose="mail")


@pytest.mark.django_db
def test_data_keys_are_stored_wrapped_and_open_one_by_one_or_together(django_assert_num_queries):
    with django_assert_num_queries(1):
        rows = new_data_keys(3)
    opened = {row.pk: open_key(row) for row in rows}
    assert {len(key) for key in opened.values()} == {32}
    assert len(set(opened.values())) == 3
    with django_assert_num_queries(1):
        assert open_keys([*opened, 10**9]) == opened
    assert not any(opened[row.pk] in bytes(row.wrapped) for row in DataKey.objects.all())


@pytest.mark.django_db
def test_a_record_opens_under_the_key_it_names_until_that_is_destroyed():
    row, other = new_data_keys(2)
    record = secrets.seal_under(row.pk, open_key(row), b"salla", context="a")
    assert unseal_record(record, context="a") == b"salla"
    swapped = secrets.seal_under(other.pk, open_key(row), b"salla", context="a")
    with pytest.raises(SealBroken):
        unseal_record(swapped, context="a")
    row.delete()
    with pytest.raises(SealBroken, match="destroyed"):
        unseal_record(record, context="a")


def test_tokens_and_keys_are_long_and_never_alike():
    tokens = {new_token("sv_") for _ in range(200)}
    assert (len(tokens), {len(token) for token in tokens}) == (200, {46})
    assert all(token.startswith("sv_") for token in tokens)
    assert {len(new_key()) for _ in range(50)} == {22}
    assert len({new_uid() for _ in range(50)}) == 50
    assert token_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
