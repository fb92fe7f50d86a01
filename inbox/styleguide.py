"""Invented cases for the styleguide: every component in every state it can be in. Nothing here is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from inbox.pages.composer import ComposerView, Mode
from inbox.pages.when import snooze_offers
from inbox.styleguide_acts import sample_notices
from inbox.templatetags.said import MASKS
from inbox.templatetags.samsvar import Chip
from tickets.models import Priority
from tickets.queries.case_views import (
    CaseView,
    EventView,
    MessageView,
    NoteView,
    PostView,
    Related,
    TurnView,
    UnreadView,
    VisitView,
)
from tickets.queries.choices import Choices
from tickets.queries.queue import QueueRow
from tickets.queries.text import Piece, initials

NUMBER = 10482
HISTORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("opened", {}),
    ("routed", {"team": "First line"}),
    ("assigned", {"to": "Ingrid Solvang"}),
    ("prioritised", {"priority": 2}),
)


def sample_rows(now: datetime) -> list[QueueRow]:
    """A line of the list in each of its states."""
    calm = QueueRow(
        ticket_id=1, number=NUMBER, customer_id=1, customer_name="Kari Øvrelid", customer_initials="KØ", hue=0,
        platform="facebook", visibility="private", preview="Ok. Bussen er linje 4, ca. 07.40.", status="open",
        answered=False, priority=1, language="nb", due_at=now + timedelta(minutes=42),
        waiting_since=now - timedelta(minutes=18), last_message_at=now - timedelta(minutes=18), team_id=1,
        team_name="First line", assignee_id=2, assignee_name="Ingrid Solvang", assignee_initials="IS", trouble="",
        version=1,
    )  # fmt: skip

    def row(number: int, name: str, **changes: Any) -> QueueRow:
        drawn: dict[str, Any] = {"customer_initials": initials(name), "hue": number % 12}
        return replace(calm, number=number, customer_name=name, **drawn, **changes)

    late, soon = now - timedelta(minutes=12), now + timedelta(minutes=6)
    return [
        row(1, "Mads Kjærbo", visibility="public", unread=True, due_at=late, assignee_id=None, assignee_name="",
            preview="Jeres «chat» svarer ikke, så nu prøver jeg her i stedet.", language="da", tags=("Chat down",)),
        row(2, "Kari Øvrelid", unread=True, due_at=soon, moved_private=True, tags=("Fri Fart", "Sandvika", "Retur")),
        row(3, "Noora Väisälä", preview="Lasku 4471: summa ei täsmää sopimukseen", language="fi", tags=("Billing",)),
        row(4, "Oskar Dahlgren", unread=True, trouble="failed", priority=3, language="sv"),
        row(5, "Aino Kettula", visibility="public", trouble="unknown", priority=2),
        row(6, "Lars-Petter Moe", status="waiting", answered=True, due_at=None, waiting_since=None),
        row(7, "Freja Lindholm", status="done", answered=True, due_at=None, waiting_since=None, language="da",
            preview="Tusind tak for hjælpen, nu virker det hele!"),
        row(8, "", preview="", tags=()),
        row(9, "Kaisa Lindqvist", status="snoozed", due_at=soon, tags=("Retur",),
            snoozed_until=now + timedelta(hours=20)),
        row(10, "Vinn en telefon", status="spam", due_at=None, waiting_since=None, answered=True, tags=()),
    ]  # fmt: skip


def _message(number: int, at: datetime, **changes: Any) -> MessageView:
    said = MessageView(
        id=number, at=at, incoming=True, origin="customer", author_name="Kari Øvrelid", author_initials="KØ", hue=0,
        visibility="public", kind="comment", text=(Piece("Så mye for «lynrask», Havbris."),), language="nb",
        state="visible", edited=False, external_id=str(number), permalink="", attachments=(), reactions=0,
        aside=False, delivery="", reason="", undo_until=None, version=str(number),
    )  # fmt: skip
    return replace(said, **changes)


def _ours(number: int, at: datetime, **changes: Any) -> MessageView:
    words = {"incoming": False, "origin": "ours", "author_name": "Mikko Lahtela", "author_initials": "ML", "hue": 4}
    text = (Piece("Hei Kari! Slik skal det ikke være. Jeg sender deg en melding nå."),)
    return _message(number, at, **{"text": text, "delivery": "sent", **words, **changes})


def _entries(now: datetime) -> tuple[Any, ...]:
    def at(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    ring = (Piece("Ring meg på "), Piece("[PHONE]", "PHONE"), Piece(", jeg orker ikke flere køer."))
    file = {"kind": "image", "title": "måling-0742.png"}
    return (
        *(EventView(n, at(60), kind, "Ingrid Solvang", data) for n, (kind, data) in enumerate(HISTORY)),
        _message(1, at(58), text=ring, state="hidden", state_at=at(58) + timedelta(seconds=9)),
        _message(2, at(57), author_name="Per Håkon Lie", author_initials="PL", hue=5, aside=True, reactions=3),
        _ours(3, at(54), reactions=2),
        TurnView(4, at(50), "private"),
        _message(5, at(40), visibility="private", kind="message", edited=True, attachments=(file,)),
        NoteView(6, at(37), "Ingrid Solvang", "IS", 2, (Piece("Er dette samme celle som i går?"),)),
        UnreadView(7, at(20)),
        _message(7, at(20), visibility="private", state="deleted", text=()),
        _ours(8, at(9), visibility="private", delivery="sending"),
        _ours(9, at(8), visibility="private", delivery="queued", undo_until=now + timedelta(hours=2)),
        _ours(10, at(7), visibility="private", delivery="queued", reason="rate_limited"),
        _ours(11, at(6), visibility="private", delivery="failed", reason="window_closed"),
        _ours(12, at(5), visibility="private", delivery="unknown"),
        TurnView(13, at(4), "public"),
        _ours(14, at(3), origin="native_app"),
    )  # fmt: skip


def sample_case(now: datetime) -> CaseView:
    """A case with one of everything that can stand in a thread."""
    post = (Piece("Fri Fart er her. Massevis av GB, lynrask hastighet, ingen begrensninger."),)
    return CaseView(
        row=replace(sample_rows(now)[1], number=NUMBER),
        channel_name="Havbris",
        opened_at=now - timedelta(hours=1),
        posts=(PostView(1, "Havbris", True, post, "https://social.example/1", now - timedelta(days=2), False, 214),),
        entries=_entries(now),
        threads=(),
        last_heard_visibility="private",
        customer_since=now - timedelta(days=900),
        handles=(("facebook", "Kari Øvrelid"),),
        related=(
            Related(9001, "Invoice for two lines", "done", "facebook", "private", now - timedelta(days=50)),
            Related(9002, "Roaming in Denmark", "waiting", "facebook", "public", now - timedelta(days=130)),
        ),
        may_reply=True,
        may_note=True,
        may_assign=True,
        may_resolve=True,
        may_moderate=True,
        may_reveal=True,
        visit=VisitView(5, 5),
        followers=((4, "Mikko Lahtela"), (2, "Ingrid Solvang")),
        newest_id=14,
    )


def sample_composers() -> list[ComposerView]:
    """The composer for each reader, refused, and closed."""
    facebook = {"platform": "Facebook", "name": "Kari Øvrelid"}
    ways = (
        Mode(
            "public",
            _("Public"),
            "globe",
            _("Reply publicly"),
            _("on %(platform)s, everyone reads it") % facebook,
            1,
            8000,
            "chars",
        ),
        Mode(
            "private",
            _("Private"),
            "lock",
            _("Send privately"),
            _("to %(name)s on %(platform)s") % facebook,
            2,
            2000,
            "chars",
        ),
        Mode("note", _("Note"), "sticky-note", _("Add note"), _("only colleagues see this")),
    )
    key, words = UUID(int=1), "Hei igjen, Kari! Takk for målingen."
    return [
        ComposerView(1, "public", ways, key, "", text=words),
        ComposerView(2, "private", ways, key, "", text=words),
        ComposerView(3, "note", ways, key, "", text="Kan dere bekrefte torsdag for Sandvika?"),
        ComposerView(
            4,
            "public",
            ways,
            key,
            "",
            text=words,
            error=_("This mentions @%(name)s. Customers would see it.") % {"name": "Astrid"},
        ),
        ComposerView(
            5, "note", ways[2:], key, _("The channel's time for answering has run out. The customer must write first.")
        ),
    ]


PALETTE = (
    ("Ground", "canvas surface raised sunken fill hover selected"),
    ("Lines", "line line-strong control"),
    ("Text", "ink ink-2 ink-3 ink-disabled"),
    ("Petrol", "accent accent-strong accent-soft accent-line on-accent"),
    ("Plum", "public public-soft public-line"),
    ("Cloudberry", "note note-line note-ink"),
    ("State", "ok ok-soft warn warn-soft warn-fill danger danger-soft danger-fill"),
    ("Charts", "viz-1 viz-2 viz-3 viz-4 viz-5 viz-6 viz-0"),
)


def _chips() -> tuple[Chip, ...]:
    return (
        Chip(_("Public"), "public", "globe"),
        Chip(_("Private"), "private", "lock"),
        Chip(_("Note"), "note", "sticky-note"),
        Chip("Met", "ok", "check"),
        Chip("At risk", "warn"),
        Chip("Late", "danger"),
        Chip(_("High"), "line", "flag"),
        Chip("Fri Fart"),
    )


def sample_context(now: datetime) -> dict[str, Any]:
    """All that the page draws."""
    return {
        "rows": sample_rows(now),
        "case": sample_case(now),
        "composers": sample_composers(),
        "palette": [(title, names.split()) for title, names in PALETTE],
        "chips": _chips(),
        "kinds": tuple(Piece("", kind) for kind in MASKS),
        "hues": range(12),
        "wrong_ones": (_("Too many tries. Wait five minutes, then try again."),),
        "offered": ["hide", "unhide", "like", "delete"],
        "choices": Choices(
            ((1, "Astrid Nygaard"), (2, "Ingrid Solvang")), ((1, "First line"),), ("Billing", "Roaming")
        ),
        "priorities": Priority.choices,
        "reveal_minutes": 10,
        "may_work": True,
        "notices": sample_notices(now),
        "snooze": snooze_offers(sample_case(now).row, now),
        "follows": True,
    }
