"""Files put up for a reply, scanned, opened and dropped."""

import sys
import uuid
from datetime import timedelta

import pytest

from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.models import FileChunk, FileState, StoredFile
from tickets.operations.filing import drop_unsent_files, open_file, put_up_file, scan_waiting, take_down_file

PDF = b"%PDF-1.7\n" + b"Takk for handelen\n" * 40


@pytest.fixture
def case(case_of):
    return case_of("c1")


@pytest.fixture
def put_up(case, agent, now):
    return lambda content=PDF, name="kvittering.pdf", actor=agent: put_up_file(
        actor=actor, ticket_id=case.pk, name=name, content=content, now=now
    )


def test_a_file_is_opened_as_it_was_put_up_and_that_is_on_record(put_up, case, agent, now):
    row = put_up()

    opened = open_file(actor=agent, ticket_id=case.pk, uid=row.uid, now=now)

    assert (b"".join(opened.content), opened.mime, opened.in_place) == (PDF, "application/pdf", False)
    assert list(AuditEntry.objects.order_by("-pk").values_list("action", flat=True)[:2]) == [
        "file.opened",
        "file.put_up",
    ]


@pytest.mark.parametrize("content", [b"", b"x" * 1025])
def test_an_empty_or_too_large_file_is_refused_and_leaves_nothing(put_up, settings, content):
    settings.FILE_MAX_BYTES = 1024
    before = AuditEntry.objects.count()

    with pytest.raises(Invalid):
        put_up(content)

    assert (StoredFile.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_what_a_colleague_put_up_is_theirs_until_it_is_sent(put_up, case, lead, now):
    row = put_up()

    for operation in (open_file, take_down_file):
        with pytest.raises(NotFound):
            operation(actor=lead, ticket_id=case.pk, uid=row.uid, now=now)
    assert StoredFile.objects.count() == 1


def test_those_who_may_not_see_behind_masks_open_no_file(put_up, case, make_user, now):
    row = put_up()

    with pytest.raises(Forbidden):
        open_file(actor=make_user("auditor"), ticket_id=case.pk, uid=row.uid, now=now)


SCANNER = """
import sys
found = sys.stdin.buffer.read()
sys.exit(2 if b"odd" in found else 1 if b"EICAR" in found else 0)
"""


@pytest.mark.parametrize(
    ("content", "state"),
    [(PDF, FileState.OPEN), (b"EICAR test", FileState.INFECTED), (b"odd one", FileState.WAITING)],
)
def test_nothing_is_opened_before_the_scanner_has_seen_it(put_up, case, agent, now, settings, tmp_path, content, state):
    script = tmp_path / "scanner.py"
    script.write_text(SCANNER)
    settings.SCAN_COMMAND = f"{sys.executable} {script}"
    row = put_up(content)
    with pytest.raises(Conflict):
        open_file(actor=agent, ticket_id=case.pk, uid=row.uid, now=now)

    scan_waiting()

    row.refresh_from_db()
    assert row.state == state


def test_a_scanner_that_is_away_is_no_verdict(put_up, settings):
    settings.SCAN_COMMAND = "/nowhere/scanner"
    row = put_up()

    assert scan_waiting() == 0
    row.refresh_from_db()
    assert row.state == FileState.WAITING


def test_what_was_never_sent_goes_after_a_day(put_up, now):
    put_up()

    assert drop_unsent_files(now=now + timedelta(hours=23)) == 0
    assert drop_unsent_files(now=now + timedelta(hours=25)) == 1
    assert (StoredFile.objects.count(), FileChunk.objects.count()) == (0, 0)


def test_there_is_no_such_file(case, agent, now):
    with pytest.raises(NotFound):
        open_file(actor=agent, ticket_id=case.pk, uid=uuid.uuid4(), now=now)
