"""What the composer shows for a case: only the modes that exist, each naming its reader, with the platform's limit and
the text that was begun for that reader.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from connectors.kit import registry
from connectors.kit.manifest import Action, Letter, Manifest
from connectors.queries.reply_ways import MissingPrivate, ReplyWay, get_missing_private, get_reply_ways
from connectors.queries.standing import Standing, get_standings
from core.clock import now
from core.ids import new_uid
from tickets.models import Status, Visibility
from tickets.queries.case_views import CaseView, MessageView
from tickets.queries.drafts import DraftView
from tickets.queries.waiting_files import WaitingFile


@dataclass(frozen=True, slots=True)
class Attaching:
    """Which files may go with an answer, as the platform has it. `types`: media types, none listed when any will do."""

    count: int
    max_bytes: int
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Announcing:
    """The line that can be posted in public beside a first private answer, where, and what it says at first."""

    thread_id: int
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Mode:
    """Who will read it: the colour, the icon, the word and the button all say the same.

    `closes_at`: when the platform stops taking this answer. `draft` and `revision`: what was begun and not sent.
    `attaching` is None where no files go with it, and `no_files` says why.
    `announcing` where this answer moves a public talk to private. `personal_only`: the platform now takes only what a
    person wrote. `hand_back`: the conversation can be given back to another program.
    """

    key: str
    label: str
    icon: str
    button: str
    reader: str
    thread_id: int | None = None
    limit: int | None = None
    unit: str = ""
    closes_at: datetime | None = None
    closed: bool = False
    draft: str = ""
    revision: int = 0
    attaching: Attaching | None = None
    no_files: str = ""
    announcing: Announcing | None = None
    personal_only: bool = False
    hand_back: bool = False
    standing: Standing | None = None  # where its channel takes no answers at the moment


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text was not sent at the first press, what there is to know, and the address that sends it all the same.

    `again` is empty where there is nothing to insist on.
    """

    code: str
    sentence: str
    mode: str
    said: tuple[MessageView, ...] = ()
    other_text: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One entry of the menu beside the send button: what follows the reply. `command` names it for keys."""

    kind: str
    label: str
    icon: str
    command: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class ComposerView:
    """One composer, bound to one case. What a mode allows stands with the mode.

    `began_as`: for whom the text in the box was begun. `seen`: the newest message this page holds.
    `refused` says why the network takes no public answer here; `elsewhere` is where a person can give one.
    """

    number: int
    mode: str
    modes: tuple[Mode, ...]
    client_key: uuid.UUID
    closed_reason: str
    error: str = ""
    text: str = ""
    began_as: str = ""
    seen: int = 0
    letter: Letter | None = None
    objection: Objection | None = None
    refused: str = ""
    elsewhere: str = ""
    files: tuple[WaitingFile, ...] = ()
    subject: str = ""
    cc: str = ""
    to_all: bool = False
    missing_private: MissingPrivate | None = None
    steps: tuple[NextStep, ...] = ()
    saved_replies: tuple[int, ...] = ()  # the variants that the text in the box came from

    @property
    def takes_files(self) -> bool:
        """Whether there is an answer here that files can go with."""
        return any(mode.attaching for mode in self.modes)


def composer_for(
    case: CaseView,
    *,
    drafts: Mapping[str, DraftView] | None = None,
    mode: str = "",
    text: str = "",
    error: str = "",
    began_as: str = "",
    objection: Objection | None = None,
    cc: str = "",
    to_all: bool = False,
    line: str = "",
    saved_replies: tuple[int, ...] = (),
    last_step: str = "",
) -> ComposerView | None:
    """The composer of a case, or None for those who may neither reply nor note.

    Takes: drafts, the actor's own, the newest last; mode, text, cc, to_all, line (said in public beside a
    private text) and saved_replies, what the person had when they were refused; last_step, what they last had follow.
    """
    ways = get_reply_ways(case) if case.may_reply else ()
    standings = get_standings(case, now=now()) if ways else {}
    modes = _modes(case, ways, drafts or {}, line, standings)
    if not modes:
        return None
    begun = [key for key, draft in (drafts or {}).items() if draft.text]
    wanted = mode or (begun[-1] if begun else "")
    refused = next((way for way in ways if way.refused), None)
    usable = next((one for one in modes if not (one.standing and one.standing.blocks)), modes[0])
    chosen = next((one for one in modes if one.key == wanted), usable)
    return ComposerView(
        number=case.row.number,
        mode=chosen.key,
        modes=modes,
        client_key=new_uid(),
        closed_reason=_closed_reason(case.row.status),
        error=error,
        text=text or chosen.draft,
        began_as=began_as or chosen.key,
        seen=newest_message(case),
        letter=registry.get(case.row.platform).manifest.letter,
        objection=objection,
        refused=refused.refused if refused else "",
        elsewhere=refused.permalink if refused else "",
        subject=case.subject,
        cc=cc,
        to_all=to_all,
        missing_private=get_missing_private(case) if case.may_reply else None,
        steps=_steps(last_step) if case.may_resolve and any(mode.key != "note" for mode in modes) else (),
        saved_replies=saved_replies,
    )


def _closed_reason(status: str) -> str:
    """Why no answer goes out at all."""
    if status == Status.DONE:
        return _("This case is resolved. Reopen it to reply.")
    return _("This case is marked as spam. Say that it is not to reply.") if status == Status.SPAM else ""


def _steps(last: str) -> tuple[NextStep, ...]:
    """What may follow a send, the one used last on top; the plain send stays what a press does."""
    steps = (
        NextStep("resolve", _("Send and resolve"), "check", "send-and-resolve", last == "resolve"),
        NextStep("snooze", _("Send and snooze"), "alarm-clock", "send-and-snooze", last == "snooze"),
    )
    return tuple(sorted(steps, key=lambda step: not step.last))


def newest_message(case: CaseView) -> int:
    """The id of the newest message the page holds; what came later has not been seen."""
    return max((entry.id for entry in case.entries if isinstance(entry, MessageView)), default=0)


def _modes(
    case: CaseView,
    ways: Sequence[ReplyWay],
    drafts: Mapping[str, DraftView],
    line: str,
    standings: Mapping[int, Standing],
) -> tuple[Mode, ...]:
    open_ways = [way for way in ways if not way.refused]
    public = next((way for way in open_ways if way.visibility == Visibility.PUBLIC), None)
    modes = [
        replace(mode, button=_("Move to private"), announcing=_announcing(case, public, line))
        if way.opens_private
        else mode
        for way in open_ways
        for mode in [replace(_reply_mode(case, way), standing=standings.get(way.channel_id))]
    ]
    if case.may_note:
        modes.append(
            Mode(
                "note",
                _("Note"),
                "sticky-note",
                _("Add note"),
                _("only colleagues see this"),
                no_files=_("No files go with a note."),
            )
        )
    return tuple(
        replace(mode, draft=draft.text, revision=draft.revision) if (draft := drafts.get(mode.key)) else mode
        for mode in modes
    )


def _announcing(case: CaseView, public: ReplyWay | None, line: str) -> Announcing | None:
    """In the customer's language where we speak it, for they read it; None where nothing can be said in public."""
    if public is None or (public.closes_at is not None and public.closes_at <= now()):
        return None
    names = case.row.customer_name.split()
    known = case.row.language in dict(settings.LANGUAGES)
    with override(case.row.language) if known else nullcontext():
        sentence = (
            _("Hi %(name)s, we have sent you a private message.") if names else _("We have sent you a private message.")
        )
        text = sentence % {"name": names[0]} if names else sentence
    return Announcing(public.thread_id, line or text, bool(line))


