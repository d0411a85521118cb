"""Counters that others share while they can be reached, and this process's own meanwhile."""

from __future__ import annotations

from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.errors import Unavailable
from watchllm_server.stores.counters.contract import Count, Counters

# Asked again after it: a limit must not make every request wait for a store that is away.
AWAY_S: Final = 5.0


class FallbackCounters:
    """A limit that cannot be counted together holds for each process; it neither opens nor closes the door."""

    def __init__(self, shared: Counters, own: Counters, clock: Clock) -> None:
        self._shared = shared
        self._own = own
        self._clock = clock
        self._away_until_s = 0.0

    async def count(self, name: str, *, seconds: float) -> Count:
        if self._clock.monotonic_s() >= self._away_until_s:
            try:
                return await self._shared.count(name, seconds=seconds)
            except Unavailable:
                self._away_until_s = self._clock.monotonic_s() + AWAY_S
        return await self._own.count(name, seconds=seconds)

    async def forget(self, name: str) -> None:
        await self._own.forget(name)
        if self._clock.monotonic_s() >= self._away_until_s:
            try:
                await self._shared.forget(name)
            except Unavailable:
                self._away_until_s = self._clock.monotonic_s() + AWAY_S

    async def close(self) -> None:
        await self._shared.close()
        await self._own.close()
