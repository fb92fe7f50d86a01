"""Customers, channels and the asker: no secret, nobody whose cases one does not see, no contact value."""

import json

import pytest

from tests.conftest import SECRETS
from tickets.models import Customer, Identity


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


def test_customers_of_visible_cases_only(script, script_of, people, written, elsewhere, refusal):
    kari = written(name="Kari Øvrelid")

    assert names(script.get("customers/")) == ["Kari Øvrelid"]
    assert names(script.get("customers/", q="Larsen")) == []
    assert names(script_of(people["lead"]).get("customers/")) == ["Kari Øvrelid", "Elsewhere Larsen"]
    answers = [script.get(f"customers/{pk}/") for pk in (elsewhere.customer_id, 10**9, 10**30, 0)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert refusal(answers[0], 404)["code"] == "not_found"
    assert script.get(f"customers/{kari.customer_id}/").status_code == 200


def test_customers_by_name_and_handle_in_pages(script, written):
    for n in range(5):
        written(name=f"Kari {n}", handle=f"kari.{n}")
    written(name="Ola")

    assert names(script.get("customers/", q="kari.3")) == ["Kari 3"]
    assert names(script.get("customers/", q="ola")) == ["Ola"]
    seen, path = [], "customers/?limit=2&q=kari"
    while path:
        answer = script.get(path)
        seen += names(answer)
        path = answer.json()["next"]
    assert seen == [f"Kari {n}" for n in (4, 3, 2, 1, 0)]


def test_one_customer_with_visible_cases_newest_first(script, written, teams, now):
    from core.actors import SYSTEM
    from tickets.operations.assigning import move_ticket

    first, second, third = (written(f"Sak {n}", who="kari", name="Kari", minutes=n) for n in range(3))
    move_ticket(actor=SYSTEM, ticket_id=second.pk, team_id=teams["marketing"].pk, now=now)

    body = script.get(f"customers/{first.customer_id}/").json()

    assert first.customer_id == third.customer_id
    assert [case["number"] for case in body["cases"]] == [third.number, first.number]
    assert body["identities"] == [{"platform": "facebook", "handle": "", "profile_url": "", "masked": False}]


def test_a_handle_that_is_a_contact_value_is_neither_shown_nor_found(script, case):
    Identity.objects.create(customer_id=case.customer_id, platform="mail", external_key="ab12", sealed=b"sealed",
                            handle="kari.nordmann@post.example", profile_url="mailto:kari")  # fmt: skip

    body = script.get(f"customers/{case.customer_id}/")

    assert body.json()["identities"][1] == {"platform": "mail", "handle": "", "profile_url": "", "masked": True}
    for hidden in ("nordmann", "ab12", "mailto"):
        assert hidden not in body.content.decode()
    assert names(script.get("customers/", q="nordmann")) == []


@pytest.mark.parametrize("role", ["agent", "marketer", "auditor", "privacy_officer"])
def test_channels_are_for_admins_and_leads(script_of, people, channel, refusal, role):
    from core.ids import new_token, token_digest
    from core.users.models import ApiToken

    token = new_token()
    ApiToken.objects.create(user=people[role], name="old", digest=token_digest(token))  # from before there were scopes
    script = script_of(people[role])
    script.token = token

    assert refusal(script.get("channels/"), 403)["code"] == "forbidden"
    assert refusal(script.get(f"channels/{channel.pk}/"), 403)["code"] == "forbidden"


def test_channels_without_secrets(script_of, people, channel, refusal, now, django_assert_num_queries):
    from connectors.models import Account, Endpoint

    Account.objects.update(health="reconnect", missing=["pages_messaging"], last_in_at=now)
    script = script_of(people["admin"])

    with django_assert_num_queries(2):
        listed = script.get("channels/")
    with django_assert_num_queries(2):
        one = script.get(f"channels/{channel.pk}/")

    assert listed.json() == {"results": [one.json()]}
    body = one.json()
    assert (body["name"], body["health"], body["missing"]) == ("Havbris", "reconnect", ["pages_messaging"])
    assert (body["last_in_at"], body["last_out_at"]) == ("2026-11-20T09:00:00Z", None)
    assert body["limits"]["public_text"] == {"length": 8000, "unit": "chars"}
    assert body["limits"]["private_window_seconds"] == 7 * 24 * 3600
    text = json.dumps(body)
    for secret in (*SECRETS.values(), Endpoint.objects.get().key, channel.external_id):
        assert secret not in text
    assert refusal(script.get("channels/999999/"), 404)["code"] == "not_found"


def test_who_this_token_is(script_of, people, teams):
    body = script_of(people["agent"], "tickets:read").get("me/").json()

    assert body["user"] == {
        "id": people["agent"].pk,
        "name": people["agent"].name,
        "role": "agent",
        "language": "en",
        "teams": [{"id": teams["first-line"].pk, "name": "First line"}],
    }
    assert body["token"]["name"] == "script"
    assert body["scopes"] == ["tickets:read"]


def test_who_a_browser_session_is(client_class, people):
    browser = client_class()
    browser.force_login(people["auditor"])

    body = browser.get("/api/v1/me/").json()

    assert body["token"] is None
    assert body["scopes"] == ["tickets:read", "customers:read"]


def test_customers_are_never_made_by_reading(script, case):
    script.get("customers/")

    assert Customer.objects.count() == 1
