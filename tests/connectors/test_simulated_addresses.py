"""Where a simulated platform is: by the sandbox's file, platform by platform, over HTTP or not."""

from __future__ import annotations

import json

import pytest

from connectors.kit import registry
from connectors.kit.http import HostRefused
from connectors.models import Account
from connectors.queries.accounts import base_url, control_url, open_account

MAIL = "mail://127.0.0.1?imap=1&smtp=2"


@pytest.fixture
def told(settings, tmp_path):
    """Writes the sandbox's address file."""
    settings.SANDBOX_FILE, settings.PLATFORM_URLS = str(tmp_path / "sandbox.json"), {}

    def write(value):
        (tmp_path / "sandbox.json").write_text(value if isinstance(value, str) else json.dumps(value))

    return write


def test_a_platform_with_an_address_of_its_own_is_there(told):
    told({"url": "http://127.0.0.1:5", "addresses": {"email": MAIL}})

    assert (base_url("email"), control_url("email")) == (MAIL, "http://127.0.0.1:5")
    assert (base_url("facebook"), control_url("facebook")) == ("http://127.0.0.1:5", "http://127.0.0.1:5")


def test_a_given_address_goes_first(told, settings):
    told({"url": "http://127.0.0.1:5", "addresses": {"email": MAIL}})
    settings.PLATFORM_URLS = {"email": "mail://127.0.0.1?imap=3&smtp=4", "facebook": "http://127.0.0.1:6"}

    assert (base_url("email"), control_url("email")) == ("mail://127.0.0.1?imap=3&smtp=4", "http://127.0.0.1:5")
    assert (base_url("facebook"), control_url("facebook")) == ("http://127.0.0.1:6", "http://127.0.0.1:6")


@pytest.mark.parametrize(
    "value", ["", "[]", '"x"', '{"url": 5}', '{"addresses": [], "url": null}', '{"addresses": {}}']
)
def test_a_file_that_says_nothing_is_no_address(told, value):
    told(value)

    assert base_url("email") is None
    assert control_url("email") is None


def test_outside_a_demo_nothing_is_simulated(told, settings):
    told({"url": "http://127.0.0.1:5", "addresses": {"email": MAIL}})
    settings.DEMO = False

    assert base_url("email") is None
    assert control_url("email") is None


def test_outside_a_demo_a_given_address_leads_nowhere_and_calls_stay_at_the_platform(connected, settings):
    settings.DEMO, settings.SANDBOX_FILE, settings.PLATFORM_URLS = False, "", {"facebook": "http://127.0.0.1:6"}
    opened = open_account(Account.objects.select_related("channel", "endpoint").get(channel_id=connected.id))

    assert (base_url("facebook"), control_url("facebook"), opened.base_url) == (None, None, None)
    assert opened.session._origins == {("https", host, 443) for host in registry.get("facebook").manifest.hosts}
    with pytest.raises(HostRefused):
        opened.session.get("http://127.0.0.1:6/")


def test_a_session_is_let_to_http_addresses_only(connected, settings):
    account = Account.objects.select_related("channel", "endpoint").get(channel_id=connected.id)
    settings.PLATFORM_URLS = {"facebook": MAIL}
    opened = open_account(account)

    assert opened.base_url == MAIL
    with pytest.raises(HostRefused):
        opened.session.get("http://127.0.0.1:5/")
    settings.PLATFORM_URLS = {"facebook": "http://127.0.0.1:1"}
    assert open_account(account).session._origins == {("http", "127.0.0.1", 1)}
