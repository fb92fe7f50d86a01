"""Bytes to text in whatever charset: as declared where that can be true, else as the bytes themselves suggest."""

from __future__ import annotations

import binascii
import codecs
import re

_TEXT_CODECS = re.compile(
    r"utf|iso8859|iso2022|latin|cp\d|koi8|gb|big5|euc|shift|hz$|mac|tis|ascii|johab|ptcp154|kz1048|hp-roman"
)
_ONE_BYTE = re.compile(r"ascii|iso8859|latin|cp125|mac")
_ALIASES = {"x-sjis": "shift_jis", "unicode-1-1-utf-7": "utf-7", "iso-8859-8-i": "iso-8859-8", "x-gbk": "gbk"}
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)\s+(?==\?)")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def decode(data: bytes, charset: str = "") -> str:
    """Text of `data`; never fails.

    UTF-8 that reads as such wins over any one-byte charset, since other text all but never looks like it; what is no
    UTF-8 and not declared is read as windows-1252, as browsers do.
    """
    codec = _codec(charset)
    if codec.startswith(("utf-16", "utf-32")) and b"\0" not in data:
        codec = ""
    if not codec or codec == "utf-8" or _ONE_BYTE.match(codec):
        found = _as_utf8(data, sure=codec == "utf-8")
        if found is not None:
            return found
    if codec in ("", "ascii", "utf-8", "iso8859-1"):
        codec = "cp1252"
    return _whole(data.decode(codec, "replace"))


def _codec(charset: str) -> str:
    name = charset.strip().strip("'\"").lower()
    name = _ALIASES.get(name, name)
    if not re.fullmatch(r"[a-z0-9_.:+-]{1,40}", name):
        return ""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    # Python also knows codecs that unpack or run slowly; a mail gets those for text only.
    return found if _TEXT_CODECS.match(found) else ""


def _as_utf8(data: bytes, *, sure: bool) -> str | None:
    try:
        return _whole(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    bad, good = text.count("\ufffd"), sum(letter > "\x7f" for letter in text[:10_000])
    return _whole(text) if sure and bad * 3 < good else None  # cut or damaged, yet UTF-8


def _whole(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


def decode_words(value: str) -> str:
    """A header's text with its encoded words read, also those inside quotes or cut in the middle of a letter.

    Source: RFC 2047; clients that split a letter between two words are many, so neighbours are joined as bytes.
    """
    found: list[str] = []
    place, held, held_charset = 0, b"", ""
    value = _BETWEEN_WORDS.sub(r"\1", value)
    for word in _WORD.finditer(value):
        charset = word[1].partition("*")[0]
        if held and (word.start() > place or charset.lower() != held_charset.lower()):
            found.append(decode(held, held_charset))
            held = b""
        found.append(value[place : word.start()])
        held, held_charset, place = held + _word_bytes(word[2], word[3]), charset, word.end()
    return "".join([*found, decode(held, held_charset) if held else "", value[place:]])


def _word_bytes(way: str, text: str) -> bytes:
    data = text.encode("utf-8", "ignore")
    return unbase64(data) if way in "bB" else binascii.a2b_qp(data, header=True)


def unbase64(data: bytes) -> bytes:
    """What base64 gives, rubbish between and a torn end left out; never fails."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = data.translate(None, _NOT_BASE64)
        kept = kept[: len(kept) - (len(kept) % 4 == 1)]
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def unuu(data: bytes) -> bytes:
    """What uuencoding gives (mail of the nineties); lines that are none are left out."""
    found, inside = [], False
    for line in data.splitlines():
        if line.startswith(b"begin "):
            inside = True
        elif line.strip() in (b"end", b"`"):
            inside = False
        elif inside:
            try:
                found.append(binascii.a2b_uu(line))
            except binascii.Error:
                continue
    return b"".join(found)
