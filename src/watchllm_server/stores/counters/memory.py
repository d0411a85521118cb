"""Counters in the memory of one process, on a clock that does not jump. The contract says what they promise."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.stores.counters.contract import Count

# Names remembered at once; the ones counted longest ago are forgotten first.
MAX_NAMES: Final = 100_000


class MemoryCounters:
    """For a single process, or for one that cannot reach the others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Name → when its window ends, and its count.
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def count(self, name: str, *, seconds: float) -> Count:
        now_s = self._clock.monotonic_s()
        ends_s, times = self._windows.pop(name, (0.0, 0))
        if now_s >= ends_s:
            ends_s, times = now_s + seconds, 0
        self._windows[name] = (ends_s, times + 1)
        if len(self._windows) > MAX_NAMES:
            self._windows.popitem(last=False)
        return Count(times + 1, ends_s - now_s)

    async def forget(self, name: str) -> None:
        self._windows.pop(name, None)

    async def close(self) -> None:
        self._windows.clear()
