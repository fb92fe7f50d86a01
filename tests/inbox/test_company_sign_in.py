"""Company sign-in against a real OpenID server on loopback, honest and otherwise."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from core.audit.models import AuditEntry
from core.users import oidc
from core.users.models import DeviceSession, User
from tests.inbox.oidc_house import CLIENT, SECRET, Company

SORRY = "The company sign-in did not work. Try again, or sign in another way."


@pytest.fixture
def company(settings):
    house = Company()
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = house.issuer, CLIENT, SECRET
    oidc._known.clear()
    yield house
    house.close()


@pytest.fixture
def ingrid(people):
    User.objects.filter(pk=people["agent"].pk).update(email="ingrid@havbris.example")
    return people["agent"]


def go(client, company, after="/inbox/mine"):
    out = client.get(f"/sign-in/company?next={after}")
    assert out.status_code == 302, out.content.decode()
    return client.get(company.open_door(out["Location"]))


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_out_and_back(client, company, ingrid):
    assert "Continue with Havbris sign-in" in client.get("/sign-in").content.decode()

    answer = go(client, company)

    assert (answer.status_code, answer["Location"]) == (302, "/inbox/mine")
    assert client.get("/inbox/mine").status_code == 200
    assert actions() == ["company_sign_in.linked", "session.started"]
    assert DeviceSession.objects.get().how == "company"
    assert company.heard.count("/.well-known/openid-configuration") == 1


def test_the_second_time_the_subject_counts_and_not_the_address(client_class, company, ingrid, people):
    go(client_class(), company)
    company.person["email"] = people["lead"].email
    again = client_class()

    go(again, company)

    assert int(again.session["_auth_user_id"]) == ingrid.pk


def test_an_address_already_linked_opens_for_its_subject_only(client_class, company, ingrid):
    go(client_class(), company)
    company.person["sub"] = "somebody-else"
    other = client_class()

    answer = go(other, company)

    assert answer.status_code == 403
    assert "_auth_user_id" not in other.session


@pytest.mark.parametrize(
    "person",
    [{"email": "stranger@havbris.example"}, {"email_verified": False}, {"email_verified": "true"}, {"email": None}],
)
def test_whom_the_company_does_not_vouch_for_by_a_known_address_stays_out(client, company, ingrid, person):
    company.person |= person

    assert go(client, company).status_code == 403
    assert actions() == []


def test_a_colleague_who_is_switched_off_stays_out(client, company, ingrid):
    User.objects.filter(pk=ingrid.pk).update(is_active=False)

    assert go(client, company).status_code == 403


OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
LIES = {
    "another audience": {"claims": {"aud": "another"}},
    "another party": {"claims": {"azp": "another"}},
    "another issuer in the token": {"claims": {"iss": "https://elsewhere.example"}},
    "another issuer in the papers": {"issuer": "https://elsewhere.example"},
    "another nonce": {"claims": {"nonce": "old"}},
    "no nonce": {"claims": {"nonce": None}},
    "no subject": {"claims": {"sub": None}},
    "expired": {"claims": {"exp": int(time.time()) - 120}},
    "no end": {"claims": {"exp": None}},
    "another's signature": {"key": OTHER_KEY},
    "an unknown key": {"key": OTHER_KEY, "kid": "k9"},
    "no signature": {"alg": "none"},
    "our secret as signature": {"alg": "HS256"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_opens_nothing(client, company, ingrid, lie):
    company.lies = LIES[lie]
    out = client.get("/sign-in/company")
    answer = out if out.status_code != 302 else client.get(company.open_door(out["Location"]))

    assert answer.status_code == 409
    assert SORRY in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert actions() == []


def test_the_company_may_change_its_keys(client_class, company, ingrid):
    go(client_class(), company)
    company.keys["k2"] = OTHER_KEY
    company.lies = {"key": OTHER_KEY, "kid": "k2"}
    later = client_class()

    assert go(later, company).status_code == 302
    assert "_auth_user_id" in later.session


def test_an_answer_opens_only_in_the_browser_that_asked(client_class, company, ingrid):
    asked, other = client_class(), client_class()
    back = company.open_door(asked.get("/sign-in/company")["Location"])

    assert other.get(back).status_code == 409
    assert "_auth_user_id" not in other.session


def test_another_state_opens_nothing_and_the_question_is_spent(client, company, ingrid):
    back = company.open_door(client.get("/sign-in/company")["Location"])
    state = parse_qs(urlsplit(back).query)["state"][0]

    assert client.get(back.replace(state, "other")).status_code == 409
    assert client.get(back).status_code == 409


def test_a_silent_company_is_said_so(client, company, ingrid, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"

    answer = client.get("/sign-in/company")

    assert answer.status_code == 409
    assert SORRY in answer.content.decode()


def test_outside_a_demo_only_https_is_called(client, company, ingrid, settings):
    settings.DEMO = False
    settings.SECURE_SSL_REDIRECT = False

    assert client.get("/sign-in/company").status_code == 409


def test_it_leads_on_to_ourselves_only(client, company, ingrid):
    assert go(client, company, after="//evil.example")["Location"] == "/"
