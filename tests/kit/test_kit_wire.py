"""The careful reader: right kinds come out, wrong kinds name their place and nothing of their value."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit import wire
from connectors.kit.errors import Unreadable
from tickets.intake.items import ItemError

NODE = wire.Node(
    {
        "text": "hei", "null": None, "number": 7, "big": 2**70, "digits": "42", "true": True, "one": 1, "zero": 0,
        "float": 1.5, "list": [{"a": 1}, {"b": 2}], "mixed": [{}, 3], "texts": ["a", "b"], "object": {"id": 9},
        "seconds": 1763630131, "millis": 1763630131000, "iso": "2025-11-20T09:15:31+0000",
        "naive": "2025-11-20T09:15:31",
        "surrogate": "\ud800",
    },
    "entry.0",
)  # fmt: skip
MOMENT = datetime(2025, 11, 20, 9, 15, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("getter", "key", "expected"),
    [
        ("text", "text", "hei"), ("text", "null", ""), ("text", "missing", ""), ("text", "surrogate", "\ud800"),
        ("id", "number", "7"), ("id", "big", str(2**70)), ("id", "text", "hei"), ("id", "missing", ""),
        ("need_id", "number", "7"), ("number", "digits", 42), ("number", "big", 2**70), ("number", "missing", None),
        ("flag", "true", True), ("flag", "one", True), ("flag", "zero", False), ("flag", "missing", False),
        ("moment", "seconds", MOMENT), ("moment", "millis", MOMENT), ("moment", "missing", None),
        ("iso_moment", "iso", MOMENT), ("iso_moment", "missing", None),
        ("texts", "texts", ["a", "b"]), ("texts", "missing", []),
        ("child", "missing", None), ("children", "null", []), ("has", "text", True), ("has", "null", False),
    ],
)  # fmt: skip
def test_right_kinds(getter, key, expected):
    assert getattr(NODE, getter)(key) == expected


@pytest.mark.parametrize(
    ("getter", "key", "path"),
    [
        ("text", "number", "entry.0.number"), ("id", "true", "entry.0.true"), ("id", "float", "entry.0.float"),
        ("need_id", "missing", "entry.0.missing"), ("need_id", "null", "entry.0.null"),
        ("number", "text", "entry.0.text"), ("number", "true", "entry.0.true"), ("number", "float", "entry.0.float"),
        ("flag", "text", "entry.0.text"), ("flag", "list", "entry.0.list"), ("moment", "big", "entry.0.big"),
        ("iso_moment", "naive", "entry.0.naive"), ("iso_moment", "text", "entry.0.text"),
        ("texts", "mixed", "entry.0.mixed"), ("child", "list", "entry.0.list"), ("child", "text", "entry.0.text"),
        ("children", "object", "entry.0.object"), ("children", "mixed", "entry.0.mixed.1"),
        ("need_children", "missing", "entry.0.missing"),
    ],
)  # fmt: skip
def test_wrong_kinds_name_their_place(getter, key, path):
    with pytest.raises(Unreadable) as refused:
        getattr(NODE, getter)(key)
    assert refused.value.path == path


def test_paths_grow_on_the_way_down():
    assert [node.path for node in NODE.children("list")] == ["entry.0.list.0", "entry.0.list.1"]
    assert NODE.child("object").path == "entry.0.object"
    assert wire.Node({"a": {}}).child("a").path == "a"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "json"), (b"{", "json"), (b"[]", "json"), (b"1", "json"), (b"null", "json"), (b"\xff\xfe", "json"),
        (b'{"a": NaN}', "json"), (b'{"a": -Infinity}', "json"), (b'{"a": ' + b"9" * 5000 + b"}", "json"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "json"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "depth"), (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "depth"),
        (b'{"a": "' + b"x" * wire.MAX_BYTES + b'"}', "size"),
    ],
)  # fmt: skip
def test_what_is_no_readable_document(body, path):
    with pytest.raises(Unreadable) as refused:
        wire.read(body)
    assert refused.value.path == path
    assert refused.value.__context__ is None, "the decoder's own error holds the document"


def test_documents_at_the_limits_are_read():
    assert wire.read(b'{"a":' * 63 + b"1" + b"}" * 63).has("a")
    assert wire.read(b'{"a": 1, "a": 2}').number("a") == 2
    assert wire.read('{"a": "ä\\ud83d\\ude24\\ud800"}'.encode()).text("a") == "ä😤\ud800"


def test_an_item_that_refuses_a_value_becomes_unreadable():
    with pytest.raises(Unreadable) as refused, wire.building("entry.0"):
        raise ItemError("author.external_id")
    assert refused.value.path == "entry.0:author.external_id"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
GETTERS = [
    "text",
    "texts",
    "id",
    "need_id",
    "number",
    "flag",
    "moment",
    "iso_moment",
    "child",
    "children",
    "need_children",
]


@settings(deadline=None, database=None, derandomize=True, max_examples=300)
@given(value=json_values, getter=st.sampled_from(GETTERS))
def test_no_value_gets_past_a_getter_or_into_an_error(value, getter):
    node = wire.read(json.dumps({"key": value}).encode())
    try:
        getattr(node, getter)("key")
        path = "key"
    except Unreadable as error:
        path = str(error)
    assert path.split(".")[0] == "key"
    assert all(step.isdigit() for step in path.split(".")[1:])
