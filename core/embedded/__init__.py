"""PostgreSQL and Valkey out of Python wheels, for a machine that has neither.

`make run` and the test suite stand on this. Standard library, psycopg2 and the two wheels only; no Django. Both
servers listen on unix sockets alone, in folders closed to other users; nothing here opens a TCP port.
"""

from core.embedded.home import SocketAddress, database_url, redis_url, resolve_home
from core.embedded.postgres import Postgres
from core.embedded.processes import CannotStart
from core.embedded.throwaway import throwaway_servers
from core.embedded.valkey import Valkey

__all__ = [
    "CannotStart",
    "Postgres",
    "SocketAddress",
    "Valkey",
    "database_url",
    "redis_url",
    "resolve_home",
    "throwaway_servers",
]
