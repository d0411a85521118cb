"""Bounds the memory of all bodies together: of those that arrive, and of what compressed ones become."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from watchllm_server.errors import Unavailable

# The HTTP server reads this much of each connection by itself: less than that needs no leave.
FREE_BYTES: Final = 64 * 1024
# Room comes when a large body has been accepted. Longer waits mean that it comes from a client that does not send.
MAX_WAIT_S: Final = 5.0
RETRY_S: Final = 5


class Room:
    """The bytes that requests may hold together, beyond the first `FREE_BYTES` of each.

    When there is no room, one request may still go on to its end: otherwise many that are half there would wait for
    each other. So no more is held than the bound and one body.
    """

    def __init__(self, most_bytes: int, refusal: str) -> None:
        self._room = most_bytes
        self._refusal = refusal
        self._going_on: Share | None = None
        self._has_changed = asyncio.Event()

    @contextmanager
    def share(self) -> Generator[Share]:
        """Return what one request may hold; all of it is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            if self._going_on is share:
                self._going_on = None
            self.give_back(share.held)

    async def take(self, share: Share, size: int) -> None:
        """Return when the request may have so many bytes more. Raises Unavailable when it may not in time."""
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                while not self._may_take(share, size):
                    self._has_changed.clear()
                    await self._has_changed.wait()
        except TimeoutError:
            raise Unavailable(self._refusal, retry_after_s=RETRY_S) from None
        self._room -= size

    def give_back(self, size: int) -> None:
        """Let others have so many bytes."""
        self._room += size
        self._has_changed.set()

    def _may_take(self, share: Share, size: int) -> bool:
        if self._room < size and self._going_on is None:
            self._going_on = share
        return self._room >= size or self._going_on is share


class Share:
    """What one request holds."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    async def hold(self, size: int) -> None:
        """Return when the request may have `size` bytes in all."""
        more = size - FREE_BYTES - self.held
        if more > 0:
            await self._room.take(self, more)
            self.held += more

    def shrink(self, size: int) -> None:
        """Give back what is held beyond `size` bytes in all."""
        less = self.held - max(0, size - FREE_BYTES)
        if less > 0:
            self.held -= less
            self._room.give_back(less)
