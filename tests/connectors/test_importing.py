"""Older messages from a file: through the usual intake, once, whatever the file is like, in little memory."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from connectors.import_rows import Fault, Row, Unusable, read_rows, safe_cell
from connectors.kit import registry
from connectors.models import Import, ImportPiece
from connectors.operations.importing import discard_import, import_waiting, keep_import, start_import
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid
from tickets.models import Customer, Message, Ticket

FACEBOOK, MAIL = registry.get("facebook").manifest, registry.get("email").manifest
HEAD = "id,at,author_id,author_name,thread,direction,text\n"
TALK = (
    HEAD
    + "1_1,2026-10-01T10:00:00+02:00,7100,Kari,1_1,in,Hvor er pakken? Ring 91 23 45 67\n"
    + "1_2,2026-10-01T11:00:00+02:00,,,1_1,out,Den er sendt.\n"
    + '1_3,2026-10-02T10:00:00+02:00,7200,Per,1_3,in,"Takk, og ha\nen fin dag"\n'
)


@pytest.fixture
def bring(connected, now):
    """bring(text) → the import, run to its end."""

    def run(text, *, as_done=True, at=now):
        content = io.BytesIO(text if isinstance(text, bytes) else text.encode())
        kept = keep_import(actor=SYSTEM, channel_id=connected.id, content=content, now=at)
        start_import(actor=SYSTEM, import_id=kept.pk, as_done=as_done, now=at)
        while import_waiting(now=at):
            pass
        return Import.objects.get(pk=kept.pk)

    return run


def read(text, manifest=FACEBOOK):
    return list(read_rows(io.BytesIO(text if isinstance(text, bytes) else text.encode()), manifest))


def test_rows_become_messages_and_cases_as_from_the_network(bring):
    done = bring(TALK)

    assert (done.state, done.rows, done.taken, done.fresh, done.cases) == ("done", 3, 3, 3, 2)
    said = Message.objects.get(external_id="1_1")
    assert "91 23 45 67" not in said.text
    assert said.sealed is not None
    assert Message.objects.get(external_id="1_3").text == "Takk, og ha\nen fin dag"
    assert set(Ticket.objects.values_list("status", flat=True)) == {"done"}
    assert AuditEntry.objects.filter(action="ticket.resolved").count() == 2
    assert ImportPiece.objects.count() == 0


def test_a_second_time_changes_nothing(bring, stored):
    bring(TALK)
    before = stored()
    again = bring(TALK)

    assert (again.taken, again.fresh, again.cases) == (3, 0, 0)
    assert stored() == before


def test_without_ids_a_row_is_known_by_what_stands_in_it(bring):
    table = "at;author_name;text\n2026-10-01T10:00:00Z;Kari;Hei\n2026-10-01T10:00:01Z;Kari;Hei\n"

    assert (bring(table).fresh, bring(table).fresh) == (2, 0)
    assert Customer.objects.count() == 1


def test_what_the_network_tells_of_later_is_recognised(bring, take_in, comment, now):
    bring(HEAD + f"1_10,{now.isoformat()},7100,Aino,1_10,in,Hei!\n")
    take_in(comment("1_10", "Hei!"))

    assert Message.objects.filter(external_id="1_10").count() == 1
    assert Customer.objects.count() == 1  # ids of people are the page's own, in the file too


def test_cases_can_be_left_open(bring):
    bring(TALK, as_done=False)

    assert set(Ticket.objects.values_list("status", flat=True)) == {"open", "waiting"}


def test_a_case_in_which_somebody_writes_meanwhile_stays_open(bring, connected, take_in, comment, now):
    content = io.BytesIO((HEAD + "1_20,2026-10-01T10:00:00Z,7100,Aino,1_10,in,Lenge siden\n").encode())
    kept = keep_import(actor=SYSTEM, channel_id=connected.id, content=content, now=now)
    start_import(actor=SYSTEM, import_id=kept.pk, as_done=True, now=now)
    take_in(comment("1_10", "Jeg venter!", at=now + timedelta(seconds=5)))
    while import_waiting(now=now + timedelta(seconds=9)):
        pass

    assert [ticket.status for ticket in Ticket.objects.filter(messages__external_id="1_10")] == ["open"]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",i går,1,K,,in,Hei", "at", "moment"),
        (",2026-10-01T10:00:00Z,1,K,,sideways,Hei", "direction", "choice"),
        (",2026-10-01T10:00:00Z,1,K,,in,", "text", "empty"),
        (",2026-10-01T10:00:00Z,,,,in,Hei", "author_id", "author"),
        (f"{'x' * 300},2026-10-01T10:00:00Z,1,K,,in,Hei", "id", "identifier"),
        (",2026-10-01T10:00:00Z,1,K,,in,Hei,og,mer", "", "cells"),
        (f",2026-10-01T10:00:00Z,1,K,,in,{'x' * 100_001}", "text", "too_long"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column_and_the_rest_goes_in(row, column, code):
    found = read(f"{HEAD}{row}\n1,2026-10-01T10:00:00Z,1,K,,in,Hei\n")

    assert found[0] == Fault(2, column, code)
    assert isinstance(found[1], Row)


def test_older_spreadsheets_and_odd_bytes_are_read():
    assert read("at;author_name;text\n2026-10-01T10:00:00Z;Åse;Blåbær\n".encode("cp1252"))[0].values["text"] == "Blåbær"
    assert read("\ufeffat\tauthor_name\ttext\n2026-10-01\tÅse\tBlå\0bær\n")[0].values["text"] == "Blåbær"


def test_mail_is_known_by_its_address():
    rows = "at,author_id,text\n2026-10-01,Kari@Example.org,Hei\n2026-10-01,Kari,Hei\n"

    assert [type(one).__name__ for one in read(rows, MAIL)] == ["Row", "Fault"]


@pytest.mark.parametrize(
    ("text", "code"), [("", "columns"), ("text\nHei\n", "columns"), ("x" * 500_000, "line_too_long")]
)
def test_what_is_no_table_is_refused_whole(text, code, connected, now):
    with pytest.raises(Unusable) as refused:
        read(text)
    assert refused.value.code == code
    with pytest.raises(Invalid):
        keep_import(actor=SYSTEM, channel_id=connected.id, content=io.BytesIO(text.encode()), now=now)
    assert Import.objects.count() == 0


def test_nothing_of_a_row_stands_in_clear(connected, now):
    keep_import(actor=SYSTEM, channel_id=connected.id, content=io.BytesIO(TALK.encode()), now=now)

    assert b"pakken" not in bytes(ImportPiece.objects.get().sealed)


def test_only_admins_and_only_once(connected, now, agent):
    with pytest.raises(Forbidden):
        keep_import(actor=agent, channel_id=connected.id, content=io.BytesIO(TALK.encode()), now=now)
    kept = keep_import(actor=SYSTEM, channel_id=connected.id, content=io.BytesIO(TALK.encode()), now=now)
    start_import(actor=SYSTEM, import_id=kept.pk, as_done=True, now=now)
    for again in (discard_import, lambda **more: start_import(as_done=True, **more)):
        with pytest.raises(Conflict):
            again(actor=SYSTEM, import_id=kept.pk, now=now)


@pytest.mark.parametrize("value", ["=1+1", "+47", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_run_by_a_spreadsheet(value):
    assert safe_cell(value) == f"'{value}"
    assert safe_cell("Hei") == "Hei"


@pytest.mark.django_db
def test_from_the_shell(connected, tmp_path, capsys):
    place = tmp_path / "old.csv"
    place.write_text(TALK)
    call_command("import_messages", connected.id, str(place), "--look")
    assert Import.objects.count() == 0
    call_command("import_messages", connected.id, str(place))
    assert "3 new messages, 2 new cases." in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("import_messages", connected.id, str(tmp_path / "none.csv"))
