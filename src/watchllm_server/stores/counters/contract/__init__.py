"""The promises of counters: how often something happened within a window of time, over all that share them."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Count(msgspec.Struct, frozen=True):
    """How often in the window that is open now, this time among them, and how long it stays open."""

    times: int
    remaining_s: float


class Counters(Protocol):
    """Counts that nobody misses when they are lost: a window begins anew."""

    async def count(self, name: str, *, seconds: float) -> Count:
        """Count once more. The window of a name opens with its first count and stays open for `seconds`.

        MAY raise `errors.Unavailable`.
        """
        ...

    async def forget(self, name: str) -> None:
        """Close the window of a name. MAY raise `errors.Unavailable`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
