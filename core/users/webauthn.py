"""Passkeys as the browser's WebAuthn wants them. The cryptography is python-fido2's.

Source: W3C Web Authentication Level 3; python-fido2 2.2 (checked November 2026).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.users.models import Passkey, User

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData

# fido2 and the cryptography it needs are loaded by the first passkey: they would be a tenth of the start of every web
# process.

State = dict[str, str]  # what must be kept between question and answer


@dataclass(frozen=True, slots=True)
class NewKey:
    """A credential that a browser has just made."""

    digest: str
    credential: str
    sign_count: int


def ask_new_key(user: User, *, host: str, company: str) -> tuple[dict[str, Any], State]:
    """What the browser needs to make a passkey that signs in by itself. The ones there are cannot be made twice."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement

    options, state = _server(host, company).register_begin(
        PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.email, display_name=user.name),
        credentials=[_data(key) for key in user.passkeys.all()],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), _plain(state)


def read_new_key(answer: Any, *, state: Any, host: str) -> NewKey:
    """Raises: Invalid."""
    from fido2.utils import websafe_encode

    try:
        made = _server(host).register_complete(state, answer)
    except Exception as error:  # what a browser sends may be anything, and so may what the parser raises
        raise _invalid() from error
    data = made.credential_data
    if data is None:
        raise _invalid()
    return NewKey(_digest(data.credential_id), websafe_encode(bytes(data)), made.counter)


def ask_known_key(keys: Iterable[Passkey], *, host: str, verify: bool) -> tuple[dict[str, Any], State]:
    """What the browser needs to use one of these passkeys; with none named, whichever it has for us.

    Takes: verify, whether the device must check who holds it, as it must where a passkey is all there is.
    """
    from fido2.webauthn import UserVerificationRequirement

    need = UserVerificationRequirement.REQUIRED if verify else UserVerificationRequirement.PREFERRED
    known = [_data(key) for key in keys] or None
    options, state = _server(host).authenticate_begin(known, user_verification=need)
    return dict(options), _plain(state)


def digest_of_answer(answer: Any) -> str:
    """Which passkey an answer speaks of. Raises: Invalid."""
    from fido2.utils import websafe_decode

    try:
        return _digest(websafe_decode(answer["rawId"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid() from error


def read_known_key(answer: Any, *, key: Passkey, state: Any, host: str) -> int:
    """Gives: the authenticator's own count. Raises: Invalid for any other key, challenge, place or signature."""
    from fido2.webauthn import AuthenticationResponse

    try:
        _server(host).authenticate_complete(state, [_data(key)], answer)
        return int(AuthenticationResponse.from_dict(answer).response.authenticator_data.counter)
    except Exception as error:  # as above
        raise _invalid() from error


def _server(host: str, company: str = "") -> Fido2Server:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=company or host))


def _data(key: Passkey) -> AttestedCredentialData:
    from fido2.utils import websafe_decode
    from fido2.webauthn import AttestedCredentialData

    return AttestedCredentialData(websafe_decode(key.credential))


def _digest(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _plain(state: Mapping[str, Any]) -> State:
    return {name: str(getattr(value, "value", value) or "") for name, value in state.items()}


def _invalid() -> Invalid:
    return Invalid(_("The passkey was not accepted. Try again, or choose another way."), field="passkey")
