"""Signed webhooks as Facebook posts them: comments in threads, some with personal data, every fiftieth posted twice."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

THREAD_LENGTH = 3  # comments per thread
REPEATED = 50  # every so manieth body comes twice, as platforms do
_TEXTS = (
    "Hei, har dere åpent i romjulen? Jeg finner det ikke på siden deres.",
    "Beställningen kom aldrig fram. Ring mig på 070-123 45 67 i kväll.",
    "Kan jeg bytte størrelse på denne? Den er for liten.",
    "Paketti on myöhässä jo viikon, mitä tapahtuu?",
    "Great service, thank you! Will you ship to Iceland as well?",
    "Skriv til meg på kari.nordmann@eksempel.no når varen er på lager.",
    "Hvor lang tid tager det at få pengene tilbage?",
)


@dataclass(frozen=True, slots=True)
class Sender:
    """A platform's side of one endpoint: where it posts and how it signs. Takes: base, tells its ids from others'."""

    path: str
    app_secret: str
    page: str
    base: int
    created_at: int  # seconds; the platform's time of the first comment

    def comment(self, thread: int, position: int, text: str = "") -> bytes:
        """The body of one comment: the root of its thread at position 0, an answer under it after that."""
        post = f"{self.base}"
        root = f"{post}_{thread * 1000 + 1}"
        at = self.created_at + position
        value = {
            "item": "comment", "verb": "add",
            "post_id": f"{self.page}_{post}",
            "parent_id": root if position else f"{self.page}_{post}",
            "comment_id": f"{post}_{thread * 1000 + 1 + position}",
            "from": {"id": f"{self.base}{thread:07d}", "name": f"Kunde {self.base}-{thread}"},
            "message": text or _TEXTS[(thread + position) % len(_TEXTS)],
            "created_time": at,
        }  # fmt: skip
        entry = {"id": self.page, "time": at, "changes": [{"field": "feed", "value": value}]}
        return json.dumps({"object": "page", "entry": [entry]}, separators=(",", ":")).encode()

    def request(self, body: bytes) -> bytes:
        """The whole HTTP request that brings a body."""
        signature = hmac.digest(self.app_secret.encode(), body, hashlib.sha256).hex()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def requests_for(self, lane: int, lanes: int, count: int) -> list[bytes]:
        """What one of `lanes` connections posts, in order. A thread stays on one connection, so its order is known."""
        out: list[bytes] = []
        for step in range(count):
            request = self.request(self.comment((step // THREAD_LENGTH) * lanes + lane, step % THREAD_LENGTH))
            out.append(request)
            if step % REPEATED == REPEATED - 1:
                out.append(request)
        return out


ORDER_AND_ONCE = """
    SELECT count(*), count(DISTINCT message.external_id), coalesce(bool_and(at_place), true), count(DISTINCT thread_id)
    FROM (
        SELECT external_id, thread_id,
               split_part(external_id, '_', 2)::bigint
               = split_part(thread.external_root, '_', 2)::bigint - 1
                 + row_number() OVER (PARTITION BY thread_id ORDER BY message.id) AS at_place
        FROM tickets_message message JOIN tickets_thread thread ON thread.id = message.thread_id
        WHERE external_id LIKE %s
    ) AS message
"""
