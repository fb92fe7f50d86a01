"""The You page: password, app, recovery codes and sessions; and who may change them."""

import json
from datetime import timedelta

import pytest

from core.audit.models import AuditEntry
from core.clock import now as clock_now
from core.users import totp
from core.users.devices import device_words
from core.users.models import DeviceSession, Passkey, Totp
from core.users.operations.second_factors import begin_totp
from tests.inbox.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ANOTHER = "quite another long word"


@pytest.fixture
def ingrid(people):
    return people["agent"]


@pytest.fixture
def come_in(client_class, ingrid):
    """come_in() → a browser that has come through the door."""

    def enter(user=ingrid, agent=FIREFOX, password=PASSWORD):
        browser = client_class()
        browser.post("/sign-in", {"email": user.email, "password": password}, headers={"User-Agent": agent})
        return browser

    return enter


def is_in(browser):
    return browser.get("/inbox/all").status_code == 200


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari · Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/130.0 Mobile Safari/604.1", "Chrome · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome · Android"),
        ("curl/8.5.0", ""),
    ],
)  # fmt: skip
def test_devices_in_words(agent, words):
    assert device_words(agent) == words


def test_sessions_are_listed_and_one_is_ended(come_in, ingrid):
    here, there = come_in(), come_in(agent="Mozilla/5.0 (iPhone) CriOS/130.0 Safari/604.1")
    page = here.get("/me/security").content.decode()
    row = DeviceSession.objects.get(device="Chrome · iPhone")

    answer = here.post(f"/me/security/sessions/{row.pk}/end")

    assert [word in page for word in ("Firefox · Linux", "Chrome · iPhone", "This one")] == [True] * 3
    assert answer["Location"] == "/me/security?done=session"
    assert (is_in(here), is_in(there)) == (True, False)
    assert actions() == ["session.started", "session.started", "session.revoked"]


def test_all_others_are_ended_at_once(come_in, ingrid, people):
    here, others, lead = come_in(), [come_in() for _ in range(3)], come_in(people["lead"])

    here.post("/me/security/sessions/end-others")

    assert [is_in(browser) for browser in (here, *others, lead)] == [True, False, False, False, True]
    assert AuditEntry.objects.latest("pk").data == {"count": 3}


def test_nobody_ends_somebody_elses(come_in, people):
    theirs = come_in(people["lead"])
    row = DeviceSession.objects.get()

    assert come_in().post(f"/me/security/sessions/{row.pk}/end").status_code == 404
    assert is_in(theirs)


def test_signing_out_takes_it_off_the_list(come_in):
    come_in().post("/sign-out")

    assert DeviceSession.objects.count() == 0


def test_last_seen_is_noted_every_five_minutes_and_no_oftener(come_in):
    browser = come_in()
    long_ago = clock_now() - timedelta(hours=1)
    DeviceSession.objects.update(last_seen_at=long_ago)
    browser.get("/inbox/all")
    at_once = DeviceSession.objects.get().last_seen_at
    session = browser.session
    session["seen"] -= 301
    session.save()

    browser.get("/inbox/all")

    assert at_once == long_ago
    assert clock_now() - DeviceSession.objects.get().last_seen_at < timedelta(minutes=1)


def test_another_password_ends_every_other_session_and_keeps_this_one(come_in, ingrid):
    here, there = come_in(), come_in()

    wrong = here.post("/me/security/password", {"current": "wrong", "new": ANOTHER})
    weak = here.post("/me/security/password", {"current": PASSWORD, "new": "short"})
    assert (wrong.status_code, weak.status_code, is_in(there)) == (422, 422, True)
    right = here.post("/me/security/password", {"current": PASSWORD, "new": ANOTHER})

    assert right["Location"] == "/me/security?done=password"
    assert (is_in(here), is_in(there)) == (True, False)
    assert is_in(come_in(password=ANOTHER))
    assert DeviceSession.objects.count() == 2
    assert actions().count("password.changed") == 1


def test_an_app_is_set_up_and_removed(come_in, ingrid):
    browser = come_in()
    page = browser.get("/me/security/app").content.decode()
    secret = begin_totp(actor=ingrid)
    wrong = browser.post("/me/security/app", {"code": "000000"})
    right = browser.post("/me/security/app", {"code": totp.code_at(secret, totp.step_of(clock_now()))})
    again = browser.get("/me/security/app")

    assert 'class="qr"' in page
    assert (wrong.status_code, right.status_code, again.status_code) == (422, 200, 409)
    assert right.content.decode().count("<code>") == 10
    assert browser.post("/me/security/app/remove").status_code == 302
    assert Totp.objects.count() == 0
    assert ingrid.recovery_codes.count() == 0
    assert actions() == ["session.started", "second_factor.added", "second_factor.removed"]


