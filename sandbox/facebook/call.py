"""One Graph API call as read from HTTP: method, path, parameters, token."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.facebook.errors import bad_parameter
from sandbox.facebook.pages import Page
from sandbox.facebook.site import Site

# Removed by Meta for all versions on 27 Oct 2026; a client that still sends them gets no effect.
_DEAD_PARAMETERS = frozenset({"pretty", "debug", "date_format"})


@dataclass(frozen=True, slots=True)
class Call:
    """What came in. `params` are query and body together, all text; `token` and `proof` are taken out of them."""

    method: str
    version: str
    path: tuple[str, ...]
    params: dict[str, str]
    token: str
    proof: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A call that was let in: the site, the page that the token stands for, and the call's parameters."""

    site: Site
    page: Page
    params: Mapping[str, str]
    address: str = ""  # host and version, the start of every link
    token: str = field(default="", repr=False)

    def with_params(self, params: Mapping[str, str]) -> Desk:
        """The same desk for a nested edge with its own modifiers."""
        return Desk(self.site, self.page, params, self.address, self.token)


async def read_call(request: Request) -> Call:
    """Read a request; raises GraphError 100 when a JSON body is none."""
    params = dict(request.query_params)
    body = await request.body()
    if body and "json" in request.headers.get("content-type", ""):
        params |= _json_params(body)
    elif body and "multipart" in request.headers.get("content-type", ""):
        params |= _form_parts(body, request.headers["content-type"])
    elif body:
        params |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    bearer = request.headers.get("authorization", "")
    token = params.pop("access_token", "") or bearer.removeprefix("Bearer ").strip()
    proof = params.pop("appsecret_proof", "")
    path = tuple(part for part in request.path_params["path"].split("/") if part)
    kept = {name: value for name, value in params.items() if name not in _DEAD_PARAMETERS}
    return Call(request.method, request.path_params["version"], path, kept, token, proof)


def proof_is_right(token: str, app_secret: str, proof: str) -> bool:
    """Whether `proof` is the hex HMAC-SHA256 of the token under the app secret."""
    right = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), proof.encode())


def truth(value: str) -> bool:
    """Graph's booleans: `true`, `1` are true; Python's `True` is not understood and fails."""
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise bad_parameter("Param must be a boolean")


def nested(params: Mapping[str, str], name: str) -> dict[str, Any]:
    """A JSON object inside a form field; raises GraphError 100 when it is missing or none."""
    try:
        value = json.loads(params.get(name, ""))
    except ValueError as error:
        raise bad_parameter(f"Param {name} must be a JSON object") from error
    if not isinstance(value, dict):
        raise bad_parameter(f"Param {name} must be a JSON object")
    return value


def _form_parts(body: bytes, content_type: str) -> dict[str, str]:
    """The text fields of an upload; the file itself is looked at by nobody."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    fields = {}
    for part in message_from_bytes(head + body, policy=policy.HTTP).iter_parts():
        content = part.get_payload(decode=True)
        if part.get_filename() is None and isinstance(content, bytes):
            name = str(part.get_param("name", header="content-disposition"))
            fields[name] = content.decode("utf-8", "replace")
    return fields


def _json_params(body: bytes) -> dict[str, str]:
    try:
        loaded = json.loads(body)
    except ValueError as error:
        raise bad_parameter("The body is not valid JSON") from error
    if not isinstance(loaded, dict):
        raise bad_parameter("The body must be a JSON object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in loaded.items()}
