"""The database's own share: the plainest statements that could fill a queue page, count it, or decide a race."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg2

PAGE = """
    SELECT id, number, customer_id, customer_name, platform, preview, due_at, team_id, assignee_id, version
    FROM tickets_ticket WHERE status = 'open' ORDER BY coalesce(due_at, '9999-01-01Z'::timestamptz), id LIMIT 51
"""
COUNTS = "SELECT status, team_id, assignee_id, sum(n)::bigint FROM tickets_count GROUP BY 1, 2, 3"
_CLAIM = "UPDATE floor_race SET owner = %s WHERE id = %s AND owner IS NULL"


def time_statement(url: str, statement: str, times: int) -> list[float]:
    """Seconds for each of `times` runs on a warm connection, rows fetched."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for _ in range(5):
                _timed(cursor, statement)
            return [_timed(cursor, statement) for _ in range(times)]
    finally:
        connection.close()


def _timed(cursor: Any, statement: str) -> float:
    begun = time.perf_counter()
    cursor.execute(statement)
    cursor.fetchall()
    return time.perf_counter() - begun


def race(url: str, hands: int, rounds: int) -> list[float]:
    """Seconds that losing claims took: `hands` connections reach for one row at once, `rounds` times."""
    keeper = psycopg2.connect(url)
    keeper.autocommit = True
    with keeper.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor_race; CREATE TABLE floor_race (id int PRIMARY KEY, owner int)")
        cursor.execute("INSERT INTO floor_race SELECT n, NULL FROM generate_series(1, %s) n", [rounds])
    together = Barrier(hands)

    def reach(hand: int) -> list[float]:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        lost = []
        with connection.cursor() as cursor:
            for case in range(1, rounds + 1):
                together.wait(timeout=60)
                begun = time.perf_counter()
                cursor.execute(_CLAIM, [hand, case])
                if cursor.rowcount == 0:
                    lost.append(time.perf_counter() - begun)
        connection.close()
        return lost

    with ThreadPoolExecutor(hands) as pool:
        losses = [seconds for each in pool.map(reach, range(hands)) for seconds in each]
    keeper.close()
    return losses
