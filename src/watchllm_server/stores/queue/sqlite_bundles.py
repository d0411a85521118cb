"""Bundles and leases in the SQLite queue: plain functions over a connection, each inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec

from watchllm_server.stores.queue.contract import Bundle, LeaseLost, QueuedEvent, QueueEdges
from watchllm_server.stores.queue.sqlite_owners import Owners

# Entries looked at when a bundle is put together: more than a bundle can hold of the smallest entries.
LOOK_AHEAD: Final = 10_000


class Held(msgspec.Struct):
    """A bundle that was just leased, without its entries."""

    bundle_id: str
    fence: int
    attempts: int
    first_sequence: int
    last_sequence: int
    plan: bytes


def number_of(bundle_id: str) -> int:
    """Return the key of a bundle in this file; before it stands the id of the queue."""
    return int(bundle_id.rpartition(".")[2])


def next_step(db: sqlite3.Connection) -> int:
    """Return a number larger than that of every step before."""
    (step,) = db.execute("UPDATE state SET steps = steps + 1 RETURNING steps").fetchone()
    return int(step)


def _is_free(row: tuple[Any, ...], now_ms: int, owners: Owners) -> bool:
    _, owner, leased_until_ms, not_before_ms = row
    if not_before_ms > now_ms:
        return False
    return leased_until_ms <= now_ms or not owners.is_alive(owner)


_OPEN: Final = (
    "SELECT bundle_id, owner, leased_until_ms, not_before_ms FROM bundles"
    " WHERE acknowledged_at_us IS NULL ORDER BY bundle_id"
)


def _free_bundle(db: sqlite3.Connection, now_ms: int, owners: Owners) -> int | None:
    return next((int(row[0]) for row in db.execute(_OPEN).fetchall() if _is_free(row, now_ms, owners)), None)


def is_ready(db: sqlite3.Connection, now_ms: int, owners: Owners) -> bool:
    """Tell whether a lease would find something; asked often, so it takes no write lock."""
    has_new = db.execute("SELECT sequence > leased_up_to FROM state").fetchone()[0]
    return bool(has_new) or _free_bundle(db, now_ms, owners) is not None


def take(
    db: sqlite3.Connection,
    owner: str,
    now_ms: int,
    lease_ms: int,
    owners: Owners,
    *,
    max_events: int,
    max_bytes: int,
) -> Held | None:
    """Lease a bundle that was left, else fix the bounds of a new one."""
    bundle_id = _free_bundle(db, now_ms, owners)
    if bundle_id is None:
        bundle_id = _make(db, max_events=max_events, max_bytes=max_bytes)
    if bundle_id is None:
        return None
    row = db.execute(
        "UPDATE bundles SET owner = ?, fence = fence + 1, attempts = attempts + 1, leased_until_ms = ?, leased_step = ?"
        " WHERE bundle_id = ? RETURNING (SELECT queue_id FROM state) || '.' || bundle_id, fence, attempts,"
        " first_sequence, last_sequence, plan",
        (owner, now_ms + lease_ms, next_step(db), bundle_id),
    ).fetchone()
    return Held(*row)


def _make(db: sqlite3.Connection, *, max_events: int, max_bytes: int) -> int | None:
    (after,) = db.execute("SELECT leased_up_to FROM state").fetchone()
    first = last = None
    events = size = 0
    rows = db.execute(
        "SELECT sequence, event_count, plain_bytes FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (after, LOOK_AHEAD),
    )
    for sequence, event_count, plain_bytes in rows:
        if first is not None and (events + event_count > max_events or size + plain_bytes > max_bytes):
            break
        first = sequence if first is None else first
        last = sequence
        events += event_count
        size += plain_bytes
    if first is None:
        return None
    db.execute("UPDATE state SET leased_up_to = ?", (last,))
    # The first sequence names the bundle: it is unique for ever, and so is the token made of it.
    db.execute(
        "INSERT INTO bundles (bundle_id, first_sequence, last_sequence, owner, fence, attempts, leased_until_ms,"
        " not_before_ms, plan, error) VALUES (?, ?, ?, '', 0, 0, 0, 0, x'', '')",
        (first, first, last),
    )
    return int(first)


_ENTRIES: Final = (
    "SELECT e.sequence, e.project_id, e.format, e.accepted_at_us, e.event_count, b.event_ids, b.body,"
    " b.head_checksum, b.body_checksum"
    " FROM entries e LEFT JOIN bodies b USING (sequence) WHERE e.sequence BETWEEN ? AND ? ORDER BY e.sequence"
)


def read_entries(db: sqlite3.Connection, held: Held) -> list[tuple[Any, ...]]:
    """Return the entries of a bundle in order, bodies compressed."""
    return db.execute(_ENTRIES, (held.first_sequence, held.last_sequence)).fetchall()


def read_settled(db: sqlite3.Connection, bundle_id: str) -> list[tuple[Any, ...]]:
    """Return the entries of a bundle by its id, bodies compressed; none when it is gone."""
    bounds = db.execute(
        "SELECT first_sequence, last_sequence FROM bundles WHERE bundle_id = ?", (number_of(bundle_id),)
    ).fetchone()
    return [] if bounds is None else db.execute(_ENTRIES, bounds).fetchall()


def check_fence(db: sqlite3.Connection, bundle: Bundle) -> None:
    row = db.execute(
        "SELECT fence, acknowledged_at_us FROM bundles WHERE bundle_id = ?", (number_of(bundle.bundle_id),)
    ).fetchone()
    if row is None or row[0] != bundle.fence or row[1] is not None:
        raise LeaseLost(f"bundle {bundle.bundle_id} has another holder")


def lead(db: sqlite3.Connection, owner: str, now_ms: int, for_ms: int, owners: Owners) -> bool:
    """Take or prolong the lead; False while another one that is alive has it."""
    leader, until_ms = db.execute("SELECT leader, leads_until_ms FROM state").fetchone()
    # Longer than it was asked for: of another boot's clock.
    is_held = now_ms < until_ms <= now_ms + for_ms and owners.is_alive(leader)
    if leader != owner and is_held:
        return False
    db.execute("UPDATE state SET leader = ?, leads_until_ms = ?", (owner, now_ms + for_ms))
    return True


def hasten(db: sqlite3.Connection) -> None:
    db.execute("UPDATE bundles SET not_before_ms = 0 WHERE acknowledged_at_us IS NULL AND not_before_ms > 0")


def extend(db: sqlite3.Connection, bundle: Bundle, until_ms: int) -> None:
    check_fence(db, bundle)
    db.execute("UPDATE bundles SET leased_until_ms = ? WHERE bundle_id = ?", (until_ms, number_of(bundle.bundle_id)))


def release(db: sqlite3.Connection, bundle: Bundle, not_before_ms: int, error: str) -> None:
    check_fence(db, bundle)
    db.execute(
        "UPDATE bundles SET leased_until_ms = 0, not_before_ms = ?, error = ? WHERE bundle_id = ?",
        (not_before_ms, error[:1000], number_of(bundle.bundle_id)),
    )


def acknowledge(db: sqlite3.Connection, bundle: Bundle, at_us: int) -> None:
    """Take the bundle's entries out of what waits; they stay for the grace period."""
    check_fence(db, bundle)
    db.execute(
        "UPDATE bundles SET acknowledged_at_us = ?, acknowledged_step = ? WHERE bundle_id = ?",
        (at_us, next_step(db), number_of(bundle.bundle_id)),
    )
    db.execute(
        "UPDATE state SET (waiting_entries, waiting_events, waiting_bytes) = (SELECT waiting_entries - count(*),"
        " waiting_events - coalesce(sum(event_count), 0),"
        " waiting_bytes - coalesce(sum(stored_bytes), 0) FROM entries WHERE sequence"
        " BETWEEN (SELECT first_sequence FROM bundles WHERE bundle_id = ?1)"
        " AND (SELECT last_sequence FROM bundles WHERE bundle_id = ?1))",
        (number_of(bundle.bundle_id),),
    )


