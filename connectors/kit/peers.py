"""Connections that look at who answers before a byte leaves: a name may point anywhere, an address may not."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError


def is_loopback(host: str) -> bool:
    """Is `host` this machine, by name or address?"""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_peer(address: str, *, loopback: bool) -> bool:
    """May we talk to `address`? Public ones always, this machine where `loopback` says so, private ones never."""
    peer = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
        return allowed_peer(str(peer.ipv4_mapped), loopback=loopback)
    return (peer.is_global and not peer.is_multicast) or (loopback and peer.is_loopback)


class GuardedAdapter(HTTPAdapter):
    """Transport for a `requests.Session`: public peers over https, or with `loopback` a simulated platform."""

    def __init__(self, *, loopback: bool) -> None:
        self._pools: dict[str, type[HTTPConnectionPool]] = (
            {"http": _LoopbackHTTPPool, "https": _LoopbackHTTPSPool} if loopback else {"https": _PublicHTTPSPool}
        )
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Called by requests, also after unpickling: put our connection classes in place of the plain ones."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _guarded(sock: socket.socket, connection: HTTPConnection, *, loopback: bool) -> socket.socket:
    if allowed_peer(sock.getpeername()[0], loopback=loopback):
        return sock
    sock.close()
    raise NewConnectionError(connection, "address not allowed")


class _PublicHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(super()._new_conn(), self, loopback=False)


class _LoopbackHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(super()._new_conn(), self, loopback=True)


class _LoopbackHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(super()._new_conn(), self, loopback=True)


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPS


class _LoopbackHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _LoopbackHTTPS


class _LoopbackHTTPPool(HTTPConnectionPool):
    ConnectionCls = _LoopbackHTTP
