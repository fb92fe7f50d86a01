"""The API's doors: who is let in, and that every refusal has one shape."""

import json
from datetime import UTC, datetime

import pytest

from core.ids import new_token, token_digest
from core.users.models import ApiToken
from tests.inbox.api_words import TICKETS, error_of, replies
from tickets.models import Part


@pytest.fixture
def script(script_of, people):
    return script_of(people["agent"])


# Who is it


def revoked(token):
    token.revoked_at = datetime.now(UTC)
    token.save()


def switched_off(token):
    token.user.is_active = False
    token.user.save()


@pytest.mark.parametrize("spoil", [revoked, switched_off, ApiToken.delete])
def test_a_token_that_no_longer_counts(script, people, case, spoil):
    assert script.get(TICKETS).status_code == 200
    spoil(ApiToken.objects.select_related("user").get())

    for answer in (script.get(TICKETS), script.post(replies(case), {"text": "Hei"}, key="k")):
        assert error_of(answer, 401)["code"] == "authentication_failed"
        assert answer["WWW-Authenticate"] == "Bearer"
    assert Part.objects.count() == 0


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "not_authenticated"),
        ("Basic aW5ncmlkOng=", "not_authenticated"),
        ("Bearer", "authentication_failed"),
        ("Bearer one two", "authentication_failed"),
        ("Bearer sv_of-nobody", "authentication_failed"),
        ("Bearer \xe6\xf8\xe5", "authentication_failed"),
        ("Token \x00", "authentication_failed"),
    ],
)
def test_a_header_that_names_nobody(client, db, header, code):
    answer = client.get(TICKETS, headers={"Authorization": header} if header else {})

    assert error_of(answer, 401)["code"] == code
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_is_kept_only_as_a_digest(client, people):
    token = new_token("sv_")
    row = ApiToken.objects.create(user=people["agent"], name="t", digest=token_digest(token))

    assert token not in json.dumps(list(ApiToken.objects.filter(pk=row.pk).values()), default=str)
    assert client.get(TICKETS, headers={"Authorization": f"Token {token}"}).status_code == 200


def test_a_browser_session_needs_its_form_token_to_write(client_class, people, case):
    browser = client_class(enforce_csrf_checks=True)
    browser.force_login(people["agent"])

    assert browser.get(TICKETS).status_code == 200
    answer = browser.post(replies(case), {"text": "Hei"}, content_type="application/json",
                          headers={"Idempotency-Key": "k"})  # fmt: skip
    assert error_of(answer, 403)["code"] == "permission_denied"
    assert Part.objects.count() == 0


# Addresses


@pytest.mark.parametrize("path", ["", "nothing/", "tickets/abc/", "tickets/-1/", "tickets/1/replies/2/", "../v2/"])
def test_an_unknown_address_answers_in_the_same_shape(script, path):
    assert error_of(script.get(f"/api/v1/{path}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_that_is_not_there(script, case, method):
    answer = getattr(script.client, method)(TICKETS, headers={"Authorization": f"Bearer {script.token}"})

    assert method.upper() in error_of(answer, 405)["message"]


def test_a_fault_of_ours_has_the_same_shape_and_tells_nothing(script, client_class, db, settings):
    settings.ROOT_URLCONF = "tests.inbox.broken_urls"
    script.client = client_class(raise_request_exception=False)

    error = error_of(script.get("/api/v1/broken/"), 500)

    assert error == {"code": "fault", "message": "The fault is ours and is written to the log."}


def test_a_fault_on_a_page_is_a_page(client_class, db, settings):
    settings.ROOT_URLCONF = "tests.inbox.broken_urls"

    answer = client_class(raise_request_exception=False).get("/broken")

    assert answer.status_code == 500
    assert "This page could not be made." in answer.content.decode()
    assert "a secret" not in answer.content.decode()
