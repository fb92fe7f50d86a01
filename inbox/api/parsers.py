"""What a script may send: JSON, and nothing that breaks the reader of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MOST_BYTES = 1_048_576


class TooLarge(APIException):
    """More than anything we take."""

    status_code = 413
    default_code = "too_large"
    default_detail = _("Send at most 1 MiB.")


class BoundedJSONParser(JSONParser):
    """JSON of bounded size, whose nesting ends somewhere; Python's reader gives up on the rest with its own error."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises: ParseError, TooLarge."""
        sent = stream.read(MOST_BYTES + 1)
        if len(sent) > MOST_BYTES:
            raise TooLarge
        try:
            return super().parse(BytesIO(sent), media_type, parser_context)
        except RecursionError:
            raise ParseError from None
