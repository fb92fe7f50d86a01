"""A file whose columns are to be chosen, as admins see it: its first lines, masked, and a first guess."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from connectors.import_columns import CELL, CHOOSABLE, table_of
from connectors.import_rows import NEEDED, text_of
from connectors.kit.marks import gettext_noop
from connectors.models import Import, ImportState
from connectors.queries.channel_cards import demand_card_reader
from connectors.queries.imports import masked, open_first
from core.users.models import User

# Column → what it holds, and what more there is to say.
QUESTIONS = {
    "at": (gettext_noop("When it was said"), ""),
    "text": (gettext_noop("What was said"), ""),
    "author_name": (gettext_noop("Who said it, by name"), gettext_noop("This or the next.")),
    "author_id": (gettext_noop("Who said it, by number or address"), ""),
    "direction": (gettext_noop("In from a customer or out from you"), gettext_noop("Holds the words in and out.")),
    "permalink": (gettext_noop("Link to it"), ""),
    "id": (gettext_noop("Number of the message"), gettext_noop("With it nothing comes in twice.")),
    "thread": (gettext_noop("Number of the conversation"), ""),
    "subject": (gettext_noop("Subject, for mail"), ""),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One of our columns: which of theirs holds it? `chosen` is its place as text, "" for none."""

    name: str
    label: str
    hint: str
    needed: bool
    chosen: str


@dataclass(frozen=True, slots=True)
class TableView:
    """The file's own names with their places, its first lines, what is asked, and how dates seem to be written."""

    names: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, ...], ...]
    questions: tuple[Question, ...]
    order: str


def get_import_table(
    *, actor: User, channel_id: int, import_id: int, entered: dict[str, str] | None = None
) -> TableView | None:
    """None for an import without anything to choose. Takes: entered, what was chosen before, over the guess.

    Two queries. Raises: Forbidden.
    """
    demand_card_reader(actor=actor)
    found = Import.objects.filter(pk=import_id, channel_id=channel_id, state=ImportState.COLUMNS).first()
    opened = open_first(found) if found is not None else None
    table = table_of(text_of(opened)) if opened is not None else None
    if table is None:
        return None
    chosen = {name: str(at) for name, at in table.guess.items()} if entered is None else entered
    return TableView(
        tuple((str(at), name or _("Column %(n)s") % {"n": at + 1}) for at, name in enumerate(table.names)),
        tuple(tuple(masked(cell)[:CELL] for cell in line) for line in table.lines),
        tuple(
            Question(name, _(QUESTIONS[name][0]), _(QUESTIONS[name][1]) if QUESTIONS[name][1] else "", name in NEEDED,
                     chosen.get(name, ""))
            for name in CHOOSABLE
        ),
        table.order,
    )  # fmt: skip


def get_column_names(*, import_id: int) -> tuple[str, ...]:
    """What the file itself calls its columns, for the shell. Two queries."""
    found = Import.objects.filter(pk=import_id, state=ImportState.COLUMNS).first()
    opened = open_first(found) if found is not None else None
    table = table_of(text_of(opened)) if opened is not None else None
    return table.names if table is not None else ()
