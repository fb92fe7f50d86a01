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
    "blocked": _("The customer has blocked messages from us."),
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
    ("resolved", ("who",), _("%(who)s resolved the case")),
    ("resolved", (), _("Resolved")),
    ("reopened", ("who",), _("%(who)s reopened the case")),
    ("reopened", (), _("Reopened by a new message")),
)
