"""Addresses that fail, and the project's handlers for it."""

from django.urls import path

from inbox.urls import handler404, handler500

__all__ = ["handler404", "handler500"]


def broken(request):
    raise RuntimeError("a secret")


urlpatterns = [path("broken", broken), path("api/v1/broken/", broken)]
