"""More than a password: codes from an app, recovery codes, and roles that may not come in without."""

from datetime import timedelta

import pytest
from django.core import mail

from core.audit.models import AuditEntry
from core.clock import now as clock_now
from core.users import totp
from core.users.models import DeviceSession, RecoveryCode, SignInLink, Totp
from core.users.operations.second_factors import begin_totp, confirm_totp
from core.users.tasks import mail_links
from tests.inbox.conftest import PASSWORD


@pytest.fixture
def ingrid(people):
    return people["agent"]


@pytest.fixture
def with_app(ingrid):
    """Ingrid's app: its secret, and her recovery codes."""
    secret, moment = begin_totp(actor=ingrid), clock_now() - timedelta(minutes=5)
    codes = confirm_totp(actor=ingrid, code=totp.code_at(secret, totp.step_of(moment)), now=moment)
    return secret, codes


def code_of(secret):
    return totp.code_at(secret, totp.step_of(clock_now()))


def enter(client, user, **more):
    return client.post("/sign-in", {"email": user.email, "password": PASSWORD, "next": "/inbox/mine"} | more)


def is_in(client):
    return "_auth_user_id" in client.session


# RFC 6238, appendix B: SHA-1, the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert totp.code_at(b"12345678901234567890", seconds // 30) == code


def test_a_password_alone_leads_to_the_second_step_and_opens_nothing(client, ingrid, with_app):
    answer = enter(client, ingrid)

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/second?next=%2Finbox%2Fmine")
    assert not is_in(client)
    assert client.get("/inbox/mine").status_code == 302
    assert AuditEntry.objects.filter(action="session.started").count() == 0


def test_the_code_opens(client, ingrid, with_app):
    enter(client, ingrid)

    answer = client.post("/sign-in/second", {"code": code_of(with_app[0]), "next": "/inbox/mine"})

    assert (answer.status_code, answer["Location"]) == (302, "/inbox/mine")
    assert is_in(client)
    assert DeviceSession.objects.get().how == "password+totp"


def test_a_code_opens_once(client_class, ingrid, with_app):
    first, second, code = client_class(), client_class(), code_of(with_app[0])
    enter(first, ingrid)
    enter(second, ingrid)
    first.post("/sign-in/second", {"code": code})

    answer = second.post("/sign-in/second", {"code": code})

    assert answer.status_code == 422
    assert is_in(first)
    assert not is_in(second)


def test_an_older_code_than_the_last_opens_nothing(ingrid, with_app):
    moment, row = clock_now(), Totp.objects.get(user=ingrid)
    row.last_step = totp.step_of(moment)
    row.save()

    found = totp.matching_step(
        with_app[0], totp.code_at(with_app[0], row.last_step - 1), now=moment, after=row.last_step
    )

    assert found is None


