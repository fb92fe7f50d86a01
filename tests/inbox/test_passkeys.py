"""Passkeys against an authenticator made of a key and arithmetic, honest and otherwise."""

import hashlib
import json
import os
import struct

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from core.audit.models import AuditEntry
from core.users.models import DeviceSession, Passkey
from tests.inbox.conftest import PASSWORD

HOST = "testserver"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey. `count` is its own tally; 0 for ever on those that are synced."""

    def __init__(self):
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), os.urandom(32), 0
        self.origin, self.flags, self.host = f"https://{HOST}", PRESENT | VERIFIED, HOST

    def _data(self, extra=0):
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", self.flags | extra, self.count)

    def _said(self, kind, options):
        words = {"type": kind, "challenge": options["publicKey"]["challenge"], "origin": self.origin}
        return json.dumps(words).encode()

    def _answer(self, **response):
        name = websafe_encode(self.id)
        packed = {field: websafe_encode(value) for field, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": packed, "clientExtensionResults": {}}

    def make(self, options):
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        data = self._data(ATTESTED) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=self._said("webauthn.create", options), attestationObject=attestation)

    def sign(self, options):
        said, data = self._said("webauthn.get", options), self._data()
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)


def post(browser, path, body=None):
    return browser.post(path, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"})


def use(browser, device):
    return post(browser, "/sign-in/passkey", device.sign(post(browser, "/sign-in/passkey/options").json()))


@pytest.fixture
def device_of(client_class):
    """device_of(user): that person's passkey, added on the You page."""

    def add(user):
        browser, device = client_class(), Authenticator()
        browser.post("/sign-in", {"email": user.email, "password": PASSWORD})
        options = post(browser, "/me/security/passkeys/options").json()
        assert post(browser, "/me/security/passkeys", device.make(options)).status_code == 200
        browser.post("/sign-out")
        return device

    return add


def test_it_opens_alone(client, people, device_of):
    device = device_of(people["agent"])

    answer = use(client, device)

    assert (answer.status_code, answer.json()) == (200, {"step": "in", "place": "/"})
    assert int(client.session["_auth_user_id"]) == people["agent"].pk
    assert DeviceSession.objects.get().how == "passkey"
    assert AuditEntry.objects.filter(action="second_factor.added").count() == 1


LIES = {
    "another place": lambda device: setattr(device, "origin", "https://evil.example"),
    "plain http": lambda device: setattr(device, "origin", f"http://{HOST}"),
    "another host's key": lambda device: setattr(device, "host", "evil.example"),
    "nobody touched it": lambda device: setattr(device, "flags", VERIFIED),
    "nobody unlocked it": lambda device: setattr(device, "flags", PRESENT),
    "another key": lambda device: setattr(device, "key", ec.generate_private_key(ec.SECP256R1())),
    "an unknown name": lambda device: setattr(device, "id", os.urandom(32)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_opens_nothing(client, people, device_of, lie):
    device = device_of(people["agent"])
    LIES[lie](device)

    assert use(client, device).status_code == 422
    assert "_auth_user_id" not in client.session


def test_an_answer_opens_once(client_class, people, device_of):
    device, first, second = device_of(people["agent"]), client_class(), client_class()
    answer = device.sign(post(first, "/sign-in/passkey/options").json())
    post(second, "/sign-in/passkey/options")

    codes = [post(browser, "/sign-in/passkey", answer).status_code for browser in (first, first, second)]

    assert codes == [200, 422, 422]


def test_a_copy_is_noticed_by_its_count(client_class, people, device_of):
    device = device_of(people["agent"])
    codes = []
    for count in (5, 6, 6, 4, 7):
        device.count = count
        codes.append(use(client_class(), device).status_code)

    assert codes == [200, 200, 422, 422, 200]
    assert Passkey.objects.get().sign_count == 7


def test_as_second_step_only_ones_own_opens(client, people, device_of):
    mine, theirs = device_of(people["agent"]), device_of(people["lead"])
    first = client.post("/sign-in", {"email": people["agent"].email, "password": PASSWORD})
    assert first["Location"].startswith("/sign-in/second")

    assert use(client, theirs).status_code == 422
    assert "_auth_user_id" not in client.session
    assert use(client, mine).status_code == 200
    assert DeviceSession.objects.get().how == "password+passkey"


def test_whoever_is_switched_off_stays_out(client, people, device_of):
    device = device_of(people["agent"])
    people["agent"].is_active = False
    people["agent"].save()

    assert use(client, device).status_code == 422


def test_a_passkey_is_added_once(client, people, device_of, browser_of):
    device = device_of(people["agent"])
    client.post("/sign-in", {"email": people["lead"].email, "password": PASSWORD})
    options = post(client, "/me/security/passkeys/options").json()

    assert post(client, "/me/security/passkeys", device.make(options)).status_code == 409
    assert Passkey.objects.get().user_id == people["agent"].pk
