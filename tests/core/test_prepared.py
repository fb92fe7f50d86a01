"""Statements planned once per connection."""

import pytest
from django.db import DataError, connection, transaction

from core.prepared import Prepared

HALF = Prepared("test_half", ("int", "int"), "SELECT $1 / $2, '100%'")


def _run(*params):
    with connection.cursor() as cursor:
        HALF.run(cursor, params)
        return cursor.fetchone()


def test_it_is_one_statement_each_time(db, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert [_run(8, 2), _run(9, 3), _run(6, 6)] == [(4, "100%"), (3, "100%"), (1, "100%")]


def test_a_failure_the_first_time_does_not_stand_in_the_way(transactional_db):
    connection.close()
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            _run(1, 0)
    assert _run(4, 2) == (2, "100%")


def test_a_new_connection_prepares_anew(transactional_db):
    assert _run(4, 2) == (2, "100%")
    connection.close()
    assert _run(4, 4) == (1, "100%")
