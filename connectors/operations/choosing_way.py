"""Which way a reply goes, and whether the platform takes it that way: asked before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from connectors.kit import registry, textfit
from connectors.kit.errors import reason_text
from connectors.kit.manifest import Action, Manifest
from core.errors import Conflict, Invalid, NotFound
from tickets.models import Message, Part, PartState, Status, Thread, Ticket, TicketThread, Visibility
from tickets.models.thread import OPENING


@dataclass(frozen=True, slots=True)
class Way:
    """A reply's way: what is asked of the platform, about what. `said_in`: the thread of what it answers.

    `target`: the external id of that; `refused`: why the network takes no public answer to it, in one word.
    """

    ticket: Ticket
    said_in: Thread
    manifest: Manifest
    action: Action
    target: str
    refused: str

    def demand_fit(self, text: str) -> None:
        """Refused, never cut: what a colleague wrote is what the customer gets. Raises: Invalid (too_long)."""
        limit = self.manifest.limits.text_of(self.action)
        if limit is not None and not textfit.fits(text, limit):
            sentence = _("%(platform)s takes at most %(limit)d characters here; this has %(length)d.")
            length = textfit.length(text, limit)
            facts = {"platform": self.manifest.name, "limit": limit.length, "length": length}
            raise Invalid(sentence % facts, field="text", code="too_long")

    def demand_open(self, now: datetime) -> None:
        """Raises: Conflict where the network takes no public answer to this, or no longer any."""
        if self.refused and self.action is Action.REPLY_PUBLIC:
            raise Conflict(_(reason_text(self.refused)), code=self.refused)
        window = self.manifest.limits.window_of(self.action)
        answered = Message.objects.filter(thread=self.said_in, external_id=self.target)
        asked_at = answered.values_list("at", flat=True).first()
        if window is not None and asked_at is not None and now - asked_at > window:
            raise Conflict(_("The time in which the platform allows this answer has passed."), code="window_closed")

    def open_thread(self, visibility: str, now: datetime) -> Thread:
        """Where the reply will stand: where the customer spoke, or in the private answer to it.

        Raises: Conflict (answered in private already).
        """
        return self.said_in if visibility == self.said_in.visibility else self._open_private(now)

    def _open_private(self, now: datetime) -> Thread:
        """The private thread that answers one public message; its unique root makes the answer happen once."""
        thread, made = Thread.objects.get_or_create(
            channel_id=self.said_in.channel_id,
            external_root=f"{OPENING}{self.target}",
            defaults={"visibility": Visibility.PRIVATE, "created_at": now},
        )
        if not made and Part.objects.filter(thread=thread).exclude(state=PartState.FAILED).exists():
            raise Conflict(_("This message has been answered in private already."), code="once_only")
        TicketThread.objects.get_or_create(ticket=self.ticket, thread=thread, customer_id=self._person())
        return thread

    def _person(self) -> int:
        """Who is answered: in a case that holds two people's words, the one who said it."""
        said = Message.objects.filter(thread=self.said_in, external_id=self.target, ticket=self.ticket)
        people = said.filter(customer__isnull=False).values_list("customer_id", flat=True)
        return people.first() or self.ticket.customer_id


def choose_way(*, ticket: Ticket, thread_id: int, visibility: str) -> Way:
    """The way of a reply in this thread to this audience. Takes: a ticket the actor may answer, locked.

    Raises: NotFound, Invalid (the platform has no such answer), Conflict (closed, another audience, another's talk).
    """
    said_in = _thread_of(ticket, thread_id)
    manifest = registry.get(said_in.channel.platform).manifest
    action = _action_for(manifest, said_in, visibility)
    return Way(ticket, said_in, manifest, action, *_answered(ticket, said_in))


def _thread_of(ticket: Ticket, thread_id: int) -> Thread:
    link = ticket.ticket_threads.filter(thread_id=thread_id).select_related("thread__channel").first()
    if link is None:
        raise NotFound(_("This case has no such thread."))
    if ticket.status == Status.DONE:
        raise Conflict(_("This case is resolved. Reopen it to reply."), code="closed")
    if ticket.status == Status.SPAM:
        raise Conflict(_("This case is marked as spam. Say that it is not to reply."), code="spam")
    return link.thread


def _action_for(manifest: Manifest, thread: Thread, visibility: str) -> Action:
    """What is asked of the platform. What the button promised is what happens: never a private text in public."""
    public = visibility == Visibility.PUBLIC
    if public and thread.visibility == Visibility.PRIVATE:
        raise Conflict(_("This thread is private. Choose who should read your reply."), code="audience")
    action = Action.REPLY_PUBLIC if public else Action.REPLY_PRIVATE
    if action not in manifest.actions:
        raise Invalid(_(manifest.gaps[action]), field="text", code="unsupported")
    if thread.is_opening:
        raise Conflict(_("This platform allows one private answer to a public message."), code="once_only")
    if thread.standby:
        raise Conflict(_("Another program of yours has this conversation at the moment."), code="standby")
    return action


def _answered(ticket: Ticket, thread: Thread) -> tuple[str, str]:
    """The customer's latest word in this thread, as the platform knows it, and why it takes no public answer ("" where
    it does); the thread's root when there is none left."""
    said = Message.objects.filter(thread=thread, ticket=ticket, direction="in").exclude(state="deleted")
    latest = said.order_by("-at", "-id").values_list("external_id", "no_reply").first()
    return (latest[0] or "", latest[1]) if latest else (thread.external_root, "")
