"""The only source of time; a test passes another clock instead of patching."""

from __future__ import annotations

import time
from typing import Protocol

from watchllm_server.model.times import MICROSECONDS


class Clock(Protocol):
    """Wall time for stamps, monotonic time for durations and deadlines."""

    def now_us(self) -> int:
        """Return the wall time in microseconds since 1970 (UTC)."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that a test moves by hand."""

    def __init__(self, now_us: int = 1_800_000_000 * MICROSECONDS) -> None:
        self._now_us = now_us
        self._monotonic_s = 0.0

    def now_us(self) -> int:
        return self._now_us

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Move both times forward."""
        self._now_us += int(seconds * MICROSECONDS)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall time alone, as a clock correction does."""
        self._now_us += int(seconds * MICROSECONDS)
