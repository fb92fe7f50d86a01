"""The door: who comes in, who does not, and that a refusal tells nothing about whom we know."""

import re

import pytest
from django.contrib.auth import hashers

from core.audit.models import AuditEntry
from core.broker import broker
from tests.inbox.conftest import PASSWORD

SORRY = "This address and password do not go together. Check both and try again."


@pytest.fixture
def ingrid(people):
    return people["agent"]


def enter(browser, email, password=PASSWORD, **more):
    return browser.post("/sign-in", {"email": email, "password": password} | more)


def acts():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor_id", "object_id"))


def without_what_was_typed(answer, email):
    text = answer.content.decode().replace(email, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"|data-now="[^"]+"', "", text)


def test_the_right_word_opens(client, ingrid):
    answer = enter(client, ingrid.email)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert acts() == [("session.started", ingrid.pk, ingrid.pk)]
    assert client.get("/inbox/all").status_code == 200


@pytest.mark.parametrize("spelling", [str.upper, lambda email: f"  {email} "])
def test_an_address_is_known_however_it_is_typed(client, ingrid, spelling):
    assert enter(client, spelling(ingrid.email)).status_code == 302


def test_a_signed_in_person_is_sent_on(client, ingrid):
    client.force_login(ingrid)

    answer = client.get("/sign-in?next=/inbox/mine")

    assert (answer.status_code, answer["Location"]) == (302, "/inbox/mine")


def test_wrong_word_unknown_address_and_switched_off_answer_alike(client_class, people):
    ingrid, gone = people["agent"], people["lead"]
    gone.is_active = False
    gone.save()
    asked = [(ingrid.email, "wrong"), ("nobody@havbris.example", "wrong"), (gone.email, PASSWORD)]

    answers = [enter(client_class(), email, password) for email, password in asked]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    pages = {without_what_was_typed(a, email) for a, (email, _) in zip(answers, asked, strict=True)}
    assert len(pages) == 1
    assert SORRY in pages.pop()
    assert acts() == []


def test_an_unknown_address_costs_as_much_work_as_a_wrong_word(client_class, ingrid, monkeypatch):
    hashed = []
    argon = hashers.get_hasher().__class__
    encode, verify = argon.encode, argon.verify
    monkeypatch.setattr(argon, "encode", lambda *a, **k: hashed.append("made") or encode(*a, **k))
    monkeypatch.setattr(argon, "verify", lambda *a, **k: hashed.append("compared") or verify(*a, **k))

    enter(client_class(), ingrid.email, "wrong")
    enter(client_class(), "nobody@havbris.example", "wrong")

    assert hashed == ["compared", "made"]


@pytest.mark.parametrize("email", ["", "no address", "a@b@c", "x" * 260 + "@havbris.example"])
def test_what_is_no_address_is_said_at_the_field(client, db, email):
    answer = enter(client, email)

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.content.decode()


def test_the_eleventh_try_within_five_minutes_is_refused_even_with_the_right_word(client_class, ingrid):
    tries = [enter(client_class(), ingrid.email, "wrong").status_code for _ in range(10)]
    eleventh = enter(client_class(), ingrid.email)

    assert tries == [422] * 10
    assert eleventh.status_code == 429
    assert "Too many tries. Wait five minutes, then try again." in eleventh.content.decode()
    assert acts() == []


def test_tries_are_counted_for_each_address(client_class, people):
    for _ in range(11):
        enter(client_class(), people["agent"].email, "wrong")

    assert enter(client_class(), people["lead"].email).status_code == 302


def test_the_counters_name_nobody(client, ingrid):
    enter(client, ingrid.email, "wrong")

    keys = sorted(broker().scan_iter("*"))
    tries = [key for key in keys if key.startswith("samsvar:try:")]
    assert len(tries) == 2
    assert all(re.fullmatch(r"samsvar:try:sign-in:[0-9a-f]{32}", key) for key in tries)
    told = " ".join(keys)
    for word in ("havbris", "127.0.0.1", ingrid.email.partition("@")[0] + "@"):
        assert word not in told


def test_counters_end_by_themselves(client, ingrid):
    enter(client, ingrid.email, "wrong")

    assert all(0 < broker().ttl(key) <= 300 for key in broker().scan_iter("samsvar:try:*"))


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/inbox/mine?sort=newest", "/inbox/mine?sort=newest"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("\x00/inbox/all", "/"),
        ("/inbox/all\r\nSet-Cookie: a=b", "/inbox/all%0D%0ASet-Cookie:%20a=b"),
    ],
)
def test_it_leads_on_to_ourselves_only(client, ingrid, wanted, place):
    answer = enter(client, ingrid.email, next=wanted)

    assert (answer.status_code, answer["Location"]) == (302, place)


