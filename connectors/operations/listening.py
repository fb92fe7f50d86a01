"""Open connections on which a platform tells that there is news: held one per account, in threads of one process.

What is heard is a hint to poll, or a raw piece to keep. Nothing depends on it: what a connection misses is found by the
poll that comes anyway.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.db.models import Q

from connectors.kit import errors, registry
from connectors.kit.base import Raw
from connectors.models import Account, Health
from connectors.operations.fetching import keep_pieces
from connectors.operations.holding import follow_error
from connectors.operations.polling import poll_account
from connectors.queries.accounts import open_account
from core.clock import now as clock_now
from core.secrets import SealBroken

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # after that without a renewal another process may listen for the account
RENEW_SECONDS = 20
FIRST_REST, LONGEST_REST = 5, 300  # seconds before a dropped connection is opened again


def claim_accounts(*, now: datetime, most: int) -> list[int]:
    """Lease accounts whose platform offers a connection and for which nobody listens. Gives: their ids."""
    keys = [key for key in registry.keys() if registry.get(key).listen is not None]  # noqa: SIM118  a function
    free = Account.objects.filter(channel__platform__in=keys).filter(paused_at__isnull=True)
    free = free.exclude(health=Health.RECONNECT)
    free = free.filter(Q(listening_until__isnull=True) | Q(listening_until__lte=now))
    claimed = []
    for pk in free.order_by("pk").values_list("pk", flat=True)[:most]:
        # One conditional statement each: of two processes that see the same account free, one gets it.
        if free.filter(pk=pk).update(listening_until=now + LEASE):
            claimed.append(pk)
    return claimed


def listen_once(*, account_id: int, stop: Callable[[], bool]) -> bool:
    """Hold one account's connection until it drops or `stop()` is true. Gives: whether it may be opened again soon."""
    account = Account.objects.select_related("channel", "endpoint").get(pk=account_id)
    listen = registry.get(account.channel.platform).listen
    if listen is None:
        return False
    try:
        for heard in listen(open_account(account), stop):
            _take(account_id, heard)
    except SealBroken:
        return False
    except errors.ConnectorError as error:
        return follow_error(account, error, now=clock_now())
    return True


def _take(account_id: int, heard: Raw | None) -> None:
    account = Account.objects.select_related("channel", "endpoint").get(pk=account_id)
    if heard is None:
        poll_account(account)
    else:
        keep_pieces(account=account, pieces=[heard], now=clock_now())


@dataclass(slots=True)
class Listener:
    """Listens for up to `most` accounts, each in a thread. Start it once per process that is to listen."""

    most: int = 100
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: dict[int, threading.Thread] = field(default_factory=dict)

    def run(self) -> None:
        """Look for accounts and hold their connections until `stop` is called."""
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception as error:  # the database away, most likely: it comes back
                log.warning("listening paused: %s", type(error).__name__)
            close_old_connections()
            self._stopping.wait(RENEW_SECONDS)
        for thread in self._threads.values():
            thread.join(timeout=10)
        Account.objects.filter(pk__in=self._threads).update(listening_until=None)

    def stop(self) -> None:
        """Let every connection go; `run` returns within some seconds."""
        self._stopping.set()

    def _turn(self) -> None:
        self._threads = {pk: thread for pk, thread in self._threads.items() if thread.is_alive()}
        Account.objects.filter(pk__in=self._threads).update(listening_until=clock_now() + LEASE)
        for pk in claim_accounts(now=clock_now(), most=self.most - len(self._threads)):
            thread = threading.Thread(target=self._hold, args=(pk,), name=f"listen-{pk}", daemon=True)
            self._threads[pk] = thread
            thread.start()

    def _hold(self, account_id: int) -> None:
        """Open the connection again and again, resting longer each time it drops at once."""
        rest = FIRST_REST
        while not self._stopping.is_set():
            started = clock_now()
            try:
                again = listen_once(account_id=account_id, stop=self._stopping.is_set)
            except Exception as error:  # our bug or a database restart; the poll goes on meanwhile
                log.error("listening to account %d raised %s", account_id, type(error).__name__)
                again = True
            close_old_connections()
            if not again:
                return
            held = (clock_now() - started).total_seconds()
            rest = FIRST_REST if held > LONGEST_REST else min(rest * 2, LONGEST_REST)
            self._stopping.wait(rest)
