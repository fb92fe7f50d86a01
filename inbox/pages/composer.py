"""What the composer shows for a case: only the modes that exist, each naming its reader, with the platform's limit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.kit.textfit import TextLimit
from core.ids import new_uid
from tickets.models import Status
from tickets.queries.case import CaseView


@dataclass(frozen=True, slots=True)
class Mode:
    """Who will read it: the colour, the icon, the word and the button all say the same."""

    key: str
    label: str
    icon: str
    button: str
    reader: str


@dataclass(frozen=True, slots=True)
class ComposerView:
    """One composer, bound to one case."""

    number: int
    mode: str
    modes: tuple[Mode, ...]
    limit: int | None
    unit: str
    thread_id: int | None
    client_key: uuid.UUID
    closed_reason: str
    error: str = ""
    text: str = ""


def composer_for(case: CaseView, *, mode: str = "", text: str = "", error: str = "") -> ComposerView | None:
    """The composer of a case, or None for those who may neither reply nor note."""
    modes = _modes(case)
    if not modes:
        return None
    keys = [one.key for one in modes]
    limit = _limit(case)
    return ComposerView(
        number=case.row.number,
        mode=mode if mode in keys else keys[0],
        modes=modes,
        limit=limit.length if limit else None,
        unit=str(limit.unit) if limit else "",
        thread_id=case.reply_thread_id,
        client_key=new_uid(),
        closed_reason=_("This case is resolved. Reopen it to reply.") if case.row.status == Status.DONE else "",
        error=error,
        text=text,
    )


def _modes(case: CaseView) -> tuple[Mode, ...]:
    modes = []
    if case.may_reply:
        modes.append(_reply_mode(case))
    if case.may_note:
        modes.append(Mode("note", _("Note"), "sticky-note", _("Add note"), _("only colleagues see this")))
    return tuple(modes)


def _reply_mode(case: CaseView) -> Mode:
    platform = registry.get(case.row.platform).manifest.name
    if case.reply_visibility == "public":
        reader = _("on %(platform)s, everyone reads it") % {"platform": platform}
        return Mode("public", _("Public"), "globe", _("Reply publicly"), reader)
    names = {"name": case.row.customer_name, "platform": platform}
    return Mode("private", _("Private"), "lock", _("Send privately"), _("to %(name)s on %(platform)s") % names)


def _limit(case: CaseView) -> TextLimit | None:
    limits = registry.get(case.row.platform).manifest.limits
    return limits.public_text if case.reply_visibility == "public" else limits.private_text
