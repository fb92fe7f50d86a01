"""The group-commit writer: everything that waits in one statement and one commit, told only afterwards."""

import asyncio
import threading
from contextlib import suppress

import pytest
from django.db import Error, connection

from connectors.models import Delivery
from connectors.writer import BufferFull, GroupCommitWriter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told():
    """Counts how often the ingest worker was asked to look."""
    return []


@pytest.fixture
def writer(told):
    return GroupCommitWriter(1000, lambda: told.append(1))


def digest(number):
    return number.to_bytes(32, "big")


async def waiting(writer, count):
    while writer._waiting < count:
        await asyncio.sleep(0.005)


def commits():
    """In how many transactions the stored rows came."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM connectors_delivery")
        return cursor.fetchone()[0]


def test_500_at_once_are_all_durable_in_few_commits(writer, told, endpoint, now):
    writer.start()

    async def run():
        await asyncio.gather(*(writer.keep(endpoint.pk, digest(i), b"body", now) for i in range(500)))

    asyncio.run(run())
    writer.stop()
    assert Delivery.objects.count() == 500
    assert 1 <= commits() <= 10
    assert 1 <= len(told) <= 10


def test_keeping_from_many_loops_tells_each_its_own(writer, endpoint, now):
    writer.start()
    done = []

    def one(number):
        asyncio.run(writer.keep(endpoint.pk, digest(number), b"body", now))
        done.append(number)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    writer.stop()
    assert sorted(done) == list(range(8))
    assert Delivery.objects.count() == 8


def test_a_failed_insert_fails_its_batch_only_and_all_of_it_is_told(writer, told, endpoint, now):
    # given one batch with a row that the database refuses
    async def run():
        batch = [asyncio.create_task(writer.keep(endpoint.pk, digest(i), b"body", now)) for i in range(5)]
        batch.append(asyncio.create_task(writer.keep(endpoint.pk + 999, digest(9), b"body", now)))
        await waiting(writer, 6)
        writer.start()
        failed = await asyncio.gather(*batch, return_exceptions=True)
        # when the next batch comes
        await asyncio.gather(*(writer.keep(endpoint.pk, digest(i), b"body", now) for i in range(3)))
        return failed

    failed = asyncio.run(run())
    writer.stop()
    # then
    assert [isinstance(error, Error) or type(error).__module__ == "psycopg2.errors" for error in failed] == [True] * 6
    assert Delivery.objects.count() == 3
    assert writer._waiting == 0


def test_the_same_bytes_are_one_row_and_everybody_is_told(writer, endpoint, now):
    async def run():
        same = [asyncio.create_task(writer.keep(endpoint.pk, digest(1), b"body", now)) for _ in range(10)]
        await waiting(writer, 10)
        writer.start()
        await asyncio.gather(*same)

    asyncio.run(run())
    writer.stop()
    assert Delivery.objects.count() == 1


def test_more_than_may_wait_are_refused_and_the_others_kept(told, endpoint, now):
    writer = GroupCommitWriter(3, lambda: told.append(1))

    async def run():
        kept = [asyncio.create_task(writer.keep(endpoint.pk, digest(i), b"body", now)) for i in range(3)]
        await waiting(writer, 3)
        with pytest.raises(BufferFull):
            await writer.keep(endpoint.pk, digest(4), b"body", now)
        writer.start()
        await asyncio.gather(*kept)
        await writer.keep(endpoint.pk, digest(4), b"body", now)

    asyncio.run(run())
    writer.stop()
    assert Delivery.objects.count() == 4


def test_stopping_writes_what_waits(writer, told, endpoint, now):
    async def run():
        kept = [asyncio.create_task(writer.keep(endpoint.pk, digest(i), b"body", now)) for i in range(700)]
        await waiting(writer, 700)
        writer.start()
        await asyncio.to_thread(writer.stop)
        await asyncio.gather(*kept)

    asyncio.run(run())
    assert Delivery.objects.count() == 700
    assert len(told) >= 1


def test_a_client_that_gives_up_frees_its_place_and_harms_nobody(writer, endpoint, now):
    async def run():
        gone = asyncio.create_task(writer.keep(endpoint.pk, digest(1), b"body", now))
        stays = asyncio.create_task(writer.keep(endpoint.pk, digest(2), b"body", now))
        await waiting(writer, 2)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        assert writer._waiting == 1
        writer.start()
        await stays

    asyncio.run(run())
    writer.stop()
    assert writer._waiting == 0
    assert Delivery.objects.count() == 2
