"""Connecting channels in the browser, against the sandbox: signing in at X and LinkedIn, a mailbox, the self-test."""

import re

import pytest
from playwright.sync_api import expect

X_ID, PAGE_ID = "1650000000000000222", "96072222"
X_APP = {
    "client_id": "another-app",
    "client_secret": "planted-client-77c1",
    "app_secret": "planted-app-77c1",
    "app_token": "planted-bearer-77c1",
}


@pytest.fixture
def admin(open_page):
    page = open_page(signed_in="astrid")
    page.goto("/admin/channels/new")
    yield page
    open_page.troubles[:] = [said for said in open_page.troubles if "404" not in said]  # the sandbox has no favicon


def is_well(page):
    page.get_by_role("button", name="Run the self-test").click()
    expect(page.get_by_text("Tested.")).to_be_visible()
    return page.locator(".findings .wrong b").all_inner_texts()


def test_signing_in_at_x(product, admin):
    told = {**X_APP, "name": "Havbris hjelp", "handle": "havbrishjelp", "access_token": "a", "refresh_token": "r",
            "callback_url": "http://127.0.0.1:9/"}  # fmt: skip
    product.control("PUT", f"x/pages/{X_ID}", told)
    admin.get_by_role("link", name=re.compile("^X ")).click()
    admin.get_by_label("Name", exact=True).fill("Havbris hjelp")
    admin.get_by_label("API secret").fill(X_APP["app_secret"])
    admin.get_by_label("Client ID").fill(X_APP["client_id"])
    admin.get_by_label("Client secret").fill(X_APP["client_secret"])
    admin.get_by_label("Bearer token").fill(X_APP["app_token"])
    admin.get_by_role("button", name="Sign in at X").click()
    admin.get_by_role("link", name="Go on to X").click()
    admin.get_by_role("link", name="Authorize app as @havbrishjelp").click()

    expect(admin.get_by_role("heading", name="Havbris hjelp")).to_be_visible()
    assert is_well(admin) == []
    assert "77c1" not in admin.content()


def test_calling_it_off_changes_nothing(product, admin, open_page):
    admin.goto("/admin/channels/new/linkedin")
    admin.get_by_label("Client secret").fill("li-secret")
    admin.get_by_label("Client ID").fill("li-app")
    admin.get_by_role("button", name="Sign in at LinkedIn").click()
    admin.get_by_role("link", name="Go on to LinkedIn").click()
    admin.get_by_role("link", name="Cancel").click()

    expect(admin.get_by_role("alert")).to_contain_text("Nothing was changed")
    open_page.troubles[:] = [said for said in open_page.troubles if "409" not in said]


def test_signing_in_at_linkedin(product, admin):
    told = {
        "name": "Havbris jobb",
        "access_token": "b",
        "app_secret": "li-secret",
        "callback_url": "http://127.0.0.1:9/",
    }
    product.control("PUT", f"linkedin/pages/{PAGE_ID}", told)
    admin.goto("/admin/channels/new/linkedin")
    admin.get_by_label("Client secret").fill("li-secret")
    admin.get_by_label("Client ID").fill("li-app")
    admin.get_by_role("button", name="Sign in at LinkedIn").click()
    admin.get_by_role("link", name="Go on to LinkedIn").click()
    admin.get_by_role("link", name=re.compile(PAGE_ID)).click()

    expect(admin.get_by_role("heading", name="Havbris jobb")).to_be_visible()
    assert is_well(admin) == []


def test_a_mailbox_is_tested_and_its_wrong_password_named(product, admin):
    admin.goto("/admin/channels")
    mail = admin.get_by_role("listitem").filter(has_text="E-mail")
    mail.get_by_role("link", name="Details").click()
    assert is_well(admin) == []
    product.control("PUT", "email/pages/post@havbris.example/faults", {"imap_refused": True})
    found = is_well(admin)
    product.control("PUT", "email/pages/post@havbris.example/faults", {"imap_refused": None})

    assert found == ["The server for incoming mail refuses this user name and password."]
