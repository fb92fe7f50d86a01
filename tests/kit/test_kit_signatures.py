"""Signatures: known answers, and nothing unset or odd ever passes."""

from __future__ import annotations

import pytest

from connectors.kit.errors import BadSignature
from connectors.kit.signatures import hmac_base64, hmac_hex, require_hmac_base64, require_hmac_hex, same

# RFC 4231, test case 2.
KEY, MESSAGE = "Jefe", b"what do ya want for nothing?"
DIGEST = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_known_answers():
    assert hmac_hex(KEY, MESSAGE) == DIGEST
    assert hmac_base64(KEY, MESSAGE) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
    assert hmac_hex(KEY, MESSAGE, "sha1") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"


def test_the_right_signature_passes():
    require_hmac_hex(KEY, MESSAGE, DIGEST)
    require_hmac_base64(KEY, MESSAGE, hmac_base64(KEY, MESSAGE))


@pytest.mark.parametrize("given", ["", DIGEST[:-1], DIGEST + "0", DIGEST.upper(), "ä" * 64, "\ud800", DIGEST[::-1]])
def test_any_other_fails(given):
    with pytest.raises(BadSignature):
        require_hmac_hex(KEY, MESSAGE, given)
    with pytest.raises(BadSignature):
        require_hmac_base64(KEY, MESSAGE, given)


def test_an_unset_secret_passes_nothing():
    with pytest.raises(BadSignature):
        require_hmac_hex("", MESSAGE, hmac_hex("", MESSAGE))
    with pytest.raises(BadSignature):
        require_hmac_base64("", MESSAGE, hmac_base64("", MESSAGE))


def test_nothing_equals_an_unset_token():
    assert same("abc", "abc")
    assert not same("abc", "abd")
    assert not same("", "")
