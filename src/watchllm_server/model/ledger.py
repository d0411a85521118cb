"""The ledger: the counts that must balance, from received to stored, and the stages of one event."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

MINUTE_US: Final = 60 * 1_000_000

Stage = Literal["received", "rejected", "queued", "leased", "dead_lettered", "stored", "visible", "deleted"]


def minute_of(us: int) -> int:
    """Return the start of the minute of a time, in microseconds since 1970."""
    return us - us % MINUTE_US


class LedgerMinute(msgspec.Struct, kw_only=True):
    """The events of one project whose requests were answered in one minute, by what became of them.

    Every received event is in exactly one of the other counts. `queued` is counted from the entries that
    wait, not computed from the rest: so a lost event shows as an imbalance.
    """

    minute_us: int
    received: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    duplicate: int = 0
    queued: int = 0
    stored: int = 0
    dead_lettered: int = 0

    @property
    def excess(self) -> int:
        """Return how many events were received beyond those that are in another count; 0 is right."""
        settled = sum(self.rejected.values()) + self.duplicate + self.stored + self.dead_lettered
        return self.received - settled - self.queued

    @property
    def is_balanced(self) -> bool:
        return self.excess == 0


class Settlement(msgspec.Struct, frozen=True):
    """What a processor found for the events of one project and minute in one bundle."""

    project_id: str
    minute_us: int
    stored: int = 0
    duplicate: int = 0
    dead_lettered: int = 0


def total(minutes: list[LedgerMinute]) -> dict[str, Any]:
    """Add minutes up: the `totals` of an answer."""
    rejected: dict[str, int] = {}
    for minute in minutes:
        for code, count in minute.rejected.items():
            rejected[code] = rejected.get(code, 0) + count
    return {
        "received": sum(m.received for m in minutes),
        "rejected": rejected,
        "duplicate": sum(m.duplicate for m in minutes),
        "queued": sum(m.queued for m in minutes),
        "stored": sum(m.stored for m in minutes),
        "dead_lettered": sum(m.dead_lettered for m in minutes),
    }
