"""Machine codes in words: what masks hide, why replies fail, what happened to a case."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MASKS: dict[str, Promise] = {
    "PHONE": _("phone number"),
    "EMAIL": _("email address"),
    "NATIONAL_ID": _("identity number"),
    "CARD": _("card number"),
    "IBAN": _("bank account"),
    "ACCOUNT": _("bank account"),
    "ADDRESS": _("address"),
    "PLATE": _("car number plate"),
}

REASONS: dict[str, Promise] = {
    "target_gone": _("What it answers is no longer on the channel."),
    "window_closed": _("The channel's time for answering has run out. The customer must write first."),
    "blocked": _("The channel has stopped us from writing for now."),
    "recipient_unavailable": _("This person cannot be written to."),
    "already_answered": _("The channel takes one such answer, and it has been given."),
    "empty": _("There is nothing in it."),
    "refused": _("The channel refused it without saying why."),
    "try_later": _("The channel cannot be reached. We try again by ourselves."),
    "keys_lost": _("Its encryption key is lost."),
    "our_fault": _("Something on our side failed. The log says what."),
    "duplicate": _("The channel says the same text was just sent."),
    "too_long": _("It is longer than the channel takes. Shorten it."),
    "not_allowed": _("The channel does not allow this reply."),
    "content_refused": _("The channel refused the content."),
    "needs_reconnect": _("The channel needs a new sign-in by an admin. Nothing is lost."),
    "gave_up": _("The channel could not be reached after many tries."),
    "rate_limited": _("The channel asks us to slow down. It goes out by itself."),
    "unsupported": _("The channel does not offer this."),
}

# (kind, values the sentence needs, sentence); the first that has all its values is said.
EVENTS: tuple[tuple[str, tuple[str, ...], Promise], ...] = (
    ("opened", (), _("Case opened")),
    ("routed", ("team",), _("Routed to %(team)s")),
    ("routed", (), _("Routed")),
    ("assigned", ("who", "whom"), _("%(who)s assigned the case to %(whom)s")),
    ("assigned", ("whom",), _("Assigned to %(whom)s")),
    ("assigned", ("who",), _("%(who)s assigned the case")),
    ("assigned", (), _("Assigned")),
    ("taken", ("who",), _("%(who)s took the case")),
    ("unassigned", ("who",), _("%(who)s gave the case back")),
    ("unassigned", (), _("No longer assigned")),
    ("moved", ("who", "team"), _("%(who)s moved the case to %(team)s")),
    ("moved", ("team",), _("Moved to %(team)s")),
    ("moved", (), _("Moved")),
    ("hide_done", ("who",), _("%(who)s hid a message on the channel")),
    ("unhide_done", ("who",), _("%(who)s showed a message on the channel again")),
    ("delete_done", ("who",), _("%(who)s deleted a message on the channel")),
    ("like_done", ("who",), _("%(who)s liked a message")),
    ("unlike_done", ("who",), _("%(who)s took back a like")),
    ("hide_done", (), _("A message was hidden on the channel")),
    ("unhide_done", (), _("A message was shown on the channel again")),
    ("delete_done", (), _("A message was deleted on the channel")),
    ("like_done", (), _("A message was liked")),
    ("unlike_done", (), _("A like was taken back")),
    ("hide_failed", (), _("A message could not be hidden")),
    ("unhide_failed", (), _("A message could not be shown again")),
    ("delete_failed", (), _("A message could not be deleted")),
    ("like_failed", (), _("A message could not be liked")),
    ("unlike_failed", (), _("A like could not be taken back")),
    ("tagged", ("who",), _("%(who)s changed the tags")),
    ("tagged", (), _("Tags changed")),
    ("resolved", ("who",), _("%(who)s resolved the case")),
    ("resolved", (), _("Resolved")),
    ("reopened", ("who",), _("%(who)s reopened the case")),
    ("reopened", (), _("Reopened by a new message")),
)