def _reply_mode(case: CaseView, way: ReplyWay) -> Mode:
    manifest = registry.get(way.platform).manifest
    names = {"name": _reader(case, way) or _("the customer"), "platform": manifest.name}
    if way.visibility == Visibility.PUBLIC:
        limit, reader = manifest.limits.public_text, _("on %(platform)s, everyone reads it") % names
        words = ("public", _("Public"), "globe", _("Reply publicly"), reader)
    else:
        limit, reader = manifest.limits.private_text, _("to %(name)s on %(platform)s") % names
        words = ("private", _("Private"), "lock", _("Send privately"), reader)
    closed = way.closes_at is not None and way.closes_at <= now()
    unit = str(limit.unit) if limit else ""
    attaching, no_files = _attaching(manifest, way.visibility)
    return Mode(
        *words,
        way.thread_id,
        limit.length if limit else None,
        unit,
        way.closes_at,
        closed,
        attaching=attaching,
        no_files=no_files,
        personal_only=way.unaided_until is not None and way.unaided_until <= now(),
        hand_back=way.hand_back,
    )


def _reader(case: CaseView, way: ReplyWay) -> str:
    """Whom a private answer reaches: in a case of two people, the one of that talk, else who spoke last."""
    people = {thread.person for thread in case.threads}
    if len(people) < 2 and "" not in people:
        return case.row.customer_name
    person = next((thread.person for thread in case.threads if thread.id == way.thread_id), "")
    if person:
        return person
    heard = (entry for entry in reversed(case.entries) if isinstance(entry, MessageView))
    return next((entry.author_name for entry in heard if entry.incoming and not entry.aside), case.row.customer_name)


def _attaching(manifest: Manifest, visibility: str) -> tuple[Attaching | None, str]:
    """What may be attached, or why nothing may. Ours is the limit where the platform would take larger files."""
    limit = manifest.limits.attachments
    if limit is None:
        return None, _(manifest.gaps[Action.ATTACH])
    if visibility == Visibility.PUBLIC and not limit.public:
        return None, _("Files go with private replies only here.")
    types = () if "*/*" in limit.mime_types else tuple(sorted(limit.mime_types))
    return Attaching(limit.count, min(limit.max_bytes, settings.FILE_MAX_BYTES), types), ""
