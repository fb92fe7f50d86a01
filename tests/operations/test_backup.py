"""Back up, change and delete, restore into another database: every row is back but what was deleted since."""

import json
import os
import stat
import tarfile
from datetime import timedelta

import pytest

PAGE = "104000000000001"
# The restore itself is written down, and what it finds to do is done anew.
OWN_TRACES = {"audit_auditentry", "live_hint", "inbox_deletion", "tickets_count"}


@pytest.fixture
def spoken(channel, now):
    """spoken("id", "text") stores a message; spoken.gone("id") is the network's word that it is deleted."""
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem, StateItem

    def say(number, text, minutes=0):
        at = now + timedelta(minutes=minutes)
        author = Author(f"person-{number}", f"Kunde {number}", scope=PAGE)
        item = MessageItem(
            platform="facebook", account_external_id=PAGE, external_id=number, external_root=f"root-{number}",
            text=text, author=author, visibility="public", at=at,
        )  # fmt: skip
        apply_items([item], now=at)

    def gone(number, minutes=5):
        at = now + timedelta(minutes=minutes)
        item = StateItem(
            platform="facebook", account_external_id=PAGE, external_id=number, state="deleted", at=at
        )  # fmt: skip
        apply_items([item], now=at)

    say.gone = gone
    return say


