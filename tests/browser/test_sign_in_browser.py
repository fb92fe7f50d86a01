"""Coming in with a real browser: passkeys, codes of an app, and a draft that outlives its session."""

import base64
import time

import pytest

from tests.browser.conftest import PASSWORD, sign_in


def code_now(letters):
    """The code an app would show."""
    from core.users import totp

    secret = base64.b32decode(letters)
    step = int(time.time()) // totp.STEP_SECONDS
    return totp.code_at(secret, step)


@pytest.fixture
def device(open_page, product):
    """device() → a page on localhost, where browsers allow passkeys, with an authenticator that says yes."""

    def make(email):
        page = open_page(signed_in=None)
        at = product.url.replace("127.0.0.1", "localhost")
        wire = page.context.new_cdp_session(page)
        wire.send("WebAuthn.enable")
        wire.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}})  # fmt: skip
        page.goto(f"{at}/sign-in")
        page.get_by_label("Work email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/inbox/**")
        return page, at

    return make


def sign_out(page):
    page.locator(".me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def test_a_passkey_opens_alone_and_as_second_step(device):
    page, at = device("elias@havbris.example")
    page.goto(f"{at}/me/security")
    page.get_by_role("button", name="Add a passkey on this device").click()
    page.get_by_text("The passkey is added.").wait_for()
    sign_out(page)

    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/inbox/**")
    sign_out(page)

    page.get_by_label("Work email").fill("elias@havbris.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/sign-in/second**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/inbox/**")

    page.goto(f"{at}/me/security")
    page.get_by_role("button", name="Remove the passkey").click()
    page.get_by_text("The passkey is removed").wait_for()


def test_an_app_is_set_up_and_asked_for(open_page):
    page = open_page(signed_in=None)
    sign_in(page, "jonas@havbris.example")
    page.goto("/me/security/app")
    page.get_by_text("No camera?").click()
    letters = page.locator(".letters").inner_text().replace(" ", "")
    page.get_by_label("Write the code the app shows now").fill(code_now(letters))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes code")
    assert codes.count() == 10
    spare = codes.first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    sign_in(page, "jonas@havbris.example", to="**/sign-in/second**")
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/inbox/**")
    page.goto("/me/security")
    page.get_by_text("9 codes left").wait_for()
    page.get_by_role("button", name="Remove the app").click()
    page.get_by_text("no longer used").wait_for()


def test_a_revoked_session_asks_again_above_the_draft(open_page, product):
    working, elsewhere = open_page(signed_in=None), open_page(signed_in=None)
    product.comment("nils", "Er butikken åpen på søndag?")
    sign_in(working, "ingrid@havbris.example")
    sign_in(elsewhere, "ingrid@havbris.example")
    working.locator(".r").first.click()
    box = working.locator("form.composer textarea")
    box.fill("Hei, vi holder åpent fra")

    elsewhere.goto("/me/security")
    elsewhere.get_by_role("button", name="End all other sessions").click()
    elsewhere.get_by_text("All other sessions have ended.").wait_for()

    dialog = working.get_by_role("dialog", name="Sign in to go on")
    dialog.wait_for(timeout=30_000)  # within a beat of the live line
    dialog.get_by_label("Password of Ingrid").fill("wrong")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.get_by_role("alert").wait_for()
    dialog.get_by_label("Password of Ingrid").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.wait_for(state="hidden")

    assert box.input_value() == "Hei, vi holder åpent fra"
    box.type(" ti.")
    working.locator(".send:visible").first.click()
    working.locator(".msg.out").filter(has_text="Hei, vi holder åpent fra ti.").wait_for()
    open_page.troubles[:] = [said for said in open_page.troubles if "422" not in said]  # the wrong password, above
