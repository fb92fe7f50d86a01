"""Whatever is done to a mail, reading it gives items or Unreadable, the same each time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.errors import Unreadable
from connectors.platforms.email.mime import read_letter
from connectors.platforms.email.parse import parse, read_items
from connectors.platforms.email.quotes import split_reply
from connectors.platforms.email.words import decode, decode_words
from tests.mail.mails import NAMES, mail, request
from tickets.intake.items import ItemError, MessageItem, ReceiptItem

BODIES = [mail(name).body for name in NAMES]


def read(raw):
    """The items, past the net that `parse` has below it: nothing may need that net."""
    try:
        return read_items(raw, read_letter(raw.body))
    except ItemError as error:
        return error.field_name


@st.composite
def flipped(draw):
    body = bytearray(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(1, 12))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body)


@st.composite
def shuffled(draw):
    pieces = draw(st.sampled_from(BODIES)).split(b"\r\n--")
    other = draw(st.sampled_from(BODIES)).split(b"\r\n")
    some = draw(st.permutations([*pieces, *draw(st.lists(st.sampled_from(other), max_size=6))]))
    return b"\r\n--".join(some) if draw(st.booleans()) else b"\r\n".join(some)


@st.composite
def truncated(draw):
    body = draw(st.sampled_from(BODIES))
    low = draw(st.integers(0, len(body)))
    return body[low:] if draw(st.booleans()) else body[:low]


@settings(max_examples=400, deadline=None)
@given(body=st.one_of(flipped(), shuffled(), truncated()), cut=st.booleans(), sent=st.booleans())
def test_a_mutated_mail_gives_items_or_unreadable(body, cut, sent):
    raw = request(body, **({"truncated": "1"} if cut else {}), **({"sent": "1"} if sent else {}))

    first = read(raw)

    assert first == read(raw)
    assert isinstance(first, list)
    assert all(isinstance(item, MessageItem | ReceiptItem) for item in first)
    assert len({item.external_id for item in first}) == len(first)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_items_or_unreadable(body):
    try:
        found = len(parse(request(body)))
    except Unreadable as error:
        found = error.path

    assert found in (0, 1, "headers")


@given(st.text(alphabet=st.sampled_from("ab1:>-\n @skrevwote."), max_size=300))
def test_no_word_is_lost_in_splitting(text):
    new, tail = split_reply(text)

    assert (new + tail).split() == text.split() or f"{new} {tail}".split() == text.split()
    assert bool(new) == bool(text.strip())


@given(
    st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-7", "utf-16", "iso-2022-jp", "zip", "idna", "x" * 99])
)
def test_any_bytes_decode_to_text_that_can_be_stored(data, charset):
    decode(data, charset).encode()
    decode_words(decode(data)).encode()
