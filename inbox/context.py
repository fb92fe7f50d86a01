"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, Any]:
    """The company's name, whether this is a demo, and the palette and density this person chose."""
    user = getattr(request, "user", None)
    known = user if user is not None and user.is_authenticated else None
    return {
        "company": settings.COMPANY,
        "demo": settings.DEMO,
        "theme": known.theme if known else "system",
        "density": known.density if known else "comfortable",
    }
