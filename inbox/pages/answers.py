"""Answers to several comments as a form posts them: who is answered, with which text, and what to know first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.operations.answering_many import MOST, Answer, Outcome, answer_several
from connectors.queries.comment_ways import characters_over
from core.clock import now
from core.errors import Conflict, Invalid
from core.users.models import User
from inbox.pages.forms import whole_number
from inbox.pages.objections import CODES, object_to_reply
from tickets.access import visible_to
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One comment that is to be answered. `field`: the ending of its form fields; `comment`: what it says, masked.

    `problem`: what keeps it from being sent, in words, and `code` of that where the person may know better; then after
    sending `message_id` and `undo_until`.
    """

    field: str
    answer: Answer
    number: int
    name: str
    comment: str
    language: str
    problem: str = ""
    code: str = ""
    sure: tuple[str, ...] = ()
    message_id: int = 0
    undo_until: datetime | None = None


def read_answers(request: HttpRequest, actor: User) -> tuple[AnswerLine, ...]:
    """The answers that a form asks for: those ticked, or the only one whose button was pressed.

    Raises: Invalid (none, too many, no text, not a form of ours).
    """
    only = request.POST.get("only", "")
    fields = [only] if only else list(dict.fromkeys(request.POST.getlist("to")))
    if not fields:
        raise Invalid(_("Tick the comments you want to answer."), field="to")
    if len(fields) > MOST:
        raise Invalid(_("At most %(most)d comments are answered at once.") % {"most": MOST}, field="to")
    asked = {field: _answer(request, field, own=bool(only)) for field in fields}
    cases = visible_to(actor).filter(pk__in=[answer.ticket_id for answer in asked.values()])
    found = {ticket.pk: ticket for ticket in cases}
    lines = [_line(request, actor, field, answer, found.get(answer.ticket_id)) for field, answer in asked.items()]
    return tuple(lines)


def _answer(request: HttpRequest, field: str, *, own: bool) -> Answer:
    """One answer: its own text, else for those ticked the one that is for all."""
    ticket, _dash, thread = field.partition("-")
    text = request.POST.get(f"text-{field}", "").strip() or ("" if own else request.POST.get("same_text", "").strip())
    try:
        client_key = uuid.UUID(request.POST.get(f"key-{field}", ""))
    except ValueError:
        raise Invalid(_("This form is incomplete. Load the page again."), field="client_key") from None
    if not (whole_number(ticket) and whole_number(thread)):
        raise Invalid(_("This form is incomplete. Load the page again."), field="to")
    if not text:
        raise Invalid(_("Write an answer: one for all, or one for each comment."), field="text")
    seen = request.POST.get("seen", "")
    return Answer(whole_number(ticket), whole_number(thread), text, client_key, whole_number(seen) if seen else None)


def _line(request: HttpRequest, actor: User, field: str, answer: Answer, ticket: Ticket | None) -> AnswerLine:
    sure = tuple(code for code in request.POST.getlist(f"sure-{field}") if code in CODES)
    if ticket is None:
        missing = _("There is no such case, or you do not have access to it.")
        return AnswerLine(field, answer, 0, "", "", "", problem=missing)
    if "unseen" in sure:
        answer = replace(answer, seen_message_id=None)
    line = AnswerLine(
        field, answer, ticket.number, ticket.customer_name, ticket.preview, ticket.language or "und", sure=sure
    )
    if over := characters_over(platform=ticket.platform, text=answer.text):
        words = ngettext("%(n)d character too long.", "%(n)d characters too long.", over)
        return replace(line, problem=words % {"n": over})
    return _objected(actor, line)


def _objected(actor: User, line: AnswerLine) -> AnswerLine:
    """The same objections as in the case's own composer."""
    answer = line.answer
    place = {"ticket_id": answer.ticket_id, "thread_id": answer.thread_id}
    try:
        object_to_reply(actor=actor, mode="public", text=answer.text, began_as="public", sure=line.sure, **place)
    except Conflict as error:
        return replace(line, problem=error.message, code=error.code)
    return line


def send_answers(actor: User, lines: tuple[AnswerLine, ...]) -> tuple[AnswerLine, ...]:
    """Send what was read, and say of each line what became of it."""
    answers = [line.answer for line in lines]
    outcomes = answer_several(actor=actor, answers=answers, undo_seconds=settings.UNDO_SECONDS, now=now())
    return tuple(_told(line, outcome) for line, outcome in zip(lines, outcomes, strict=True))


def _told(line: AnswerLine, outcome: Outcome) -> AnswerLine:
    if outcome.message is None:
        error = outcome.error
        return replace(line, problem=error.message if error else "", code=error.code if error else "")
    part = outcome.message.parts.order_by("position").first()
    until = part.not_before_at if part and part.state == "queued" and not part.attempts else None
    return replace(line, message_id=outcome.message.pk, undo_until=until)
