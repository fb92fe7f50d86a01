"""Databases of any size, made once by set-based SQL and kept as templates in the bench's own house."""

from __future__ import annotations

from pathlib import Path

from bench.company import forget_connections, make_company
from bench.house import EMPTY, House, template_name

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
SEED = Path(__file__).with_name("seed.sql")


def fresh_database(house: House, size: str = EMPTY) -> None:
    """A database of this size in the product's place, exactly as every time before. Valkey is emptied too.

    Takes: size, a key of SIZES, or EMPTY for a company without cases.
    """
    template = template_name(size)
    forget_connections()
    if not house.has(template):
        _drop_outdated(house, size)
        _make(house, size)
        forget_connections()
        house.keep(template)
    house.copy(template)
    from core.broker import broker

    broker().flushall()


def _make(house: House, size: str) -> None:
    if size == EMPTY:
        house.run("DROP DATABASE IF EXISTS inbox WITH (FORCE)")
        house.run("CREATE DATABASE inbox")
        make_company()
        return
    fresh_database(house, EMPTY)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SEED.read_text(), {"size": SIZES[size]})
        cursor.execute("VACUUM ANALYZE")


def _drop_outdated(house: House, size: str) -> None:
    """Templates of this size that an earlier version made."""
    rows = house.run("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")
    for name in (str(name) for (name,) in rows):
        if name.endswith(f"_{size}"):
            house.run(f'DROP DATABASE "{name}"')
