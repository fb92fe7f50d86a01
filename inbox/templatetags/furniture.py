"""What stands on every page and is the same for many people: drawn once per process, language and choice of keys."""

from __future__ import annotations

from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core.users.models import User
from inbox.keymap import active_keys
from inbox.live.drawn import SLOT, with_fields

register = template.Library()

KEPT = 100  # pieces; the largest is 15 kB


def _drawn_from(name: str, *said: Any, **_context: Any) -> tuple[Any, ...]:
    return (name, get_language() or settings.LANGUAGE_CODE, *said)


@cached(LRUCache(KEPT), key=_drawn_from, lock=Lock())
def piece(name: str, *_said: Any, **context: Any) -> str:
    """A template, drawn now if it is not kept. Takes: context, which says no more than `_said` does."""
    return str(get_template(name).render(context))


@register.simple_tag
def script_words() -> SafeString:
    """The words that scripts put together."""
    return mark_safe(piece("inbox/_words.html"))  # noqa: S308  our template's output


@register.simple_tag(takes_context=True)
def palette(context: dict[str, Any]) -> SafeString:
    """The palette and the sheet of keys, with this person's keys and form token."""
    request = context["request"]
    user = request.user
    keys = tuple(sorted(active_keys(user).items())) if isinstance(user, User) else ()
    choices = (bool(getattr(user, "open_next", False)), bool(getattr(user, "single_keys", False)), keys)
    drawn = piece("inbox/fragments/_palette.html", *choices, request=request, csrf_token=SLOT, reader=SLOT)
    fields = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context.get("csrf_token", ""))
    own = with_fields(drawn, fields).replace(f'data-user="{SLOT}"', f'data-user="{int(user.pk or 0)}"')
    return mark_safe(own)  # noqa: S308  likewise
