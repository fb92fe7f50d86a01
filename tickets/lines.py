"""The queue's line of a ticket, worked out again from what was said.

The same result whatever order things arrived in.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from core.prepared import Prepared

Place = tuple[int, int | None, int | None]

_REFRESH = Prepared(
    "refresh_lines",
    ("bigint[]", "bigint[]"),
    """
WITH said AS (
    SELECT m.ticket_id, m.at, m.id, m.external_id, m.direction, m.visibility, m.language, m.subject, m.automatic,
           CASE WHEN m.fold_at > 0 THEN left(m.text, m.fold_at) ELSE m.text END AS text,
           EXISTS (SELECT 1 FROM tickets_part p WHERE p.message_id = m.id AND p.state = 'failed') AS failed,
           EXISTS (SELECT 1 FROM tickets_part p WHERE p.message_id = m.id AND p.state = 'unknown') AS unclear
    FROM tickets_message m WHERE m.ticket_id = ANY($1) AND m.state <> 'deleted'
), answered AS (
    SELECT ticket_id, max(at) AS at, min(at) AS first_at FROM said WHERE direction = 'out' AND NOT failed GROUP BY 1
), waiting AS (
    SELECT said.ticket_id, min(said.at) AS since
    FROM said LEFT JOIN answered ON answered.ticket_id = said.ticket_id
    WHERE said.direction = 'in' AND said.automatic NOT IN ('reply', 'report')
      AND (answered.at IS NULL OR said.at > answered.at) GROUP BY 1
), latest AS (
    SELECT DISTINCT ON (ticket_id) ticket_id, at, text, visibility FROM said
    ORDER BY ticket_id, at DESC, external_id DESC, id DESC
), spoken AS (
    SELECT DISTINCT ON (ticket_id) ticket_id, language FROM said
    WHERE direction = 'in' AND language <> '' ORDER BY ticket_id, at DESC, external_id DESC, id DESC
), trouble AS (
    SELECT ticket_id, CASE WHEN bool_or(failed) THEN 'failed' WHEN bool_or(unclear) THEN 'unknown' ELSE '' END AS word
    FROM said GROUP BY 1
), headed AS (
    SELECT DISTINCT ON (ticket_id) ticket_id, subject FROM said
    WHERE subject <> '' ORDER BY ticket_id, at, external_id, id
), span AS (
    SELECT ticket_id, min(at) FILTER (WHERE direction = 'in') AS first_at, max(at) AS last_at
    FROM tickets_message WHERE ticket_id = ANY($1) GROUP BY 1
)
UPDATE tickets_ticket AS t SET
    status = CASE WHEN t.id <> ALL($2) OR t.status NOT IN ('open', 'waiting') THEN t.status
                  WHEN waiting.since IS NULL THEN 'waiting' ELSE 'open' END,
    waiting_since = waiting.since,
    due_at = CASE WHEN t.status NOT IN ('done', 'spam')
                  THEN waiting.since + make_interval(mins => c.reply_target_minutes) END,
    first_reply_at = answered.first_at,
    subject = coalesce(headed.subject, t.subject),
    opened_at = least(t.opened_at, span.first_at),
    last_message_at = coalesce(latest.at, span.last_at, t.last_message_at),
    preview = left(regexp_replace(coalesce(latest.text, ''), '\\s+', ' ', 'g'), 200),
    visibility = coalesce(latest.visibility, t.visibility),
    language = coalesce(spoken.language, ''),
    trouble = coalesce(trouble.word, ''),
    version = t.version + 1
FROM tickets_channel c, unnest($1) AS wanted(id)
    LEFT JOIN waiting ON waiting.ticket_id = wanted.id
    LEFT JOIN answered ON answered.ticket_id = wanted.id
    LEFT JOIN latest ON latest.ticket_id = wanted.id
    LEFT JOIN spoken ON spoken.ticket_id = wanted.id
    LEFT JOIN trouble ON trouble.ticket_id = wanted.id
    LEFT JOIN headed ON headed.ticket_id = wanted.id
    LEFT JOIN span ON span.ticket_id = wanted.id
WHERE t.id = wanted.id AND c.id = t.channel_id
RETURNING t.id, t.team_id, t.assignee_id
""",
)

_TURN = """
UPDATE tickets_ticket SET status = CASE WHEN waiting_since IS NULL THEN 'waiting' ELSE 'open' END
WHERE id = ANY(%s) AND status IN ('open', 'waiting')
  AND status <> CASE WHEN waiting_since IS NULL THEN 'waiting' ELSE 'open' END
"""


def refresh_lines(ticket_ids: Iterable[int], *, turning: Iterable[int] = ()) -> list[Place]:
    """Bring the denormalised columns of these tickets up to their messages. One statement; the rows must be locked.

    Takes: turning, those among them in which somebody spoke; the same is done for them as by `turn_over`.
    Gives: (ticket id, team id, assignee id) of each, by id.
    """
    ids = sorted(set(ticket_ids))
    if not ids:
        return []
    with connection.cursor() as cursor:
        _REFRESH.run(cursor, [ids, sorted(set(turning))])
        return sorted(cursor.fetchall(), key=lambda place: place[0])


def turn_over(ticket_ids: Iterable[int]) -> None:
    """After somebody spoke: open when the customer waits, waiting when it is the customer's turn.

    Any other status stays as it is.
    """
    ids = sorted(set(ticket_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_TURN, [ids])