@pytest.mark.parametrize(("off", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(off, opens):
    secret, moment = b"s" * 20, clock_now()
    step = totp.step_of(moment)

    assert (totp.matching_step(secret, totp.code_at(secret, step + off), now=moment, after=0) is not None) == opens


@pytest.mark.parametrize("spelling", [str, str.upper, lambda code: code.replace("-", " ")])
def test_a_recovery_code_opens_once_however_it_is_written(client_class, ingrid, with_app, spelling):
    first, second, code = client_class(), client_class(), spelling(with_app[1][3])
    enter(first, ingrid)
    enter(second, ingrid)

    assert first.post("/sign-in/second", {"code": code}).status_code == 302
    assert second.post("/sign-in/second", {"code": code}).status_code == 422
    assert (is_in(first), is_in(second)) == (True, False)
    assert RecoveryCode.objects.filter(user=ingrid, used_at__isnull=True).count() == 9


def test_nothing_kept_shows_a_secret(ingrid, with_app):
    secret, codes = with_app

    assert secret not in bytes(Totp.objects.get(user=ingrid).secret)
    kept = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not kept & {code.replace("-", "") for code in codes}
    assert len(kept) == 10


def test_somebody_elses_code_opens_nothing(client, ingrid, with_app, people):
    other = people["lead"]
    theirs = begin_totp(actor=other)
    moment = clock_now() - timedelta(minutes=5)
    codes = confirm_totp(actor=other, code=totp.code_at(theirs, totp.step_of(moment)), now=moment)
    enter(client, ingrid)

    assert [client.post("/sign-in/second", {"code": c}).status_code for c in (code_of(theirs), codes[0])] == [422, 422]
    assert not is_in(client)


def test_ten_wrong_codes_and_the_right_one_comes_too_late(client, ingrid, with_app):
    enter(client, ingrid)
    tries = [client.post("/sign-in/second", {"code": "000000"}).status_code for _ in range(10)]

    answer = client.post("/sign-in/second", {"code": code_of(with_app[0])})

    assert tries == [422] * 10
    assert answer.status_code == 429
    assert not is_in(client)


def test_the_half_way_house_closes(client, ingrid, with_app):
    enter(client, ingrid)
    session = client.session
    half = session["half"]
    half["until"] -= 601
    session["half"] = half
    session.save()

    answer = client.post("/sign-in/second", {"code": code_of(with_app[0])})

    assert answer["Location"] == "/sign-in"
    assert not is_in(client)


def test_another_password_closes_it_too(client, ingrid, with_app):
    enter(client, ingrid)
    ingrid.set_password("quite another long word")
    ingrid.save()

    assert client.post("/sign-in/second", {"code": code_of(with_app[0])})["Location"] == "/sign-in"
    assert not is_in(client)


def test_a_script_hears_of_each_step(client, ingrid, with_app):
    headers = {"Accept": "application/json"}
    wrong = client.post("/sign-in", {"email": ingrid.email, "password": "no"}, headers=headers)
    first = client.post("/sign-in", {"email": ingrid.email, "password": PASSWORD}, headers=headers)
    bad = client.post("/sign-in/second", {"code": "1"}, headers=headers)
    second = client.post("/sign-in/second", {"code": code_of(with_app[0])}, headers=headers)

    assert (wrong.status_code, "do not go together" in wrong.json()["error"]["message"]) == (422, True)
    assert (first.status_code, first.json()["step"]) == (200, "second")
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "invalid")
    assert (second.status_code, second.json()) == (200, {"step": "in", "place": "/"})


# Roles that may not come in with a password alone


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = ["agent"]


def test_a_role_that_needs_a_second_step_sets_it_up_before_anything_opens(client, ingrid, required):
    answer = enter(client, ingrid)
    assert answer["Location"] == "/sign-in/set-up?next=%2Finbox%2Fmine"
    page = client.get(answer["Location"]).content.decode()
    assert 'class="qr"' in page
    assert not is_in(client)
    secret = begin_totp(actor=ingrid)
    assert totp.spelled(secret)[:4] in page

    wrong = client.post("/sign-in/set-up", {"code": "000000"})
    right = client.post("/sign-in/set-up", {"code": code_of(secret), "next": "/inbox/mine"})

    assert wrong.status_code == 422
    assert right.status_code == 200
    assert right.content.decode().count("<code>") == 10
    assert "no-store" in right["Cache-Control"]
    assert client.get("/inbox/mine").status_code == 200


def test_other_roles_come_in_as_before(client, people, required):
    assert enter(client, people["lead"])["Location"] == "/inbox/mine"


def test_a_session_begun_before_the_rule_ends_with_it(client, ingrid, settings):
    enter(client, ingrid)
    assert client.get("/inbox/mine").status_code == 200

    settings.REQUIRE_SECOND_FACTOR = ["agent"]

    assert client.get("/inbox/mine").status_code == 302
    assert not client.session.get("_auth_user_id")


def test_set_up_is_no_way_around_a_second_step_there_is(client, ingrid, with_app, required):
    enter(client, ingrid)

    assert client.get("/sign-in/set-up")["Location"] == "/sign-in"
    assert client.post("/sign-in/set-up", {"code": code_of(with_app[0])})["Location"] == "/sign-in"
    assert not is_in(client)


# Links by mail


def ask(client, email):
    return client.post("/sign-in/link", {"email": email})


def mailed():
    """The links that a worker mails now."""
    mail.outbox.clear()
    mail_links()
    return [(letter.to, letter.body.partition("#")[2].split()[0]) for letter in mail.outbox]


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_BACKEND, settings.MAIL_ON = "django.core.mail.backends.locmem.EmailBackend", True
    mail.outbox = []


def test_a_mailed_link_opens_once(client_class, ingrid):
    asked, other = client_class(), client_class()
    ask(asked, ingrid.email.upper())
    (to, token), *rest = mailed()

    first = asked.post("/sign-in/link/use", {"token": token})
    second = other.post("/sign-in/link/use", {"token": token})

    assert (to, rest) == ([ingrid.email], [])
    assert (first.status_code, first["Location"]) == (302, "/")
    assert second.status_code == 422
    assert (is_in(asked), is_in(other)) == (True, False)
    assert token not in str(SignInLink.objects.values())


def test_looking_at_a_link_spends_nothing(client, ingrid):
    ask(client, ingrid.email)
    ((_, token),) = mailed()

    client.get("/sign-in/link")

    assert client.post("/sign-in/link/use", {"token": f"http://testserver/sign-in/link#{token}"}).status_code == 302


def test_a_link_ends_after_a_quarter_of_an_hour(client, ingrid):
    ask(client, ingrid.email)
    ((_, token),) = mailed()
    SignInLink.objects.update(expires_at=clock_now())

    assert client.post("/sign-in/link/use", {"token": token}).status_code == 422
    assert not is_in(client)


def test_known_unknown_and_switched_off_get_the_same_answer_from_the_same_work(
    client_class, people, django_assert_num_queries
):
    people["marketer"].is_active = False
    people["marketer"].save()
    answers = []
    for email in (people["agent"].email, "nobody@havbris.example", people["marketer"].email):
        browser = client_class()
        browser.get("/sign-in/link")
        with django_assert_num_queries(4):  # who, the row, a savepoint's two ends
            answers.append(ask(browser, email))

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content.decode().count("<") for answer in answers}) == 1
    assert "If this address is known here" in answers[0].content.decode()
    assert [to for to, _ in mailed()] == [[people["agent"].email]]
    assert SignInLink.objects.count() == 1


def test_a_link_is_one_factor_and_the_second_is_still_asked_for(client, ingrid, with_app):
    ask(client, ingrid.email)
    ((_, token),) = mailed()

    assert client.post("/sign-in/link/use", {"token": token})["Location"].startswith("/sign-in/second")
    assert not is_in(client)


def test_the_fourth_letter_in_five_minutes_is_refused_for_anybody(client_class, ingrid):
    for email in (ingrid.email, "nobody@havbris.example"):
        assert [ask(client_class(), email).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_without_mail_there_is_no_such_page(client, ingrid, settings):
    settings.MAIL_ON = False

    assert client.get("/sign-in/link").status_code == 404
    assert "/sign-in/link" not in client.get("/sign-in").content.decode()


def test_a_letter_that_does_not_go_out_names_nobody_in_the_log(client, ingrid, settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9)  # fmt: skip
    ask(client, ingrid.email)

    mail_links()

    assert "not mailed: ConnectionRefusedError" in caplog.text
    assert ingrid.email not in caplog.text
