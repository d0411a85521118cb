"""The ledger, the touched traces and the depth of the SQLite queue: plain functions over a connection."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from watchllm_server.model.ledger import MINUTE_US, LedgerMinute, Settlement
from watchllm_server.stores.queue import sqlite_losses as losses
from watchllm_server.stores.queue.contract import QueueDepth, TouchedTrace


def add_received(db: sqlite3.Connection, project_id: str, minute_us: int, count: int) -> None:
    db.execute(
        "INSERT INTO ledger (project_id, minute_us, received) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET received = received + excluded.received",
        (project_id, minute_us, count),
    )


def add_rejected(db: sqlite3.Connection, project_id: str, minute_us: int, rejected: Mapping[str, int]) -> None:
    """A refused event was received too: both counts move together."""
    if not rejected:
        return
    add_received(db, project_id, minute_us, sum(rejected.values()))
    db.executemany(
        "INSERT INTO rejections VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(project_id, minute_us, code, count) for code, count in rejected.items()],
    )


def settle(db: sqlite3.Connection, settlements: Sequence[Settlement]) -> None:
    db.executemany(
        "INSERT INTO ledger (project_id, minute_us, stored, duplicate, dead_lettered) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET stored = stored + excluded.stored, duplicate = duplicate + excluded.duplicate,"
        " dead_lettered = dead_lettered + excluded.dead_lettered",
        [(s.project_id, s.minute_us, s.stored, s.duplicate, s.dead_lettered) for s in settlements],
    )


def touch(db: sqlite3.Connection, traces: Sequence[TouchedTrace], now_us: int) -> None:
    if not traces:
        return
    (mark,) = db.execute("UPDATE state SET mark = max(mark + 1, ?) RETURNING mark", (now_us,)).fetchone()
    db.executemany(
        "INSERT INTO touched VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET mark = excluded.mark",
        [(t.project_id, t.trace_id, mark) for t in traces],
    )


def list_touched(db: sqlite3.Connection, limit: int) -> list[TouchedTrace]:
    rows = db.execute("SELECT project_id, trace_id, mark FROM touched ORDER BY mark LIMIT ?", (limit,))
    return [TouchedTrace(*row) for row in rows]


def find_touched(db: sqlite3.Connection, traces: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    rows = db.execute(
        "SELECT t.project_id, t.trace_id FROM json_each(?) j CROSS JOIN touched t"
        " ON t.project_id = j.value ->> 0 AND t.trace_id = j.value ->> 1",
        (json.dumps(list(traces)),),
    )
    return set(rows.fetchall())


def settle_touched(db: sqlite3.Connection, traces: Sequence[TouchedTrace]) -> None:
    db.executemany(
        "DELETE FROM touched WHERE project_id = ? AND trace_id = ? AND mark = ?",
        [(t.project_id, t.trace_id, t.mark) for t in traces],
    )


def depth(db: sqlite3.Connection) -> QueueDepth:
    entries, events, size, stored = db.execute(
        "SELECT waiting_entries, waiting_events, waiting_bytes, stored_bytes FROM state"
    ).fetchone()
    (oldest,) = db.execute(f"SELECT min(accepted_at_us) FROM ({_WAITING})").fetchone() if entries else (None,)
    (touched,) = db.execute("SELECT count(*) FROM touched").fetchone()
    lost, lost_noticed_us = losses.lost(db)
    return QueueDepth(
        entries=entries,
        events=int(events),
        bytes=int(size),
        oldest_accepted_us=oldest,
        touched_traces=touched,
        stored_bytes=stored,
        lost_events=lost,
        lost_noticed_us=lost_noticed_us,
    )


# What waits: entries of open bundles, and those that no bundle has taken yet.
_WAITING = (
    "SELECT e.* FROM bundles b JOIN entries e ON e.sequence BETWEEN b.first_sequence AND b.last_sequence"
    " WHERE b.acknowledged_at_us IS NULL"
    " UNION ALL SELECT * FROM entries WHERE sequence > (SELECT leased_up_to FROM state)"
)


def imbalance(db: sqlite3.Connection, from_us: int) -> int:
    """Add up, over projects and minutes, by how much received events differ from what became of them."""
    (count,) = db.execute(
        "SELECT coalesce(sum(abs(difference)), 0) FROM (SELECT sum(part) AS difference FROM ("
        " SELECT project_id, minute_us, received - stored - duplicate - dead_lettered AS part FROM ledger"
        " WHERE minute_us >= ?1"
        " UNION ALL SELECT project_id, minute_us, -count FROM rejections WHERE minute_us >= ?1"
        f" UNION ALL SELECT project_id, accepted_at_us / {MINUTE_US} * {MINUTE_US}, -event_count FROM ({_WAITING})"
        " WHERE accepted_at_us >= ?1) GROUP BY project_id, minute_us)",
        (from_us - from_us % MINUTE_US,),
    ).fetchone()
    return int(count)


def count_dead_lettered(db: sqlite3.Connection, from_us: int) -> int:
    """Add up the dead letters of all projects since a minute."""
    (count,) = db.execute(
        "SELECT coalesce(sum(dead_lettered), 0) FROM ledger WHERE minute_us >= ?", (from_us - from_us % MINUTE_US,)
    ).fetchone()
    return int(count)


def list_minutes(db: sqlite3.Connection, project_id: str, from_us: int, to_us: int) -> list[LedgerMinute]:
    """Return the minutes with any count; all three reads see one state of the file."""
    bounds = (project_id, from_us, to_us)
    db.execute("BEGIN")
    try:
        minutes = {
            row[0]: LedgerMinute(
                minute_us=row[0], received=row[1], stored=row[2], duplicate=row[3], dead_lettered=row[4]
            )
            for row in db.execute(
                "SELECT minute_us, received, stored, duplicate, dead_lettered FROM ledger"
                " WHERE project_id = ? AND minute_us >= ? AND minute_us < ?",
                bounds,
            )
        }
        for minute_us, code, count in db.execute(
            "SELECT minute_us, code, count FROM rejections WHERE project_id = ? AND minute_us >= ? AND minute_us < ?",
            bounds,
        ):
            minutes.setdefault(minute_us, LedgerMinute(minute_us=minute_us)).rejected[code] = count
        waiting = db.execute(
            f"SELECT accepted_at_us / {MINUTE_US} * {MINUTE_US} AS minute_us, sum(event_count) FROM ({_WAITING})"
            " WHERE project_id = ? GROUP BY minute_us HAVING minute_us >= ? AND minute_us < ?",
            bounds,
        )
        for minute_us, count in waiting:
            minutes.setdefault(minute_us, LedgerMinute(minute_us=minute_us)).queued = count
    finally:
        db.execute("ROLLBACK")
    return [minutes[key] for key in sorted(minutes)]


def forget_project(db: sqlite3.Connection, project_id: str) -> None:
    for table in ("ledger", "rejections", "touched"):
        db.execute(f"DELETE FROM {table} WHERE project_id = ?", (project_id,))
