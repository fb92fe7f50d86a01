"""One operation, one transaction, tried again when it met another at the same rows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg2.errors import DeadlockDetected

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3


def in_transaction(operation: Callable[P, R]) -> Callable[P, R]:
    """Run `operation` in a transaction; after a deadlock, which undid all of it, run it again.

    People lock the case first and then what hangs on it, workers meet a part or message first: the database ends such a
    knot within a second by refusing one of the two. Inside another transaction it is that one's to try again.
    """

    @functools.wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return operation(*args, **kwargs)
            except OperationalError as error:
                if not outermost or attempt == TRIES or not isinstance(error.__cause__, DeadlockDetected):
                    raise
        raise AssertionError("unreachable")

    return run
