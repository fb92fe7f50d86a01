"""Whether comments under a post can be answered for all to see, as the platform's manifest says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from connectors.kit import registry, textfit
from connectors.kit.errors import reason_text
from connectors.kit.manifest import Action
from tickets.intake.items import clean_text
from tickets.models import Status
from tickets.queries.posts import CommentView


@dataclass(frozen=True, slots=True)
class CommentLimit:
    """How long a public answer may be; 0 and "" where the platform sets no limit. `refused`: why there are none."""

    length: int = 0
    unit: str = ""
    refused: str = ""


def get_comment_limit(*, platform: str) -> CommentLimit:
    """What holds for every public answer on a platform. No query."""
    manifest = registry.get(platform).manifest
    if Action.REPLY_PUBLIC not in manifest.actions:
        return CommentLimit(refused=_(manifest.gaps[Action.REPLY_PUBLIC]))
    limit = manifest.limits.public_text
    return CommentLimit(limit.length, str(limit.unit)) if limit else CommentLimit()


def why_unanswerable(*, platform: str, comment: CommentView, now: datetime) -> str:
    """Why this comment takes no public answer now, in words; "" where it does. No query."""
    limit = get_comment_limit(platform=platform)
    if limit.refused:
        return limit.refused
    if comment.status == Status.DONE:
        return _("This case is resolved. Reopen it to reply.")
    if comment.message.no_reply:
        return _(reason_text(comment.message.no_reply))
    window = registry.get(platform).manifest.limits.public_window
    if window is not None and now - comment.message.at > window:
        return _("The time in which the platform allows this answer has passed.")
    return ""


def characters_over(*, platform: str, text: str) -> int:
    """By how much a public answer of this text is longer than the platform takes; 0 where it fits. No query."""
    limit = registry.get(platform).manifest.limits.public_text
    return max(0, textfit.length(clean_text(text).strip(), limit) - limit.length) if limit else 0