def test_a_page_asks_for_sign_in_and_remembers_itself(client, db):
    answer = client.get("/inbox/mine?sort=newest")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/inbox/mine%3Fsort%3Dnewest")


def test_a_session_named_before_sign_in_is_not_the_one_after(client, ingrid):
    session = client.session
    session["planted"] = "here"
    session.save()
    before = session.session_key

    enter(client, ingrid.email)

    assert client.session.session_key != before
    assert not type(session)().exists(before)


def test_switching_a_person_off_ends_their_sessions(client, ingrid):
    client.force_login(ingrid)
    ingrid.is_active = False
    ingrid.save()

    assert client.get("/inbox/all")["Location"].startswith("/sign-in")


def test_another_password_ends_the_sessions_of_the_old_one(client, ingrid):
    client.force_login(ingrid)
    ingrid.set_password("quite another long word")
    ingrid.save()

    assert client.get("/inbox/all")["Location"].startswith("/sign-in")


def test_signing_out_is_a_post(client, ingrid):
    client.force_login(ingrid)

    looked = client.get("/sign-out")
    still = client.get("/inbox/all").status_code
    left = client.post("/sign-out")

    assert (looked.status_code, still) == (405, 200)
    assert (left.status_code, left["Location"]) == (302, "/sign-in")
    assert acts() == [("session.ended", ingrid.pk, ingrid.pk)]
    assert client.get("/inbox/all")["Location"].startswith("/sign-in")


def test_a_stranger_signing_out_leaves_no_trace(client, db):
    assert client.post("/sign-out").status_code == 302
    assert acts() == []


def test_forms_need_their_token(client_class, ingrid):
    strict = client_class(enforce_csrf_checks=True)

    for path in ("/sign-in", "/sign-out", "/preferences"):
        answer = strict.post(path, {"email": ingrid.email, "password": PASSWORD})
        assert answer.status_code == 403
        assert "The form had expired" in answer.content.decode()
    assert acts() == []


def test_cookies_are_out_of_reach_of_scripts(client, ingrid):
    enter(client, ingrid.email)

    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"


def test_the_door_is_never_kept_in_a_cache(client, db):
    assert "no-store" in client.get("/sign-in")["Cache-Control"]


def test_preferences_are_kept_with_the_person(client, ingrid):
    client.force_login(ingrid)

    answer = client.post("/preferences", {"theme": "dark", "language": "nb", "next": "/inbox/mine"})

    ingrid.refresh_from_db()
    assert (ingrid.theme, ingrid.language) == ("dark", "nb")
    assert answer["Location"] == "/inbox/mine"
    page = client.get("/inbox/all")
    assert 'data-theme="dark"' in page.content.decode()
    assert page["Content-Language"] == "nb"


def test_preferences_we_do_not_have_change_nothing(client, ingrid):
    client.force_login(ingrid)

    client.post("/preferences", {"theme": "pink", "language": "xx", "next": "//evil.example"})

    ingrid.refresh_from_db()
    assert (ingrid.theme, ingrid.language) == ("system", "en")


def test_before_sign_in_the_language_is_a_cookie(client, db):
    client.post("/preferences", {"language": "fi"})

    assert client.cookies["samsvar_language"].value == "fi"
    assert client.get("/sign-in")["Content-Language"] == "fi"


def test_a_language_cookie_of_somebody_elses_making_is_passed_over(client, db):
    client.cookies["samsvar_language"] = "../../etc"

    assert client.get("/sign-in")["Content-Language"] == "en"


def test_the_demo_fills_in_its_people(client, db, settings, tmp_path):
    settings.HOME = tmp_path
    (tmp_path / "demo.json").write_text(
        '{"sign_ins": [{"email": "ingrid@havbris.example", "password": "demo", "role": "Agent", "name": "Ingrid S"}]}'
    )

    shown = client.get("/sign-in").content.decode()
    settings.DEMO = False
    hidden = client.get("/sign-in").content.decode()

    assert "ingrid@havbris.example" in shown
    assert "ingrid@havbris.example" not in hidden
    assert 'value="ingrid@havbris.example"' in client.get("/sign-in?as=ingrid%40havbris.example").content.decode()
