"""Whether Meta still sends us what we asked for.

After an hour of failed deliveries Meta unsubscribes the app from the page, without a word to it; only looking tells.
Source: Meta, "Webhooks for Messenger Platform" and the edge subscribed_apps of v26.0, read 2026-11.
"""

from __future__ import annotations

from .errors import Rejected, RejectReason
from .meta_graph import Graph, require_success


def keep_subscribed(graph: Graph, place: str, fields: frozenset[str]) -> bool:
    """Subscribe anew where one of `fields` is missing. Gives: whether that was needed.

    Takes: place, the path segment of the page or account. What others of the family asked for is kept.
    Raises: NeedsReconnect where a permission is missing; else as the platform answers.
    """
    answer = graph.read(f"{place}/subscribed_apps")
    known = {field for app in answer.children("data") for field in app.texts("subscribed_fields")}
    if fields <= known:
        return False
    wanted = ",".join(sorted(fields | known))
    form = {"subscribed_fields": wanted}
    require_success(graph.request(f"{graph.version}/{place}/subscribed_apps", post_args=form))
    again = graph.read(f"{place}/subscribed_apps")
    if not any(app.value for app in again.children("data")):
        raise Rejected(RejectReason.NOT_ALLOWED, code="not_subscribed")
    return True
