"""Files whose columns are called otherwise: guessed, shown masked, chosen by a person, and read in little memory."""

import io
import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from connectors.import_columns import DAY, MONTH, guessed, moment_of, order_of, table_of
from connectors.models import Import, ImportPiece
from connectors.operations.choosing_columns import choose_columns
from connectors.operations.importing import PIECE, discard_import, import_waiting, keep_import, start_import
from connectors.queries.import_tables import get_import_table
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid
from tickets.models import Customer, Message

EXPORT = (
    "Dato;Fra;Melding;Lenke;Kommentar-ID\n"
    "31.10.2026 14:05;Kari Nordmann;Hvor er pakken? Ring 91 23 45 67;https://x.example/1;77\n"
    "31.10.2026 15:00;Havbris;Den kommer i dag.;https://x.example/2;78\n"
    '01.11.2026 09:30;Per;"Takk; og ha\nen fin dag";https://x.example/3;79\n'
)
CHOSEN = {"at": 0, "author_name": 1, "text": 2, "permalink": 3, "id": 4}


@pytest.fixture
def keep(connected, now):
    def run(text):
        content = io.BytesIO(text if isinstance(text, bytes) else text.encode())
        return keep_import(actor=SYSTEM, channel_id=connected.id, content=content, now=now)

    return run


@pytest.fixture
def choose(now):
    def run(kept, columns=None, **more):
        words = {"order": DAY, "local": True, **more}
        return choose_columns(actor=SYSTEM, import_id=kept.pk, columns=columns or CHOSEN, now=now, **words)

    return run


@pytest.mark.parametrize(
    ("said", "order", "expected"),
    [
        ("31.10.2026 14:05", DAY, "2026-10-31T13:05:00+00:00"),
        ("31/10/2026 14.05.09", DAY, "2026-10-31T13:05:09+00:00"),
        ("10/31/2026 2:05 PM", MONTH, "2026-10-31T13:05:00+00:00"),
        ("10/31/26, 12:05 a.m.", MONTH, "2026-10-30T23:05:00+00:00"),
        ("2026/07/01", DAY, "2026-06-30T22:00:00+00:00"),
        ("2026-10-31 14:05:00", DAY, "2026-10-31T13:05:00+00:00"),
        ("2026-10-31T14:05:00Z", DAY, "2026-10-31T14:05:00+00:00"),
        ("Sat Oct 31 13:05:00 +0000 2026", DAY, "2026-10-31T13:05:00+00:00"),
        ("Sat, 31 Oct 2026 14:05:00 +0100", DAY, "2026-10-31T13:05:00+00:00"),
        ("1793451900000", DAY, "2026-10-31T13:05:00+00:00"),
        ("1793451900", DAY, "2026-10-31T13:05:00+00:00"),
    ],
)
def test_times_are_read_as_programs_write_them(said, order, expected):
    assert moment_of(said, order, ZoneInfo("Europe/Oslo")).isoformat() == expected


@pytest.mark.parametrize("said", ["", "i går", "31.31.2026", "14:05", "99", "2026", "31.10.2026 25:00"])
def test_what_is_no_time_is_none(said):
    assert moment_of(said, DAY, UTC) is None


def test_the_order_of_a_date_follows_from_what_cannot_be_otherwise():
    assert order_of(["01.02.2026", "31.02.2026"]) == DAY
    assert order_of(["01/02/2026", "02/13/2026"]) == MONTH
    assert order_of(["01/02/2026", "2026-02-13"]) == DAY


def test_columns_are_guessed_in_the_languages_of_this_part_of_the_world():
    assert guessed(["Created At", "From", "Message", "Link"]) == {"at": 0, "author_name": 1, "text": 2, "permalink": 3}
    assert guessed(["Datum", "Namn", "Meddelande"]) == {"at": 0, "author_name": 1, "text": 2}
    assert guessed(["Päivämäärä", "Nimi", "Viesti", "Aihe"]) == {"at": 0, "author_name": 1, "text": 2, "subject": 3}
    assert guessed(["Impressions", "Clicks"]) == {}


def test_what_is_no_table_has_none_to_choose_from():
    assert table_of("bare en linje") is None
    assert table_of("a,b\n") is None
    assert table_of(",".join("x" * 1 for _ in range(61)) + "\n" + "1," * 61) is None


def test_a_foreign_table_is_kept_sealed_and_shown_masked(keep, make_user):
    kept = keep(EXPORT)
    admin = make_user("admin")

    table = get_import_table(actor=admin, channel_id=kept.channel_id, import_id=kept.pk)

    assert kept.state == "columns"
    assert [name for _place, name in table.names] == ["Dato", "Fra", "Melding", "Lenke", "Kommentar-ID"]
    assert {one.name: one.chosen for one in table.questions if one.chosen} == {
        "at": "0", "author_name": "1", "text": "2", "permalink": "3", "id": "4",
    }  # fmt: skip
    assert len(table.lines) == 3
    assert "91 23 45 67" not in str(table.lines)
    assert b"pakken" not in bytes(ImportPiece.objects.get().sealed)


def test_chosen_columns_become_messages_and_our_own_go_out(keep, choose, now):
    kept = choose(keep(EXPORT))
    assert (kept.state, kept.rows, kept.faulty) == ("looked_at", 3, 0)

    start_import(actor=SYSTEM, import_id=kept.pk, as_done=True, now=now)
    while import_waiting(now=now):
        pass

    said = {one.external_id: one for one in Message.objects.all()}
    assert {number: one.direction for number, one in said.items()} == {"77": "in", "78": "out", "79": "in"}
    assert said["77"].at == datetime(2026, 10, 31, 13, 5, tzinfo=UTC)
    assert said["79"].text == "Takk; og ha\nen fin dag"
    assert Customer.objects.count() == 2
    assert Import.objects.get().fresh == 3


