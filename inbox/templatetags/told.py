"""Filters for what the bell tells."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from inbox.templatetags.said import NOTICES
from inbox.templatetags.samsvar import clock

register = template.Library()


@register.filter
def notice_sentence(line: Any) -> str:
    """What the bell tells, as a sentence. Takes: a NoticeLine."""
    values = {"who": line.actor_name, "by": clock(line.due_at) if line.due_at else ""}
    for kind, needed, _icon, sentence in NOTICES:
        if kind == line.kind and all(values[name] for name in needed):
            return str(sentence) % values
    return _("The case was changed")


@register.filter
def notice_icon(line: Any) -> str:
    """The drawing beside that sentence."""
    return next((icon_name for kind, _needed, icon_name, _sentence in NOTICES if kind == line.kind), "bell")
