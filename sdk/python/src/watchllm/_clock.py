"""Where times and ids of events come from, so that a test can make them predictable; never used for pacing."""

from __future__ import annotations

import random
import time
from typing import Protocol


class Clock(Protocol):
    """Reads the time of events."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 (UTC)."""
        ...

    def tick_ns(self) -> int:
        """Nanoseconds of a clock that never jumps; only differences mean something."""
        ...


class Ids(Protocol):
    """Makes the ids of events and traces."""

    def new_id(self) -> str:
        """Return 32 hex digits that were never returned before."""
        ...


class SystemClock:
    """The computer's clocks."""

    wall_ns = staticmethod(time.time_ns)
    tick_ns = staticmethod(time.perf_counter_ns)


class RandomIds:
    """Random ids of 128 bits. MUST be made anew in a forked child, which would repeat those of its parent.

    Not from `os.urandom` each time: that lets go of the interpreter's lock, and getting it back from a busy
    worker took 17 µs of a span's 30. The time is mixed in for processes that continue from one snapshot.
    """

    def __init__(self) -> None:
        # Seeded by the operating system; nothing secret hangs on these ids.
        self._bits = random.Random().getrandbits  # noqa: S311

    def new_id(self) -> str:
        return f"{self._bits(128) ^ time.time_ns():032x}"
