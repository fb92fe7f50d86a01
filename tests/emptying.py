"""Emptying the tables after a test whose commits were real.

Django truncates every table, which makes new files for each one and its indexes: half a second for each such test, and
there are many. A test fills few rows of few tables, so deleting those costs a hundredth. Triggers and foreign keys rest
meanwhile, as they do for TRUNCATE.
"""

import functools
import time

from django.db import OperationalError, connection

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
TRIES = 20  # a process that a test has started may still be writing


@functools.cache
def _filled_query():
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)


def _delete_rows(cursor):
    """Gives: whether anything was there."""
    cursor.execute(_filled_query())
    filled = [name for (name,) in cursor.fetchall()]
    if filled:
        deletes = "".join(f'DELETE FROM "{name}";' for name in filled)
        cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT")
    return bool(filled)


def empty_tables():
    """Leave no row in any table but those that every test starts with. Raises: OperationalError after a second."""
    with connection.cursor() as cursor:
        for tried in range(TRIES):
            try:
                if not _delete_rows(cursor):
                    return
            except OperationalError:  # a deadlock with such a process
                cursor.execute("ROLLBACK")
                if tried == TRIES - 1:
                    raise
                time.sleep(0.05)
