"""The only source of time; a test passes another clock instead of patching."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

MICROSECONDS = 1_000_000


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


def to_rfc3339(us: int) -> str:
    """Format microseconds since 1970 as RFC 3339 UTC with `Z` and six digits."""
    # Built from parts: datetime.fromtimestamp(float) would lose microseconds of far dates.
    stamp = datetime.fromtimestamp(us // MICROSECONDS, tz=UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{us % MICROSECONDS:06d}Z"


def from_rfc3339(text: str) -> int:
    """Read an RFC 3339 time with a zone into microseconds since 1970.

    Raises ValueError for anything else, a time without a zone among them.
    """
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        raise ValueError("a time needs a zone, such as Z or +02:00")
    delta = stamp - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds
