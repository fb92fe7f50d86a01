"""How a request to erase stands, for whoever has its code. Nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import NotFound
from privacy.models import ErasureRequest


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request: a `RequestState` value, and when it came and was done with."""

    code: str
    state: str
    received_at: datetime
    done_at: datetime | None


def get_erasure_request(code: str) -> RequestView:
    """One request. One query. Raises: NotFound."""
    row = ErasureRequest.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("There is no request with this code."))
    return RequestView(row.code, row.state, row.received_at, row.done_at)
