"""Times as text and as numbers; it never asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

MICROSECONDS: Final = 1_000_000


def to_rfc3339(us: int) -> str:
    """Format microseconds since 1970 as RFC 3339 UTC with `Z` and six digits."""
    # Built from parts: datetime.fromtimestamp(float) would lose microseconds of far dates.
    stamp = datetime.fromtimestamp(us // MICROSECONDS, tz=UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{us % MICROSECONDS:06d}Z"


def from_rfc3339(text: str) -> int:
    """Read an RFC 3339 time with a zone into microseconds since 1970.

    Raises ValueError for anything else, a time without a zone among them.
    """
    # RFC 3339 allows `t` and `z` too; Python 3.11 reads capitals alone.
    stamp = datetime.fromisoformat(text.upper())
    if stamp.tzinfo is None:
        raise ValueError("a time needs a zone, such as Z or +02:00")
    delta = stamp - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
