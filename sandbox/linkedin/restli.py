"""Reading Rest.li 2.0.0 as strictly as the platform: values encoded whole, brackets and commas literal, else 400."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sandbox.linkedin.errors import bad_request

_LITERAL = re.compile(r"[A-Za-z0-9_.~%-]*")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: method, path steps and query values still as they came, and the JSON body."""

    method: str
    steps: tuple[str, ...]
    asked: dict[str, str]
    body: dict[str, Any]
    passed: bool = False  # the address in the body has answered the challenge

    def value(self, name: str) -> str:
        """A plain query value. Raises ApiError 400 where it is missing or not encoded whole."""
        return decoded(self.asked.get(name, ""))

    def whole_number(self, name: str, default: int) -> int:
        """A number of the query."""
        said = self.asked.get(name, str(default))
        if not said.isdigit():
            raise bad_request(f"Param {name} must be a whole number")
        return int(said)


def read_query(raw: str) -> dict[str, str]:
    """The query's values, not decoded."""
    return dict(pair.split("=", 1) for pair in raw.split("&") if "=" in pair)


def decoded(value: str) -> str:
    """One value. Raises ApiError 400 for one that is empty or holds what must be encoded, as a URN's colons."""
    if not value or not _LITERAL.fullmatch(value):
        raise bad_request("Invalid key or value encoding")
    return unquote(value)


def items(value: str) -> list[str]:
    """The values of `List(a,b)`."""
    if not (value.startswith("List(") and value.endswith(")")):
        raise bad_request("Invalid list syntax")
    return [decoded(each) for each in value[5:-1].split(",")]


def record(value: str) -> dict[str, str]:
    """The fields of `(name:value,…)`."""
    if not (value.startswith("(") and value.endswith(")")):
        raise bad_request("Invalid record syntax")
    pairs = (each.partition(":") for each in value[1:-1].split(","))
    return {name: decoded(said) for name, _, said in pairs}
