"""The doctor: a well house is well; each fault is a sentence, and code 1."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from connectors.kit import registry
from inbox.operations import diagnosing
from inbox.operations.diagnosing import NOTE, OK, WRONG, diagnose


@pytest.fixture
def well(db, settings, tmp_path, now):
    """A house in which everything has been done, and its broker."""
    from core.broker import broker
    from inbox.alive import QUEUES, SIGNS

    settings.STATIC_ROOT = tmp_path / "static"
    (settings.STATIC_ROOT / "css").mkdir(parents=True)
    (settings.STATIC_ROOT / "css" / "a.css").write_text("")
    (settings.STATIC_ROOT / "staticfiles.json").write_text(json.dumps({"paths": {"css/a": "css/a.css"}}))
    settings.HOME = tmp_path
    for key in broker().scan_iter("samsvar:*"):
        broker().delete(key)
    broker().hset(SIGNS, mapping={name: now.timestamp() for name in (*QUEUES, "beat")})
    return broker()


def found(now, name):
    return [one for one in diagnose(now=now) if one.name == name]


def wrong(now):
    return {one.name: one.sentence for one in diagnose(now=now) if one.level == WRONG}


@pytest.fixture
def delivery(connected, now):
    from connectors.models import Delivery, Endpoint

    endpoint = Endpoint.objects.get(key=connected.endpoint_key)
    return lambda digest=b"d", **words: Delivery.objects.create(
        endpoint=endpoint, digest=digest, body=b"x", received_at=now, **words
    )


def test_a_well_house_is_well(well, connected, now):
    levels = {one.name: one.level for one in diagnose(now=now)}

    assert wrong(now) == {}
    assert set(levels) == {
        "settings", "static files", "disk", "platform sheets", "database", "broker", "migrations", "extensions",
        "people", "keys", "deliveries", "sending", "channels", "tokens", "live", "counters", "workers", "beat",
        "signatures",
    }  # fmt: skip


def test_old_traffic(well, delivery, now):
    kept = delivery()

    assert wrong(now + timedelta(seconds=119)) == {} or "deliveries" not in wrong(now + timedelta(seconds=119))
    assert wrong(now + timedelta(minutes=3))["deliveries"] == f"Delivery {kept.pk} has waited for 3 min 0 s; 1 wait."


def test_unreadable_traffic(well, delivery, now):
    first = delivery(state="unreadable", error="Unreadable entry[0].changes")
    delivery(b"e", state="unreadable", error="Unreadable entry[0]")

    assert wrong(now)["deliveries"] == (
        f"2 deliveries are unreadable; the first is {first.pk}: Unreadable entry[0].changes."
    )


def test_a_held_channel(well, connected, now):
    from connectors.models import Account

    Account.objects.update(health="reconnect", health_code="190/460")

    assert wrong(now)["channels"] == f"Channel {connected.id} (facebook): Needs a new sign-in [190/460]."


def test_a_counter_that_lies(well, now):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO tickets_count (status, n) VALUES ('open', 1)")

    assert wrong(now) == {"counters": "1 counters beside the queue are not what COUNT(*) says."}


def test_a_lost_key(well, connected, now, settings):
    from core.secrets import forget_keys

    settings.KEY_RING = "k9:" + "A" * 43 + "="
    forget_keys()
    try:
        sentences = [one.sentence for one in found(now, "keys")]
    finally:
        settings.KEY_RING = settings.KEY_RING
        forget_keys()

    assert sentences
    assert all("k1, which is not in SAMSVAR_KEYS" in sentence for sentence in sentences)


def test_silent_workers_and_beat(well, now):
    later = wrong(now + timedelta(seconds=61))
    well.delete("samsvar:alive")

    assert later["workers"].startswith("No worker has finished anything of the queue `slow` for 1 min 1 s")
    assert later["beat"] == "Beat has sent nothing for 1 min 1 s."
    assert "since the broker began" in wrong(now)["beat"]
    assert len(found(now, "workers")) == 3


def test_untold_changes(well, now):
    from inbox.live.models import Hint

    Hint.objects.create(kind="message", ticket_id=1, scopes=["all"], created_at=now - timedelta(minutes=1))

    assert wrong(now)["live"].startswith("1 changes have not been told")


def test_static_files_gone(well, now, settings):
    (settings.STATIC_ROOT / "css" / "a.css").unlink()
    assert wrong(now) == {"static files": "1 static files are missing."}
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    assert wrong(now) == {"static files": "Static files have not been collected."}


def test_demo_people_in_production(well, make_user, now, settings):
    from inbox.operations.seeding import DEMO_PASSWORD

    user = make_user("agent")
    user.email = "ingrid@havbris.example"
    user.set_password(DEMO_PASSWORD)
    user.save()
    settings.DEMO = False

    assert [one.sentence for one in diagnosing._demo_people(now)] == [
        "1 demo colleagues can sign in with the password that everybody knows."
    ]


def test_an_old_sheet_is_a_note(well, now):
    old = [one for one in found(now + timedelta(days=200), "platform sheets") if "was checked" in one.sentence]

    assert {one.level for one in old} == {NOTE}
    assert [one.sentence.split()[4] for one in old] == list(registry.keys())


def test_refused_signatures_are_a_note(well, now):
    from core.tally import count_now

    count_now("webhooks", {"refused": 3})

    (one,) = found(now, "signatures")
    assert (one.level, one.sentence) == (NOTE, "3 webhooks with a wrong signature were refused today and yesterday.")


def test_a_fault_of_one_check_hides_no_other(well, now, monkeypatch):
    def broken(_now):
        raise RuntimeError("a secret")

    monkeypatch.setattr(diagnosing, "_IN_BROKER", (("beat", broken), *diagnosing._IN_BROKER[2:]))
    told = diagnose(now=now)

    assert [one.sentence for one in told if one.name == "beat"] == ["This could not be looked at (RuntimeError)."]
    assert told[-1].name == "signatures"


def test_the_command_says_it_in_words_and_as_json(well, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    words = capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("doctor", "--json")
    told = json.loads(capsys.readouterr().out)

    assert ended.value.code == 1  # the workers' signs are of another time
    assert "WRONG workers: " in words
    assert "→ Start the worker of the queue" in words
    assert told["healthy"] is False
    assert {one["level"] for one in told["findings"]} <= {OK, NOTE, WRONG}


def test_it_works_when_database_and_broker_are_away(house, secret_values):
    away = {"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0", "SAMSVAR_DEMO": "1"}

    done = house(secret_values | away).manage("doctor", "--json", ok=False)

    told = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert told["database"]["sentence"] == "The database cannot be reached (OperationalError)."
    assert told["broker"]["sentence"] == "The broker cannot be reached (ConnectionError)."
    assert "DATABASE_URL" in told["database"]["advice"]
    assert "keys" not in told
    assert "workers" not in told
