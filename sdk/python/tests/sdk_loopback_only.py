"""Refuses what leaves this machine, in any process that calls `guard()`, and keeps what was contacted.

No test of the SDK can reach a server that is not its own, whatever it is set to.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any


class LeavesThisMachine(RuntimeError):
    """A test tried to contact somebody outside."""


class _Guard:
    is_on = False
    is_hooked = False
    # (event, host, port) of each look-up and connection.
    contacted: list[tuple[str, str, int]]


_guard = _Guard()
_guard.contacted = []


def guard() -> list[tuple[str, str, int]]:
    """Refuse from now on; returns the list that is added to with each contact."""
    if not _guard.is_hooked:
        # A hook cannot be taken away again, only be told to look elsewhere.
        _guard.is_hooked = True
        sys.addaudithook(_look)
    _guard.is_on = True
    return _guard.contacted


def release() -> None:
    """Refuse nothing any more."""
    _guard.is_on = False


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guard.is_on or event not in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        return
    address: Any = arguments[:2] if event == "socket.getaddrinfo" else arguments[1]
    if not isinstance(address, tuple):
        # A path: a socket of this machine.
        return
    host, port = _text(address[0]), address[1]
    _guard.contacted.append((event, host, int(port or 0)))
    if not _is_loopback(host):
        raise LeavesThisMachine(f"{event} {host}")


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "None", "")
