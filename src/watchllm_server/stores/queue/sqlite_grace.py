"""The period of grace in the SQLite queue: acknowledged bundles that are still to be looked for in the event store.

Plain functions over a connection, each inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from watchllm_server.stores.queue.contract import Bundle, SettledBundle, TouchedTrace
from watchllm_server.stores.queue.contract.packing import is_head_intact
from watchllm_server.stores.queue.sqlite_bundles import number_of

_TRACES = msgspec.msgpack.Decoder(list[tuple[str, str]])


def settle(db: sqlite3.Connection, bundle: Bundle, touched: Sequence[TouchedTrace]) -> None:
    """Remember an acknowledged bundle and the traces by which its events are found."""
    traces = msgspec.msgpack.encode([(trace.project_id, trace.trace_id) for trace in touched])
    db.execute("INSERT OR REPLACE INTO settled VALUES (?, 0, ?)", (number_of(bundle.bundle_id), traces))


def list_unchecked(db: sqlite3.Connection, before_us: int, max_events: int) -> list[SettledBundle]:
    """Return bundles acknowledged before a time that were not looked for since, oldest first; at least one if any."""
    found: list[SettledBundle] = []
    events = 0
    rows = db.execute(
        "SELECT (SELECT queue_id FROM state) || '.' || s.bundle_id, b.first_sequence, b.last_sequence, s.traces"
        " FROM settled s JOIN bundles b USING (bundle_id)"
        " WHERE s.is_checked = 0 AND b.acknowledged_at_us < ? ORDER BY s.bundle_id",
        (before_us,),
    )
    for bundle_id, first, last, traces in rows:
        ids = _ids(db, first, last)
        found.append(
            SettledBundle(
                bundle_id=bundle_id,
                first_sequence=first,
                last_sequence=last,
                event_ids=ids,
                traces=_traces(traces),
            )
        )
        events += sum(map(len, ids.values()))
        if events >= max_events:
            break
    return found


def _traces(packed: bytes) -> list[tuple[str, str]]:
    try:
        return _TRACES.decode(packed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Damaged: the events are looked for by their ids alone, which takes longer.
        return []


def _ids(db: sqlite3.Connection, first: int, last: int) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for head in db.execute(
        "SELECT e.sequence, e.project_id, e.format, e.accepted_at_us, b.event_ids, b.head_checksum"
        " FROM entries e JOIN bodies b USING (sequence) WHERE sequence BETWEEN ? AND ?",
        (first, last),
    ):
        if is_head_intact(*head):
            _, project_id, _, _, event_ids, _ = head
            ids.setdefault(project_id, []).extend(event_ids.split("\n"))
    return ids


def mark_checked(db: sqlite3.Connection, bundle_ids: Sequence[str]) -> None:
    db.executemany(
        "UPDATE settled SET is_checked = 1 WHERE bundle_id = ?", [(number_of(bundle_id),) for bundle_id in bundle_ids]
    )


def uncheck(db: sqlite3.Connection) -> None:
    """Have every bundle of the period of grace looked for again."""
    db.execute("UPDATE settled SET is_checked = 0")
