"""Decides when the worker may try again after failures; never sleeps itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

# Each probe of a server that stays away costs the host a connection; five failures say that it stays away.
CIRCUIT_FAILURES = 5
PROBE_INTERVAL_S = 30.0
# A refused key is mended by a person, not by trying again.
REFUSED_PAUSE_S = 300.0
# No server may silence us for longer.
MAX_RETRY_AFTER_S = 600.0


class Pacing:
    """Counts failures in a row and keeps the time before which nothing should be sent."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self.now_s = now_s
        self.failures = 0
        self.resume_at_s = 0.0
        # Whether the wait was ordered by the server, and so holds for the last flush before the end, too.
        self.is_ordered = False

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: one probe at a time, without retries."""
        return self.failures >= CIRCUIT_FAILURES

    def succeeded(self) -> None:
        """Forget all failures."""
        self.failures, self.resume_at_s, self.is_ordered = 0, 0.0, False

    def gave_up(self, asked_s: float | None) -> None:
        """Note that a batch failed after its retries; `asked_s` is what Retry-After said."""
        # Spread over half the interval, so that a thousand processes do not return in one second.
        wait_s = PROBE_INTERVAL_S * random.uniform(0.75, 1.25) if self.is_open else 1.0  # noqa: S311
        self._pause(wait_s if asked_s is None else asked_s, is_ordered=asked_s is not None)

    def refused(self) -> None:
        """Note that the server does not take our key."""
        self._pause(REFUSED_PAUSE_S, is_ordered=True)

    def hold(self, seconds: float, *, is_ordered: bool) -> None:
        """Note a pause between two tries of one batch, so that a flush can see it."""
        self._pause(seconds, is_ordered=is_ordered)

    def wait_s(self, *, at_the_end: bool) -> float:
        """Return the seconds until something may be sent; a wait of our own making does not hold at the end."""
        if at_the_end and not self.is_ordered:
            return 0.0
        return max(0.0, self.resume_at_s - self.now_s())

    def _pause(self, seconds: float, *, is_ordered: bool) -> None:
        self.resume_at_s = self.now_s() + seconds
        self.is_ordered = is_ordered


def read_retry_after(header: str, wall_s: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (a number or an HTTP date), None if it says nothing."""
    text = header.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_S)
    # `load_modules` has imported it under the gate.
    from email.utils import parsedate_to_datetime

    try:
        return min(max(0.0, parsedate_to_datetime(text).timestamp() - wall_s), MAX_RETRY_AFTER_S)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