# A bundle stays until its events were looked for, however long the event store is away.
_OLD: Final = (
    "SELECT bundle_id, first_sequence, last_sequence FROM bundles LEFT JOIN settled USING (bundle_id)"
    " WHERE acknowledged_at_us < ? AND coalesce(is_checked, 1) = 1 ORDER BY bundle_id LIMIT ?"
)


def has_old(db: sqlite3.Connection, before_us: int) -> bool:
    return db.execute(_OLD, (before_us, 1)).fetchone() is not None


def purge(db: sqlite3.Connection, before_us: int, limit: int) -> int:
    """Delete up to `limit` bundles of the past with their entries; returns how many entries went."""
    gone = 0
    for bundle_id, first, last in db.execute(_OLD, (before_us, limit)).fetchall():
        (size,) = db.execute(
            "SELECT coalesce(sum(stored_bytes), 0) FROM entries WHERE sequence BETWEEN ? AND ?", (first, last)
        ).fetchone()
        db.execute("DELETE FROM bodies WHERE sequence BETWEEN ? AND ?", (first, last))
        gone += db.execute("DELETE FROM entries WHERE sequence BETWEEN ? AND ?", (first, last)).rowcount
        db.execute("DELETE FROM bundles WHERE bundle_id = ?", (bundle_id,))
        db.execute("DELETE FROM settled WHERE bundle_id = ?", (bundle_id,))
        db.execute("UPDATE state SET stored_bytes = stored_bytes - ?", (size,))
    return gone


_EDGES: Final = (
    "SELECT sequence,"
    " (SELECT min(first) FROM (SELECT min(first_sequence) AS first FROM bundles WHERE acknowledged_at_us IS NULL"
    " UNION ALL SELECT min(sequence) FROM entries WHERE sequence > leased_up_to)),"
    " (SELECT min(sequence) FROM entries) FROM state"
)


def edges(db: sqlite3.Connection) -> QueueEdges:
    """Return the last sequence ever, the first of what waits, and the first of what is kept."""
    return QueueEdges(*db.execute(_EDGES).fetchone())


_FIND: Final = (
    "SELECT e.sequence, e.accepted_at_us, b.attempts, b.error, b.leased_until_ms, b.acknowledged_at_us"
    " FROM entries e JOIN bodies n USING (sequence)"
    " LEFT JOIN bundles b ON e.sequence BETWEEN b.first_sequence AND b.last_sequence"
    " WHERE e.project_id = ? AND instr(char(10) || n.event_ids || char(10), char(10) || ? || char(10)) > 0"
    " ORDER BY e.sequence DESC LIMIT 1"
)


def find_event(db: sqlite3.Connection, project_id: str, event_id: str, now_ms: int) -> QueuedEvent | None:
    """Return where the newest acceptance of an event is, among what waits and what is in its grace period."""
    row = db.execute(_FIND, (project_id, event_id)).fetchone()
    if row is None:
        return None
    sequence, accepted_at_us, attempts, error, leased_until_ms, acknowledged_at_us = row
    is_leased = leased_until_ms is not None and leased_until_ms > now_ms
    return QueuedEvent(
        state="acknowledged" if acknowledged_at_us is not None else "leased" if is_leased else "queued",
        accepted_at_us=accepted_at_us,
        sequence=sequence,
        acknowledged_at_us=acknowledged_at_us,
        attempts=attempts or 0,
        last_error=error or "",
    )
