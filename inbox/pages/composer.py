"""What the composer shows for a case: only the modes that exist, each naming its reader, with the platform's limit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.queries.reply_ways import ReplyWay, get_reply_ways
from core.ids import new_uid
from tickets.models import Status, Visibility
from tickets.queries.case import CaseView


@dataclass(frozen=True, slots=True)
class Mode:
    """Who will read it: the colour, the icon, the word and the button all say the same."""

    key: str
    label: str
    icon: str
    button: str
    reader: str
    thread_id: int | None = None
    limit: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ComposerView:
    """One composer, bound to one case. What a mode allows stands with the mode."""

    number: int
    mode: str
    modes: tuple[Mode, ...]
    client_key: uuid.UUID
    closed_reason: str
    error: str = ""
    text: str = ""


def composer_for(case: CaseView, *, mode: str = "", text: str = "", error: str = "") -> ComposerView | None:
    """The composer of a case, or None for those who may neither reply nor note."""
    modes = _modes(case)
    if not modes:
        return None
    chosen = next((one for one in modes if one.key == mode), modes[0])
    return ComposerView(
        number=case.row.number,
        mode=chosen.key,
        modes=modes,
        client_key=new_uid(),
        closed_reason=_("This case is resolved. Reopen it to reply.") if case.row.status == Status.DONE else "",
        error=error,
        text=text,
    )


def _modes(case: CaseView) -> tuple[Mode, ...]:
    modes = [_reply_mode(case, way) for way in get_reply_ways(case)] if case.may_reply else []
    if case.may_note:
        modes.append(Mode("note", _("Note"), "sticky-note", _("Add note"), _("only colleagues see this")))
    return tuple(modes)


def _reply_mode(case: CaseView, way: ReplyWay) -> Mode:
    manifest = registry.get(case.row.platform).manifest
    names = {"name": case.row.customer_name or _("the customer"), "platform": manifest.name}
    if way.visibility == Visibility.PUBLIC:
        limit, reader = manifest.limits.public_text, _("on %(platform)s, everyone reads it") % names
        words = ("public", _("Public"), "globe", _("Reply publicly"), reader)
    else:
        limit, reader = manifest.limits.private_text, _("to %(name)s on %(platform)s") % names
        words = ("private", _("Private"), "lock", _("Send privately"), reader)
    return Mode(*words, way.thread_id, limit.length if limit else None, str(limit.unit) if limit else "")
