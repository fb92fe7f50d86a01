"""The audit log: rows join the chain in commit order, the database keeps them as they are, and verify names the first
bad row."""

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.actors import SYSTEM
from core.audit import chain
from core.audit.models import AuditEntry, AuditHead, Subject
from core.audit.record import forget_subject, record, subject_token

NOW = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
TABLE = "audit_auditentry"

pytestmark = pytest.mark.django_db


def act(number=1, **data):
    record(actor=SYSTEM, action="test.done", object_type="test", object_id=number, now=NOW, **data)


def write(count):
    for number in range(1, count + 1):
        act(number, word=f"w{number}", nothing=None)
    return chain.seal_entries(now=NOW)


def tamper(statement, *values):
    """What a superuser at the database can do."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def test_an_untouched_chain_holds_and_says_how_long_it_is():
    assert chain.verify_chain().holds
    assert write(5) == 5
    act(6)

    verdict = chain.verify_chain()

    assert (verdict.holds, verdict.sealed, verdict.unsealed) == (True, 5, 1)
    assert verdict.head_hash == chain.get_head().hash.hex() == bytes(AuditEntry.objects.get(seq=5).hash).hex()
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, None]


def test_sealing_again_seals_nothing_and_pages_are_whole(monkeypatch):
    monkeypatch.setattr(chain, "SLICE", 3)
    assert (write(8), chain.seal_entries(now=NOW)) == (8, 0)
    assert chain.verify_chain() == chain.Verdict(8, 0, chain.get_head().hash.hex())


ALTERATIONS = {
    "action": "action = 'test.undone'",
    "actor": "actor_id = 7",
    "time": "at = at + interval '1 microsecond'",
    "object": "object_id = 9",
    "data": """data = '{"word": "w0", "nothing": null}'""",
    "a key of data": """data = '{"word": "w3"}'""",
    "subject": "subject = 'someone'",
    "hash": "hash = sha256('x')",
    "hash before": "prev_hash = sha256('x')",
    "id": "id = 1000000",
}


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_an_altered_row_is_named(change):
    write(5)
    row = AuditEntry.objects.get(seq=3)
    tamper(f"UPDATE {TABLE} SET {change} WHERE seq = 3")

    verdict = chain.verify_chain()

    assert (verdict.holds, verdict.bad_seq) == (False, 3)
    assert verdict.bad_id == (1000000 if change.startswith("id") else row.pk)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_deleted_row_is_named_also_at_the_end(seq):
    write(5)
    tamper(f"DELETE FROM {TABLE} WHERE seq = %s", seq)

    verdict = chain.verify_chain()

    assert (verdict.holds, verdict.bad_seq, verdict.bad_id) == (False, seq, None)
    assert f"Row {seq} is missing" in verdict.fault


def test_two_swapped_rows_are_named_by_the_first():
    write(5)
    _first, second = AuditEntry.objects.filter(seq__in=[2, 4]).order_by("seq")
    tamper(f"UPDATE {TABLE} SET seq = CASE seq WHEN 2 THEN 104 ELSE 102 END WHERE seq IN (2, 4)")
    tamper(f"UPDATE {TABLE} SET seq = seq - 100 WHERE seq > 100")

    verdict = chain.verify_chain()

    assert (verdict.holds, verdict.bad_seq, verdict.bad_id) == (False, 2, second.pk)


def forge_from(seq):
    """Make the chain anew from a row on, as somebody who knows the code would."""
    prev_hash = bytes(AuditEntry.objects.get(seq=seq - 1).hash)
    for entry in AuditEntry.objects.filter(seq__gte=seq).order_by("seq"):
        hashed = chain.entry_hash(entry, entry.seq, prev_hash)
        tamper(f"UPDATE {TABLE} SET prev_hash = %s, hash = %s WHERE id = %s", prev_hash, hashed, entry.pk)
        prev_hash = hashed
    return prev_hash


def test_a_chain_made_anew_does_not_meet_its_signed_head():
    write(5)
    kept = chain.get_head()
    tamper(f"UPDATE {TABLE} SET actor_id = 7 WHERE seq = 3")
    hashed = forge_from(3)

    assert chain.verify_chain().bad_seq == 5

    AuditHead.objects.update(hash=hashed)  # without the key it cannot be signed
    assert "not signed" in chain.verify_chain().fault
    AuditHead.objects.update(signature=chain.sign_head(NOW.date(), 5, hashed))  # with the key only a kept head tells
    assert chain.verify_chain().holds
    assert chain.verify_chain(kept=[kept]).bad_seq == 5


def test_a_cut_off_end_is_told_by_a_head_kept_elsewhere():
    write(5)
    kept = chain.get_head()
    tamper(f"DELETE FROM {TABLE} WHERE seq > 3")
    AuditHead.objects.all().delete()

    assert chain.verify_chain().holds
    assert chain.verify_chain(kept=[kept]).bad_seq == 4


def test_a_head_a_day():
    write(2)
    act()
    chain.seal_entries(now=NOW + timedelta(days=1))

    assert list(AuditHead.objects.order_by("day").values_list("day", "seq")) == [
        (NOW.date(), 2),
        (NOW.date() + timedelta(days=1), 3),
    ]
    assert chain.get_head().seq == 3


REFUSED = (
    f"UPDATE {TABLE} SET action = 'x' WHERE seq = 1",
    f"UPDATE {TABLE} SET seq = 3, prev_hash = '', hash = '' WHERE seq = 1",
    f"UPDATE {TABLE} SET seq = NULL, prev_hash = NULL, hash = NULL WHERE seq = 1",
    f"UPDATE {TABLE} SET action = 'x', seq = 3, prev_hash = '', hash = '' WHERE seq IS NULL",
    f"UPDATE {TABLE} SET action = 'x' WHERE seq IS NULL",
    f"UPDATE {TABLE} SET seq = 3 WHERE seq IS NULL",
    f"DELETE FROM {TABLE} WHERE seq = 1",
    f"DELETE FROM {TABLE} WHERE seq IS NULL",
    f"TRUNCATE {TABLE}",
    f"TRUNCATE {TABLE} CASCADE",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_every_change_but_sealing(statement):
    write(2)
    act(3)
    before = list(AuditEntry.objects.order_by("pk").values())
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(statement)

    assert list(AuditEntry.objects.order_by("pk").values()) == before


def test_forgetting_a_person_leaves_the_chain_as_it_was():
    record(actor=SYSTEM, action="test.seen", object_type="test", object_id=1, now=NOW, person_id=4711)
    record(actor=SYSTEM, action="test.seen", object_type="test", object_id=2, now=NOW, person_id=4711)
    chain.seal_entries(now=NOW)
    token = subject_token(4711)
    assert AuditEntry.objects.filter(subject=token).count() == 2
    assert "4711" not in json.dumps(list(AuditEntry.objects.values("subject", "data", "object_id")))

    assert forget_subject(4711)

    assert chain.verify_chain().holds
    assert not Subject.objects.filter(token=token).exists()
    assert subject_token(4711) != token
    assert not forget_subject(815)


@pytest.mark.django_db(transaction=True)
def test_rows_that_commit_out_of_order_are_sealed_in_the_order_in_which_they_are_seen():
    written, commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                act(1)
                written.set()
                commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    act(2)
    assert chain.seal_entries(now=NOW) == 1
    commit.set()
    thread.join()
    assert chain.seal_entries(now=NOW) == 1

    assert list(AuditEntry.objects.order_by("seq").values_list("object_id", flat=True)) == [2, 1]
    assert list(AuditEntry.objects.order_by("pk").values_list("object_id", flat=True)) == [1, 2]
    assert chain.verify_chain().holds


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_many_sealers_make_one_chain():
    faults = []

    def run(work):
        try:
            for number in range(15):
                work(number)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    def write_pair(number):
        with transaction.atomic():
            act(number)
            act(number, again=1)

    work = [write_pair] * 4 + [lambda _number: chain.seal_entries(now=NOW)] * 3
    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain.seal_entries(now=NOW)

    assert faults == []
    verdict = chain.verify_chain()
    assert (verdict.holds, verdict.sealed, verdict.unsealed) == (True, 120, 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_name_a_person_at_once_use_one_token():
    tokens = []

    def name():
        try:
            tokens.append(subject_token(5))
        finally:
            connection.close()

    threads = [threading.Thread(target=name) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(tokens), len(set(tokens))) == (4, 1)


def command(*words):
    out = StringIO()
    call_command("audit", *words, stdout=out)
    return out.getvalue()


def test_the_command_says_that_it_holds():
    write(3)
    act(4)

    assert command("verify").startswith("The audit log holds. 3 rows are sealed, 1 wait to be.\nHead: ")
    assert json.loads(command("verify", "--json")) == {
        "ok": True, "sealed": 3, "unsealed": 1, "head": chain.get_head().hash.hex(),
        "fault": None, "bad_seq": None, "bad_id": None,
    }  # fmt: skip


def test_the_command_exits_with_1_and_names_the_row(capsys):
    write(3)
    row = AuditEntry.objects.get(seq=2)
    tamper(f"UPDATE {TABLE} SET actor_id = 7 WHERE seq = 2")

    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify", "--json")

    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["bad_seq"], told["bad_id"]) == (False, 2, row.pk)


def test_the_head_can_be_kept_and_brought_back():
    write(3)
    kept = command("head").strip()
    act(4)
    chain.seal_entries(now=NOW)

    assert command("verify", "--head", kept).startswith("The audit log holds.")
    assert json.loads(command("head", "--json"))["seq"] == 4
    day, seq, hashed, signature = kept.split()
    with pytest.raises(SystemExit):
        command("verify", "--head", f"{day} {seq} {hashed[::-1]} {signature}")
    with pytest.raises(CommandError, match="four words"):
        command("verify", "--head", "yesterday")


def test_an_empty_log_has_no_head():
    with pytest.raises(CommandError, match="empty"):
        command("head")
