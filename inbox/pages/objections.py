"""What the product objects to once before it lets a text out: each time said in a sentence, with what there is to know
and, where the person may know better, one button that sends it all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from analysis.personal_data import find, normalise
from connectors.queries.replies import answered_publicly, heard_last, unseen_replies
from core.errors import Conflict, NotFound, SamsvarError
from core.users.models import User
from inbox.pages.composer import Objection
from inbox.refusals import refuse_page, status_of
from inbox.templatetags.samsvar import mask_word
from tickets.access import visible_to
from tickets.calling import find_called
from tickets.models import Channel, Ticket, Visibility
from tickets.operations.following_up import STEPS
from tickets.placeholders import find_unfilled, standing
from tickets.queries.case_views import CaseView, MessageView
from tickets.queries.drafts import get_drafts
from tickets.queries.nameable import list_nameable

CODES = frozenset({"unseen", "unseeing", "draft_changed", "mentions", "private_talk", "personal", "unfilled"})
TO_BE_MENDED = ("mentions", "draft_changed", "unfilled")  # no press sends these all the same


def object_to_reply(
    *, actor: User, ticket_id: int, thread_id: int, mode: str, text: str, began_as: str, sure: Collection[str]
) -> None:
    """Look at a reply before it is stored. Takes: began_as, for whom the text was begun; sure, codes already answered.

    Raises: Conflict with a code of `CODES`.
    """
    if began_as == "note" and (called := _colleague_called(text)):
        sentence = _("This mentions @%(name)s. Customers would see it.") % {"name": called}
        raise Conflict(sentence, code="mentions")
    if unfilled := find_unfilled(text):
        said = ", ".join(standing(name) for name in unfilled)
        sentence = _("This still has a place to fill in: %(places)s. The customer would read it as it stands.")
        raise Conflict(sentence % {"places": said}, code="unfilled")
    if mode != Visibility.PUBLIC:
        return
    ticket = visible_to(actor).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    if "private_talk" not in sure and _is_private_talk(ticket, actor, thread_id):
        raise Conflict(_("The customer wrote in private. Reply in public anyway?"), code="private_talk")
    if "personal" not in sure and (kind := _personal_kind(ticket, text)):
        sentence = _("This shows something personal to everyone: %(kind)s. Send it in private instead?")
        raise Conflict(sentence % {"kind": mask_word(kind)}, code="personal")


def _colleague_called(text: str) -> str:
    called = find_called(text, list_nameable()) if "@" in text else []
    return called[0].written if called else ""


def _is_private_talk(ticket: Ticket, actor: User, thread_id: int) -> bool:
    """The customer has gone over to private, and this colleague would now begin to answer in public."""
    if heard_last(ticket=ticket) != Visibility.PRIVATE or answered_publicly(actor=actor, ticket=ticket):
        return False
    return ticket.ticket_threads.filter(thread_id=thread_id, thread__visibility=Visibility.PUBLIC).exists()


def _personal_kind(ticket: Ticket, text: str) -> str:
    own = Channel.objects.filter(pk=ticket.channel_id).values_list("own_values", flat=True).first() or ()
    found = find(text, allowed=frozenset(normalise(value) for value in own))
    return found[0].label if found else ""


def objection_to(request: HttpRequest, case: CaseView, error: SamsvarError) -> Objection | None:
    """What the composer shows of a refusal beside its sentence; None when the sentence says it all."""
    if error.code not in CODES:
        return None
    actor: User = request.user  # type: ignore[assignment]  # the pages are for people who are signed in
    mode = request.POST.get("mode", "note")
    ticket_id = case.row.ticket_id
    said: tuple[MessageView, ...] = ()
    if error.code == "unseen":
        seen = _seen_of(request)
        new = set(unseen_replies(actor=actor, ticket_id=ticket_id, after=seen).values_list("pk", flat=True))
        said = tuple(entry for entry in case.entries if isinstance(entry, MessageView) and entry.id in new)
    other = ""
    if error.code == "draft_changed":
        kept = get_drafts(actor=actor, ticket_id=ticket_id).get(mode)
        other = kept.text if kept else ""
    return Objection(error.code, error.message, mode, said, other, _again(request, case, error.code, said))


def _seen_of(request: HttpRequest) -> int:
    seen = request.GET.get("seen") or request.POST.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0


def _again(request: HttpRequest, case: CaseView, code: str, said: tuple[MessageView, ...]) -> str:
    """The address that sends the same text all the same; what was answered before stays answered."""
    if code in TO_BE_MENDED:
        return ""
    if code == "unseeing":
        return f"/case/{case.row.number}/note?sure={code}"
    thread = request.GET.get("thread_id") or request.POST.get("thread_id", "")
    thread = thread or request.POST.get(f"thread_of_{request.POST.get('mode', '')}", "")
    words = {"thread_id": thread if thread.isdigit() else "", "sure": request.GET.getlist("sure")}
    if (then := request.GET.get("then", "")) in STEPS:
        words |= {"then": then, "until": request.GET.get("until", "")}
    seen = max((message.id for message in said), default=_seen_of(request))
    if code != "unseen":
        words["sure"] = [*(one for one in words["sure"] if one in CODES), code]
    return f"/case/{case.row.number}/reply?{urlencode(words | {'seen': seen}, doseq=True)}"


def objection_answer(request: HttpRequest, case: CaseView, error: SamsvarError) -> HttpResponse:
    """The answer to a script: the refusal as always, and in its body what the composer shows of it."""
    answer = refuse_page(request, error)
    objection = objection_to(request, case, error)
    if objection is None:
        return answer
    fragment = {"objection": objection, "case": case}
    shown = render(request, "inbox/fragments/_objection.html", fragment, status=status_of(error))
    shown["HX-Trigger"] = answer["HX-Trigger"]
    return shown
