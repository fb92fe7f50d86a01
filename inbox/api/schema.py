"""The API's own description, OpenAPI 3.1: made from the views and shapes, with every refusal they can answer."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

import yaml
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from inbox.api.base import ApiView, Query
from inbox.api.examples import EXAMPLES, Node

# Status → what it is called among the components, when it comes, and the code it most often carries.
REFUSALS: dict[str, tuple[str, str, str]] = {
    "400": ("Unreadable", "The body is not JSON.", "parse_error"),
    "401": ("Unknown", "No token, or not one that counts.", "not_authenticated"),
    "403": ("Forbidden", "The token lacks the scope, or the role does not allow this.", "scope"),
    "404": ("NotFound", "There is none, or not for you; both answer alike.", "not_found"),
    "405": ("NoSuchMethod", "This address does not take this method.", "method_not_allowed"),
    "406": ("NotAcceptable", "We answer in JSON.", "not_acceptable"),
    "409": ("Conflict", "Right request, wrong moment: closed, taken, too late.", "conflict"),
    "413": ("TooLarge", "The body is larger than 1 MiB.", "too_large"),
    "415": ("NotJson", "The body is not said to be JSON.", "unsupported_media_type"),
    "422": ("Invalid", "A value cannot be taken; `field` names it.", "invalid"),
    "429": ("Throttled", "Too many requests in this minute.", "throttled"),
}
ALWAYS = ("401", "403", "405", "406", "422", "429")
WRITES = ("400", "409", "413", "415")
HEADERS: dict[str, Node] = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`"}},
    "429": {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}},
}


class HouseSchema(AutoSchema):
    """Says of every address which scope a token needs."""

    def get_description(self) -> str:  # type: ignore[override]  # the stubs know only REST framework's own generator
        """The method's docstring, and the scope."""
        scope = cast(ApiView, self.view).scope_for(self.method)
        needs = f"\n\nNeeds the scope `{scope}`." if scope else ""
        return f"{super().get_description()}{needs}"

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        """`TicketShape` is our name; theirs is `Ticket`."""
        return str(super()._get_serializer_name(serializer, direction, bypass_extensions)).removesuffix("Shape")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # theirs is untyped
    """How scripts say who they are."""

    target_class = "inbox.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Node:
        """A bearer token."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "Made by `manage.py token create`."}


def describe_refusals(result: Node, generator: Any, request: Any, public: bool) -> Node:
    """Add to every operation what it can refuse with, and close bodies to unknown names."""
    del generator, request, public
    components = result["components"]
    components["schemas"] |= _error_schemas()
    components["responses"] = {name: _refusal(code, *REFUSALS[code]) for code, (name, _, _) in REFUSALS.items()}
    for name, schema in components["schemas"].items():
        if name.endswith("Body") and name != "ErrorBody":
            schema["additionalProperties"] = False
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _add_refusals(operation, _codes(path, method, operation))
            _add_examples(operation, *EXAMPLES.get(operation["operationId"], (None, None)))
    return result


def _error_schemas() -> dict[str, Node]:
    text = {"type": "string"}
    body = {
        "type": "object",
        "description": "What went wrong.",
        "properties": {
            "code": text | {"description": "a short stable word for programs"},
            "message": text | {"description": "a whole sentence for people"},
            "field": text | {"description": "what it is about, where it is about one thing"},
        },
        "required": ["code", "message"],
    }
    shape = {
        "type": "object",
        "description": "The one shape of every refusal.",
        "properties": {"error": {"$ref": "#/components/schemas/ErrorBody"}},
        "required": ["error"],
        "additionalProperties": False,
    }
    return {"ErrorBody": body, "Error": shape}


def _refusal(status: str, _name: str, description: str, code: str) -> Node:
    example = {"error": {"code": code, "message": description}}
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}
    answer: Node = {"description": description, "content": {"application/json": content}}
    return answer | ({"headers": HEADERS[status]} if status in HEADERS else {})


def _codes(path: str, method: str, operation: Node) -> list[str]:
    codes = [*ALWAYS, *(("404",) if "{" in path else ()), *(WRITES if method != "get" else ())]
    anybody = {} in operation.get("security", [])
    return sorted(code for code in codes if not (anybody and code in ("401", "403")))


def _add_refusals(operation: Node, codes: list[str]) -> None:
    for code in codes:
        operation["responses"].setdefault(code, {"$ref": f"#/components/responses/{REFUSALS[code][0]}"})


def _add_examples(operation: Node, sent: Node | None, answered: Node | None) -> None:
    if sent is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = sent
    for code, response in operation["responses"].items():
        if code in ("200", "201", "202") and answered is not None:
            response["content"]["application/json"]["example"] = answered
            response["description"] = response["description"] or "Done."
        elif code == "204":
            response["description"] = "Done; there is nothing to show."


class SchemaQuery(Query):
    """How the description is written."""

    format = serializers.ChoiceField(["json", "yaml"], required=False, default="json")


class SchemaView(ApiView):
    """This description."""

    permission_classes = (AllowAny,)
    query = SchemaQuery

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> HttpResponse:
        """OpenAPI 3.1, as JSON or YAML. For anybody: it holds nothing of the company's."""
        return _written(self.words["format"])


def _written(form: str) -> HttpResponse:
    text, kind = _text(form)
    return HttpResponse(text, content_type=kind)


@cache
def _text(form: str) -> tuple[str, str]:
    """Made once per process: it changes with the code only."""
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    plain = json.loads(json.dumps(schema, default=str))
    if form == "yaml":
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), "application/yaml"
    return json.dumps(plain, ensure_ascii=False), "application/json"