def rows(sql, address):
    """Every row of every table, as JSON."""
    tables = [name for (name,) in sql(address, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {
        name: sorted(json.dumps(row, sort_keys=True) for (row,) in sql(address, f'SELECT to_jsonb(t) FROM "{name}" t'))
        for name in tables
    }


def own_address():
    from django.db import connection

    ours = connection.get_connection_params()
    return " ".join(f"{name}={ours[name]}" for name in ("host", "port", "user", "dbname") if ours.get(name))


@pytest.fixture
def backup(tmp_path, now):
    """backup() → the file of a backup of the test database made now."""
    from inbox.operations.backing_up import make_backup

    def make(name="one.backup"):
        make_backup(path=tmp_path / name, now=now)
        return tmp_path / name

    return make


@pytest.fixture
def elsewhere(new_database, servers, house):
    """A House on another, empty database, with our keys and our journal."""
    named = {name: value for name, value in os.environ.items() if name.startswith("SAMSVAR_")}
    address = new_database()
    made = house(named | {"DATABASE_URL": address, "REDIS_URL": servers[1]})
    made.address = address
    return made


@pytest.mark.django_db(transaction=True)
def test_everything_is_back_but_what_was_deleted_since(spoken, backup, elsewhere, sql):
    from inbox.operations.tombstones import journal_deletions

    spoken("1_1", "Hei, hvor er pakken min?")
    spoken("1_2", "Ring meg på 400 00 012")
    spoken("1_3", "Glem det")
    spoken.gone("1_3")
    file = backup()
    then = rows(sql, own_address())
    spoken("1_4", "Kom etter sikkerhetskopien", minutes=10)
    spoken.gone("1_2", minutes=11)
    journal_deletions()

    said = elsewhere.manage("restore", str(file)).stdout
    found = rows(sql, elsewhere.address)

    assert "1 messages and 0 posts went again" in said
    deleted = "SELECT external_id, state, text, sealed IS NULL FROM tickets_message ORDER BY 1"
    assert sql(elsewhere.address, deleted) == [
        ("1_1", "visible", "Hei, hvor er pakken min?", True), ("1_2", "deleted", "", True), ("1_3", "deleted", "", True)
    ]  # fmt: skip
    assert found.keys() == then.keys()
    changed = {table for table in found.keys() - OWN_TRACES if found[table] != then[table]}
    assert changed - {"tickets_touched"} == {"tickets_message", "tickets_ticket", "tickets_maskedvalue"}
    for table in ("tickets_message", "tickets_ticket"):
        assert len(found[table]) == len(then[table])
        assert len(set(then[table]) - set(found[table])) == 1
    assert found["tickets_maskedvalue"] == []
    assert "400 00 012" not in json.dumps(found)


@pytest.mark.django_db(transaction=True)
def test_the_restored_system_works(spoken, backup, elsewhere, free_port, wait_until):
    import sys

    import httpx

    spoken("1_1", "Hei")
    elsewhere.manage("restore", str(backup()))
    more = {"PORT": str(free_port), "HOST": "127.0.0.1"}
    elsewhere.start("web", sys.executable, "-m", "inbox.serve", **more)
    elsewhere.start("worker", sys.executable, "-m", "inbox.worker", **more)

    def ready():
        answer = httpx.get(f"http://127.0.0.1:{free_port}/readyz")
        return answer.status_code == 200 and answer.json()

    assert wait_until(ready, 60, "the restored system is ready")["database"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_what_waited_in_the_backup_and_was_deleted_since_does_not_come_back(
    connected, comment_body, backup, elsewhere, sql, now
):
    from connectors.models import Delivery, Endpoint, delivery_context
    from connectors.operations.ingesting import ingest_waiting
    from core.keys.models import open_key
    from core.secrets import keyed_hash, seal_under
    from inbox.operations.tombstones import journal_deletions
    from tickets.intake.apply import apply_items
    from tickets.intake.items import StateItem

    endpoint = Endpoint.objects.select_related("data_key").get(key=connected.endpoint_key)
    body = comment_body(f"{PAGE}_9", "Slett meg", at=now)
    sealed = seal_under(endpoint.data_key_id, open_key(endpoint.data_key), body, context=delivery_context(endpoint.pk))
    Delivery.objects.create(
        endpoint=endpoint, digest=keyed_hash(body, purpose=f"delivery:{endpoint.pk}"), body=sealed, received_at=now
    )
    file = backup()
    ingest_waiting(now=now)
    gone = StateItem(
        platform="facebook", account_external_id=PAGE, external_id=f"{PAGE}_9", state="deleted",
        at=now + timedelta(minutes=1),
    )  # fmt: skip
    apply_items([gone], now=now)
    assert journal_deletions() == 1

    said = elsewhere.manage("restore", str(file)).stdout

    assert "Read 1 deliveries that waited in it." in said
    assert sql(elsewhere.address, "SELECT external_id, state, text FROM tickets_message") == [
        (f"{PAGE}_9", "deleted", "")
    ]


@pytest.mark.django_db(transaction=True)
def test_a_restore_is_refused_with_a_sentence(spoken, backup, elsewhere, sql, tmp_path):
    spoken("1_1", "Hei")
    file = backup()
    sql(elsewhere.address, "CREATE TABLE somebodys (id int)", "INSERT INTO somebodys VALUES (1)")
    other = "k9:" + "A" * 43 + "="
    cut = tmp_path / "cut.backup"
    cut.write_bytes(file.read_bytes()[:-20_000])

    def refusal(path=file, **more):
        done = elsewhere.manage("restore", str(path), ok=False, **more)
        assert done.returncode == 1
        return done.stderr

    assert "This database is not empty." in refusal()
    assert "needs keys that are not in SAMSVAR_KEYS: k1." in refusal(SAMSVAR_KEYS=other)
    assert "made with another SAMSVAR_HASH_KEY" in refusal(SAMSVAR_HASH_KEY="h" * 40)
    assert "not a backup" in refusal(cut)
    assert sql(elsewhere.address, "SELECT * FROM somebodys") == [(1,)]
    assert "Restored" in elsewhere.manage("restore", str(file), "--force").stdout
    assert sql(elsewhere.address, "SELECT to_regclass('somebodys') IS NULL") == [(True,)]


@pytest.mark.django_db(transaction=True)
def test_a_damaged_dump_is_found_before_anything_is_touched(spoken, backup, elsewhere, tmp_path):
    spoken("1_1", "Hei")
    file = backup()
    whole = bytearray(file.read_bytes())
    with tarfile.open(file) as tar:
        whole[tar.getmember("database.dump").offset_data + 5000] ^= 1
    file.write_bytes(whole)

    done = elsewhere.manage("restore", str(file), ok=False)

    assert "its checksum is not the one in its manifest" in done.stderr


@pytest.mark.django_db(transaction=True)
def test_nobody_may_be_connected(spoken, backup, elsewhere, sql):
    import psycopg2

    spoken("1_1", "Hei")
    file = backup()
    somebody = psycopg2.connect(elsewhere.address)
    try:
        done = elsewhere.manage("restore", str(file), "--force", ok=False)
    finally:
        somebody.close()

    assert "1 others are connected to this database" in done.stderr
    assert sql(elsewhere.address, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_restore_cut_short_serves_nothing(spoken, backup, elsewhere, sql):
    spoken("1_1", "Hei")
    file = backup()
    elsewhere.manage("restore", str(file))
    name = sql(elsewhere.address, "SELECT current_database()")[0][0]
    sql(elsewhere.address, f"ALTER DATABASE {name} SET search_path = samsvar_restore_not_finished")

    told = json.loads(elsewhere.manage("doctor", "--json", ok=False).stdout)
    again = elsewhere.manage("restore", str(file), "--force").stdout

    assert any("A restore was cut short" in one["sentence"] for one in told["findings"])
    assert "Restored" in again
    assert sql(elsewhere.address, "SELECT count(*) FROM tickets_message") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_no_key_and_overwrites_nothing(spoken, tmp_path, capsys, settings):
    from django.core.management import CommandError, call_command

    spoken("1_1", "Ring meg på 400 00 012")
    file, keys = tmp_path / "one.backup", tmp_path / "keys"

    call_command("backup", str(file), "--keys", str(keys))

    told = capsys.readouterr()
    assert "opens everything that is sealed" in told.err
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert keys.read_text() == f"SAMSVAR_KEYS={settings.KEY_RING}\nSAMSVAR_HASH_KEY={settings.HASH_KEY.decode()}\n"
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "database.dump"]
        manifest = json.load(tar.extractfile("manifest.json"))
        dump = tar.extractfile("database.dump").read()
    assert manifest["key_ids"] == ["k1"]
    assert manifest["rows"]["tickets_message"] == 1
    for secret in (settings.KEY_RING.partition(":")[2], settings.HASH_KEY.decode(), settings.SECRET_KEY):
        assert secret.encode() not in dump
        assert secret not in json.dumps(manifest)
    before = file.read_bytes()
    with pytest.raises(CommandError, match="never overwrites another"):
        call_command("backup", str(file))
    assert file.read_bytes() == before


@pytest.mark.django_db(transaction=True)
def test_the_journal_holds_hashes_only_and_each_deletion_once(spoken, settings, tmp_path):
    from inbox.models import Deletion
    from inbox.operations.tombstones import journal_deletions

    settings.HOME = tmp_path / "home"
    spoken("104_777", "Hei")
    spoken.gone("104_777")
    spoken.gone("104_778")  # never seen here

    assert journal_deletions() == 2
    assert journal_deletions() == 0
    assert Deletion.objects.count() == 0
    files = list((settings.HOME / "tombstones").iterdir())
    lines = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert len(files) == 1
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert [set(line) for line in lines] == [{"at", "hash"}] * 2
    assert len({line["hash"] for line in lines}) == 2
    assert {len(line["hash"]) for line in lines} == {64}


@pytest.mark.django_db(transaction=True)
def test_a_replay_repeated_changes_nothing(spoken, settings, tmp_path, now):
    from inbox.operations.tombstones import Replayed, journal_deletions, replay_tombstones
    from tickets.models import Message, Ticket

    settings.HOME = tmp_path / "home"
    spoken("1_1", "Hei")
    spoken("1_2", "Hallo")
    spoken.gone("1_2")
    journal_deletions()
    Message.objects.filter(external_id="1_2").update(state="visible", text="Hallo")

    assert replay_tombstones(now=now) == Replayed(known=1, messages=1, posts=0)
    assert replay_tombstones(now=now) == Replayed(known=1, messages=0, posts=0)
    gone = Message.objects.get(external_id="1_2")
    assert (gone.state, gone.text) == ("deleted", "")
    assert Ticket.objects.get(pk=gone.ticket_id).preview == ""
    assert Message.objects.get(external_id="1_1").state == "visible"