def test_new_codes_end_the_old_ones(come_in, ingrid):
    browser = come_in()
    assert browser.post("/me/security/recovery-codes").status_code == 409
    Passkey.objects.create(user=ingrid, name="Phone", digest="d", credential="", created_at=clock_now())
    browser.post("/me/security/recovery-codes")
    before = set(ingrid.recovery_codes.values_list("digest", flat=True))

    assert browser.post("/me/security/recovery-codes").status_code == 200
    after = set(ingrid.recovery_codes.values_list("digest", flat=True))
    assert (len(before), len(after), before & after) == (10, 10, set())


def test_the_last_factor_stays_where_the_role_asks_for_one(come_in, ingrid, settings):
    settings.REQUIRE_SECOND_FACTOR = ["agent"]
    first = Passkey.objects.create(user=ingrid, name="Phone", digest="d", credential="", created_at=clock_now())
    second = Passkey.objects.create(user=ingrid, name="Key", digest="e", credential="", created_at=clock_now())
    settings.REQUIRE_SECOND_FACTOR = []
    browser = come_in()
    settings.REQUIRE_SECOND_FACTOR = ["agent"]
    from core.errors import Conflict
    from core.users.operations.passkeys import remove_passkey

    remove_passkey(actor=ingrid, passkey_id=first.pk, now=clock_now())
    with pytest.raises(Conflict):
        remove_passkey(actor=ingrid, passkey_id=second.pk, now=clock_now())

    assert list(ingrid.passkeys.all()) == [second]
    assert not is_in(browser)


CHANGES = ("password", "app", "app/remove", "recovery-codes", "passkeys", "passkeys/options", "passkeys/1/remove")


@pytest.mark.parametrize("change", CHANGES)
def test_a_screen_left_open_changes_nothing(come_in, ingrid, change):
    browser = come_in()
    session = browser.session
    session["begun"] -= 1801
    session.save()
    begin_totp(actor=ingrid)
    before = actions()

    answer = browser.post(f"/me/security/{change}", {"current": PASSWORD, "new": ANOTHER})

    assert answer["Location"] == "/sign-in?again=1&next=%2Fme%2Fsecurity"
    assert actions() == before
    assert browser.get(answer["Location"]).status_code == 200


def test_signing_in_again_opens_it_and_leaves_one_session(come_in, ingrid):
    browser = come_in()

    browser.post("/sign-in", {"email": ingrid.email, "password": PASSWORD, "next": "/me/security"})

    assert DeviceSession.objects.count() == 1
    assert browser.post("/me/security/passkeys/options").status_code == 200


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "null", '{"rawId": 1}', '{"rawId": "AAAA"}', "[" * 9000, "x" * 30_000]
)
def test_whatever_a_browser_sends_for_a_passkey_is_refused_alike(client, come_in, body):
    client.post("/sign-in/passkey/options")
    door = client.post("/sign-in/passkey", body, content_type="application/json")
    mine = come_in()
    mine.post("/me/security/passkeys/options")
    added = mine.post("/me/security/passkeys", body, content_type="application/json")

    assert (door.status_code, added.status_code) == (422, 422)
    assert Passkey.objects.count() == 0


def test_a_script_of_a_stranger_is_told_so(client, case):
    answer = client.get(f"/fragments/case/{case.number}", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer["HX-Trigger"] == '{"samsvar:signed-out": {}}'
    assert answer.content == b""


@pytest.mark.django_db(transaction=True)
def test_an_ended_session_has_its_open_lines_looked_at_at_once(come_in, ingrid):
    from core.broker import broker
    from inbox.live.hints import live_channel

    here, _there = come_in(), come_in()
    heard = broker().pubsub(ignore_subscribe_messages=True)
    heard.subscribe(live_channel())
    heard.get_message(timeout=1)

    here.post("/me/security/sessions/end-others")

    told = [message["data"] for _ in range(3) if (message := heard.get_message(timeout=1))]
    heard.close()
    assert [json.loads(words) for words in told] == [{"check": [ingrid.pk]}]
