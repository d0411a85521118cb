"""Reads what an SDK says that it dropped, so that the ledger knows of events that never came."""

from __future__ import annotations

from typing import Any, Final, cast

import orjson

# What our SDKs count; other names would let a client fill the ledger with rows.
REASONS: Final = frozenset(
    {"queue_full", "too_large", "unserialisable", "auth", "shutdown", "expired", "server_error", "redaction"}
)
MAX_COUNT: Final = 10**12


def read_dropped(header: str | None) -> dict[str, int]:
    """Return counts by ledger code, {} for a header that cannot be read: it is a courtesy, not a promise."""
    if not header or len(header) > 1_024:
        return {}
    try:
        given: Any = orjson.loads(header)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(given, dict):
        return {}
    return {
        f"sdk:{reason}": count
        for reason, count in cast(dict[str, Any], given).items()
        if reason in REASONS and type(count) is int and 0 < count < MAX_COUNT
    }
