"""Reading JSON bodies of the control API: what is missing or of the wrong kind is said in plain words."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class BadBody(ValueError):
    """The body cannot be used; the text says why and is shown to the caller with status 422."""


class Missing(LookupError):
    """What the address names is not there; shown with status 404."""


async def read_body(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise BadBody("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadBody("the body must be a JSON object")
    return body


def text_of(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A text field; required unless a default is given."""
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise BadBody(f"{name} must be a text")
    return value


def number_of(body: dict[str, Any], name: str, default: float | None, *, least: float, most: float) -> float:
    """A number field inside its bounds; required unless a default is given."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadBody(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)


def choice_of(body: dict[str, Any], name: str, default: str, choices: tuple[str, ...]) -> str:
    """A text field that must be one of `choices`."""
    value = body.get(name, default)
    if value not in choices:
        raise BadBody(f"{name} must be one of {', '.join(choices)}")
    return str(value)


async def answer_bad_body(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for BadBody."""
    return JSONResponse({"error": str(error)}, status_code=422)


async def answer_missing(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for Missing."""
    return JSONResponse({"error": str(error)}, status_code=404)
