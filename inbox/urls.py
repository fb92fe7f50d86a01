"""Every address of the pages and the API. Webhooks and the socket are mounted in front of Django, in `inbox/asgi.py`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