def test_rows_that_cannot_be_read_so_are_named(keep, choose):
    kept = choose(keep(EXPORT + "snart;Kari;Hei;;80\n"))

    assert (kept.rows, kept.faults) == (3, [[5, "at", "moment"]])


@pytest.mark.parametrize(
    "columns",
    [{"at": 0, "text": 2}, {"text": 2, "author_name": 1}, {**CHOSEN, "text": 0}, {**CHOSEN, "visibility": 3}],
)
def test_a_choice_that_cannot_be_is_refused_and_the_file_stays(keep, choose, columns):
    kept = keep(EXPORT)
    with pytest.raises(Invalid):
        choose(kept, columns)
    kept.refresh_from_db()
    assert (kept.state, kept.pieces.count()) == ("columns", 1)


def test_a_choice_that_reads_nothing_can_be_made_again(keep, choose):
    kept = keep(EXPORT)
    with pytest.raises(Invalid):
        choose(kept, {**CHOSEN, "at": 3, "permalink": 0})
    assert choose(kept).rows == 3


def test_nothing_comes_in_before_columns_are_chosen_and_only_admins_choose(keep, choose, now, agent):
    kept = keep(EXPORT)
    with pytest.raises(Conflict):
        start_import(actor=SYSTEM, import_id=kept.pk, as_done=True, now=now)
    with pytest.raises(Forbidden):
        choose_columns(actor=agent, import_id=kept.pk, columns=CHOSEN, order=DAY, local=True, now=now)
    choose(kept)
    with pytest.raises(Conflict):
        choose(kept)


def test_a_file_of_other_columns_can_be_forgotten(keep, now):
    discard_import(actor=SYSTEM, import_id=keep(EXPORT).pk, now=now)
    assert ImportPiece.objects.count() == 0


def test_choosing_is_on_record(keep, choose):
    kept, before = keep(EXPORT), AuditEntry.objects.count()
    choose(kept)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[before:] == ["import.read"]


@pytest.mark.parametrize("beginning", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_is_told_how_to_be_saved(keep, beginning):
    with pytest.raises(Invalid) as refused:
        keep(beginning)
    assert refused.value.code == "workbook"
    assert Import.objects.count() == 0


def test_from_the_shell_columns_are_named(connected, tmp_path, capsys):
    place = tmp_path / "export.csv"
    place.write_text(EXPORT)
    with pytest.raises(CommandError, match="dato, fra, melding"):
        call_command("import_messages", connected.id, str(place))
    assert Import.objects.count() == 0
    call_command("import_messages", connected.id, str(place), "--columns", "at=Dato", "text=melding", "author_name=Fra")
    assert "3 new messages" in capsys.readouterr().out


class Endless(io.RawIOBase):
    """A file that is written while it is read: it notes how many rows it was asked for beyond those sealed."""

    LINE = "31.10.2026 14:05;Kunde {n};{words}{n}\n"

    def __init__(self, rows, head):
        super().__init__()
        self.rows, self.head, self.most_ahead = rows, head.encode(), 0
        self.seek(0)

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, place, whence=0):
        assert (place, whence) == (0, 0)
        self.made, self.place, self.rest = 0, 0, self.head
        return 0

    def tell(self):
        return self.place

    def readinto(self, buffer):
        while len(self.rest) < len(buffer) and self.made < self.rows:
            self.rest += self.LINE.format(n=self.made, words="Hvor er pakken min? " * 4).encode()
            self.made += 1
        taken = min(len(buffer), len(self.rest))
        buffer[:taken], self.rest = self.rest[:taken], self.rest[taken:]
        self.place += taken
        self.most_ahead = max(self.most_ahead, self.made - PIECE * ImportPiece.objects.count())
        return taken


def rows_held_at_most(connected, now, rows):
    """The most rows that were in the open at once while a file was read into pieces."""
    head = "at;author_name;text\n"
    text = Endless(rows, head)
    text.LINE = text.LINE.replace("31.10.2026 14:05", "2026-10-31T14:05:00Z")
    kept = keep_import(actor=SYSTEM, channel_id=connected.id, content=io.BufferedReader(text), now=now)
    assert (kept.rows, kept.faulty, kept.pieces.count()) == (rows, 0, -(-rows // PIECE))
    return text.most_ahead


READ_AHEAD = 64 * 1024 // 60 + PIECE  # what the decoder and the guess of the encoding have in hand, and a piece


def test_never_more_than_a_piece_of_a_file_is_in_the_open(connected, now):
    assert rows_held_at_most(connected, now, 4_000) <= READ_AHEAD


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nor_of_a_file_of_a_hundred_thousand_lines(connected, now):
    assert rows_held_at_most(connected, now, 100_000) <= READ_AHEAD


@pytest.mark.slow
def test_nor_of_one_whose_columns_are_chosen(connected, now, keep, choose):
    """It is read back stretch by stretch: what is in the open does not grow with the file."""

    def peak(rows):
        lines = (f"31.10.2026 14:05;Kunde {n};{'Hvor er pakken min? ' * 4}{n}\n" for n in range(rows))
        kept = keep("Dato;Fra;Melding\n" + "".join(lines))
        tracemalloc.start()
        try:
            assert choose(kept, {"at": 0, "author_name": 1, "text": 2}).rows == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small = peak(6_000)
    assert peak(18_000) < small + 1_000_000
