"""The webhook door: a small ASGI application in front of Django.

    size limit → handshake → verify on the raw bytes → keep (group commit) → 200, and nothing else

Answers: 200 kept (also when it was kept before), 401 wrong signature, 403 refused handshake, 404 no such address,
405 other methods, 413 too large, 503 when it could not be kept and the platform should send again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import connection

from connectors.endpoints import EndpointCache, OpenEndpoint
from connectors.jobs import INGEST
from connectors.kit.base import Answer, Connector, RawRequest
from connectors.kit.errors import BadSignature
from connectors.kit.registry import families, of_family
from connectors.models import delivery_context
from connectors.writer import BufferFull, GroupCommitWriter
from core.clock import now
from core.jobs import send_hint
from core.secrets import keyed_hash, seal_under
from core.tally import count_now

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"/webhooks/(?P<family>[a-z][a-z0-9_]{0,39})/(?P<key>[A-Za-z0-9_-]{1,40})/?")
PREFIX = "/webhooks/"
TELL_SECONDS = 1.0  # refusals are told to the broker this seldom, so that noise costs nothing

answered: Counter[tuple[str, int]] = Counter()  # requests of this process by (family, status), for /metrics


class TooLarge(Exception):
    """The body is over SAMSVAR_WEBHOOK_MAX_BYTES."""


class WebhookDoor:
    """One per web process; `start` and `stop` belong to the lifespan."""

    def __init__(self) -> None:
        self.endpoints = EndpointCache()
        self.writer = GroupCommitWriter(settings.WEBHOOK_BUFFER, lambda: send_hint(INGEST))
        self._reads: dict[tuple[str, str], asyncio.Future[OpenEndpoint | None]] = {}
        self._refused = 0
        self._called_at = 0.0
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin keeping."""
        self.writer.start()

    def stop(self) -> None:
        """Keep what waits, then end."""
        self.writer.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Never raises; whatever goes wrong is a 503, so that the platform sends again."""
        self._called_at = monotonic()
        match = PATH.fullmatch(scope["path"])
        try:
            answer = await self._answer(match, scope, receive) if match else Answer(404)
        except TooLarge:
            answer = Answer(413)
        except BadSignature:
            answer = Answer(401)
        except BufferFull:
            answer = Answer(503)
        except Exception as error:
            log.error("webhook not kept: %s", type(error).__name__)
            answer = Answer(503)
        self._count(match["family"] if match else "", answer.status)
        await _send(send, answer)

    def idle_seconds(self) -> float:
        """How long nobody has called."""
        return monotonic() - self._called_at

    def _count(self, family: str, status: int) -> None:
        """By family where that is a platform's, so that invented addresses make no new counters."""
        answered[family if family and family in families() else "none", status] += 1
        if status == 401:
            self._refused += 1
            if self._telling is None or self._telling.done():
                self._telling = asyncio.create_task(self._tell_refused())

    async def _tell_refused(self) -> None:
        await asyncio.sleep(TELL_SECONDS)
        number, self._refused = self._refused, 0
        await asyncio.to_thread(count_now, "webhooks", {"refused": number})

    async def _answer(self, match: re.Match[str], scope: Scope, receive: Receive) -> Answer:
        family, key = match["family"], match["key"]
        endpoint = await self._find(family, key)
        if endpoint is None:
            return Answer(404)
        raw = await _raw_request(scope, receive)
        connector = of_family(family)[0]
        if raw.method in ("GET", "HEAD"):
            return await self._handshake(connector, raw, endpoint, key)
        if raw.method != "POST":
            return Answer(405)
        endpoint = await self._verified(connector, raw, endpoint, key)
        await self._keep(raw, endpoint)
        return Answer(200)

    async def _find(self, family: str, key: str) -> OpenEndpoint | None:
        known, endpoint = self.endpoints.peek(family, key)
        return endpoint if known else await self._read(family, key)

    async def _read(self, family: str, key: str) -> OpenEndpoint | None:
        """Ask the database. Whoever asks meanwhile shares the answer, so that a burst costs one read."""
        place = (family, key)
        if place not in self._reads:
            read = asyncio.to_thread(_with_connection, self._read_endpoint, family, key)
            self._reads[place] = asyncio.ensure_future(read)
            self._reads[place].add_done_callback(lambda _done: self._reads.pop(place))
        return await asyncio.shield(self._reads[place])

    def _read_endpoint(self, family: str, key: str) -> OpenEndpoint | None:
        """The first one of a process loads the platforms; in this thread, where it holds up no other webhook."""
        families()
        return self.endpoints.read(family, key)

    async def _handshake(self, connector: Connector, raw: RawRequest, endpoint: OpenEndpoint, key: str) -> Answer:
        answer = connector.challenge(raw, endpoint.secrets)
        if answer is not None and answer.status >= 400 and self.endpoints.may_reread(endpoint.family, key):
            again = await self._read(endpoint.family, key)
            answer = connector.challenge(raw, again.secrets) if again else answer
        return answer or Answer(405)

    async def _verified(self, connector: Connector, raw: RawRequest, endpoint: OpenEndpoint, key: str) -> OpenEndpoint:
        """The endpoint under whose secret the signature is right. Raises: BadSignature."""
        try:
            connector.verify(raw, endpoint.secrets)
            return endpoint
        except BadSignature:
            if not self.endpoints.may_reread(endpoint.family, key):
                raise
        again = await self._read(endpoint.family, key)  # the secret may have been changed a moment ago
        if again is None:
            raise BadSignature
        connector.verify(raw, again.secrets)
        return again

    async def _keep(self, raw: RawRequest, endpoint: OpenEndpoint) -> None:
        digest = keyed_hash(raw.body, purpose=f"delivery:{endpoint.id}")
        body = seal_under(endpoint.data_key_id, endpoint.data_key, raw.body, context=delivery_context(endpoint.id))
        await self.writer.keep(endpoint.id, digest, body, raw.received_at)


def _with_connection(call: Callable[..., Any], *args: Any) -> Any:
    """Run a query in a worker thread and give its connection back."""
    try:
        return call(*args)
    finally:
        connection.close()


async def _raw_request(scope: Scope, receive: Receive) -> RawRequest:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    words = scope["query_string"].decode("latin-1")
    query = parse_qs(words, keep_blank_values=True, max_num_fields=50) if words else {}
    body = await _body(receive, headers.get("content-length", ""))
    return RawRequest(scope["method"], headers, query, body, now())


async def _body(receive: Receive, announced: str) -> bytes:
    limit = settings.WEBHOOK_MAX_BYTES
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if answer.status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
