"""The bounded queue between the host and the worker, and the counts of what became of every event.

At most 10,000 events and 64 MiB, those on their way included; when full, the newest is dropped and counted.
Every event that was accepted is settled exactly once: sent, or dropped for a reason. Never logs, since the
lock must not be held while the host's handlers run.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue

from watchllm._entry import Entry, total_bytes

MAX_EVENTS = 10_000
MAX_BYTES = 64 * 1024 * 1024
# Longer than a deployment or a fail-over, short enough that what arrives still means something.
MAX_AGE_S = 600.0

_NEVER = 1 << 62


class Outbox:
    """Takes entries from any thread, gives them to one worker in their order.

    The lock is re-entrant, since a signal handler or a finaliser may capture an event in the middle of
    another. The worker is woken through a SimpleQueue, which is re-entrant too, unlike a Condition.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.RLock()
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._wake_at = _NEVER
        self._flush_target = 0
        self.accepted = 0
        self.settled = 0
        self.sent = 0
        self.dropped: Counter[str] = Counter()
        self.is_closing = False
        self.is_closed = False

    def has_room(self) -> bool:
        """Return whether an event may come; if not, count it as dropped. Asked before its values are copied."""
        if not self.is_closed and self.accepted - self.settled < MAX_EVENTS and self._bytes < MAX_BYTES:
            return True
        self.drop("shutdown" if self.is_closed else "queue_full")
        return False

    def put(self, entry: Entry) -> bool:
        """Accept an entry, or drop and count it; returns whether it was accepted. Never waits for the worker."""
        with self._lock:
            if self.is_closed:
                self.dropped["shutdown"] += 1
                return False
            if self.accepted - self.settled >= MAX_EVENTS or self._bytes + entry.size > MAX_BYTES:
                self.dropped["queue_full"] += 1
                return False
            entry.queued_at_s = self._now_s()
            self._entries.append(entry)
            self._bytes += entry.size
            self.accepted += 1
            must_wake = len(self._entries) >= self._wake_at
            if must_wake:
                self._wake_at = _NEVER
        if must_wake:
            self._wake.put(None)
        return True

    def left(self) -> list[Entry]:
        """Return what is queued, in a process that has just been forked: of its lock nothing is known."""
        return list(self._entries)

    def drop(self, reason: str) -> None:
        """Count an event that was never accepted."""
        with self._lock:
            self.dropped[reason] += 1

    def take(self, limit: int) -> list[Entry]:
        """Take the oldest entries; each MUST be settled or put back."""
        with self._lock:
            return [self._entries.popleft() for _ in range(min(limit, len(self._entries)))]

    def put_back(self, entries: list[Entry], *, expired_as: str) -> int:
        """Return unsent entries to the front in their order; those past their age are dropped. Returns how many."""
        oldest = self._now_s() - MAX_AGE_S
        kept = [entry for entry in entries if entry.queued_at_s > oldest]
        expired = [entry for entry in entries if entry.queued_at_s <= oldest]
        self.settle(expired, expired_as)
        with self._lock:
            if not self.is_closed:
                self._entries.extendleft(reversed(kept))
        return len(expired)

    def settle(self, entries: Iterable[Entry], dropped_as: str = "") -> None:
        """Count entries that are done with: sent, or dropped for a reason."""
        with self._lock:
            if self.is_closed:
                return
            done = [entry for entry in entries if not entry.is_settled]
            for entry in done:
                entry.is_settled = True
            self._bytes -= total_bytes(done)
            self.settled += len(done)
            if not done:
                return
            if dropped_as:
                self.dropped[dropped_as] += len(done)
            else:
                self.sent += len(done)

    def wait_s(self, flush_at: int, interval_s: float) -> float | None:
        """Return how long the worker should wait before taking a batch: 0 now, None until an event comes."""
        with self._lock:
            count = len(self._entries)
            if count and (count >= flush_at or self.is_urgent):
                return 0.0
            self._wake_at = flush_at if count else 1
            if not count:
                return None
            return max(0.0, self._entries[0].queued_at_s + interval_s - self._now_s())

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for what is queued, by `flush()` or at the end."""
        return self.is_closing or self.settled < self._flush_target

    def sleep(self, seconds: float | None) -> None:
        """Let the worker wait until it is woken or the time is over."""
        try:
            self._wake.get(timeout=seconds)
        except Empty:
            return

    def wake(self) -> None:
        """Wake the worker for something else than an event."""
        self._wake.put(None)

    def hurry(self) -> int:
        """Ask the worker to send all that is queued; returns the number that `settled` must reach."""
        with self._lock:
            self._flush_target = target = self.accepted
        self._wake.put(None)
        return target

    def close(self) -> int:
        """Accept nothing more and count what is left as dropped by shutdown; returns how many that were."""
        with self._lock:
            if self.is_closed:
                return 0
            left = self.accepted - self.settled
            if left:
                self.dropped["shutdown"] += left
            self.settled = self.accepted
            self.is_closing = self.is_closed = True
            self._entries.clear()
            self._bytes = 0
        self._wake.put(None)
        return left

    def counts(self) -> dict[str, object]:
        """Return the numbers of `stats()`."""
        with self._lock:
            return {"queued": self.accepted - self.settled, "sent": self.sent, "dropped": dict(self.dropped)}
