"""One event on its way from the host to the server; holds copies alone, never the host's objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchllm._scope import Scope

# What an entry's own objects take beside its copied values, measured on CPython 3.11 with ids and a small body.
ENTRY_BYTES = 1024


class Entry:
    """An event as captured; `body` gives way to `encoded` once the worker has made its JSON."""

    __slots__ = (
        "body",
        "duration_ns",
        "encoded",
        "event_id",
        "is_settled",
        "parent_event_id",
        "queued_at_s",
        "scope",
        "size",
        "trace_id",
        "type",
        "wall_ns",
    )

    def __init__(
        self,
        type: str,
        event_id: str,
        trace_id: str,
        parent_event_id: str,
        wall_ns: int,
        duration_ns: int | None,
        scope: Scope,
        body: dict[str, Any],
        size: int,
    ) -> None:
        self.type = type
        self.event_id = event_id
        self.trace_id = trace_id
        self.parent_event_id = parent_event_id
        self.wall_ns = wall_ns
        self.duration_ns = duration_ns
        self.scope = scope
        self.body = body
        self.size = size + ENTRY_BYTES
        self.queued_at_s = 0.0
        self.encoded = b""
        self.is_settled = False


def total_bytes(entries: Iterable[Entry]) -> int:
    """Return about how much memory the entries take."""
    return sum(entry.size for entry in entries)
