"""One shape for every error of the API: {"error": {"code", "message", "field"?}}."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import Invalid, SamsvarError, Throttled
from inbox.refusals import status_of


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what nobody anticipated, which becomes a 500."""
    del context
    if isinstance(error, SamsvarError):
        set_rollback()
        return _refusal(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return _framework_refusal(error)
    return None


def _refusal(error: SamsvarError) -> Response:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, Invalid) and error.field:
        body["field"] = error.field
    headers = {"Retry-After": str(error.after_seconds)} if isinstance(error, Throttled) else {}
    return Response({"error": body}, status=status_of(error), headers=headers)


def _framework_refusal(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _refusal(_invalid(error))
    body: dict[str, Any] = {"code": error.default_code, "message": str(error.detail)}
    challenge: str | None = getattr(error, "auth_header", None)  # DRF sets it where there is one
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return Response({"error": body}, status=error.status_code, headers=headers)


def _invalid(error: exceptions.ValidationError) -> Invalid:
    """A serializer's refusal, as an operation would say it: its first field and first sentence."""
    field, sentences = next(iter(error.detail.items())) if isinstance(error.detail, dict) else ("", error.detail)
    while isinstance(sentences, dict | list):  # of a list's elements each may have its own sentences
        sentences = next(iter(sentences.values() if isinstance(sentences, dict) else sentences))
    return Invalid(str(sentences), field=str(field))
