"""Which events were refused and why, in the SQLite queue: so that "where is my event?" has an answer for them too.

Bounded by number and age, and no part of the delivery promise: what was refused was said in the answer. Plain functions
over a connection, each inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from watchllm_server.stores.queue.contract import RefusedEvent, RejectedEvent
from watchllm_server.stores.queue.contract.refusals import remembered

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS rejected (
    number INTEGER PRIMARY KEY,
    project_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    UNIQUE (project_id, event_id)
) STRICT;
"""
# Deleted in one transaction: a few milliseconds, so that no enqueue waits long for it.
PRUNED_AT_ONCE: Final = 2_000


def keep(db: sqlite3.Connection, project_id: str, at_us: int, refused: Sequence[RefusedEvent], most: int) -> None:
    """Remember refused events by their ids, the newest refusal of each; above `most` the oldest are forgotten."""
    rows = [(project_id, event.event_id, event.code, event.message, at_us) for event in remembered(refused)]
    if not rows:
        return
    # Replacing gives a new number, so that the order of numbers is that of the refusals.
    db.executemany(
        "INSERT OR REPLACE INTO rejected (project_id, event_id, code, message, at_us) VALUES (?, ?, ?, ?, ?)", rows
    )
    # By number and not by count: a replaced one leaves a gap, and at most `most` are ever left.
    db.execute(
        "DELETE FROM rejected WHERE number IN (SELECT number FROM rejected"
        " WHERE number <= (SELECT max(number) FROM rejected) - ? ORDER BY number LIMIT ?)",
        (most, PRUNED_AT_ONCE),
    )


def has_old(db: sqlite3.Connection, before_us: int) -> bool:
    """Tell whether the oldest one is from before a time; the clock that jumped back only keeps some for longer."""
    row = db.execute("SELECT at_us < ? FROM rejected ORDER BY number LIMIT 1", (before_us,)).fetchone()
    return bool(row and row[0])


def prune(db: sqlite3.Connection, before_us: int) -> None:
    """Forget some of those that were refused before a time, oldest first."""
    db.execute(
        "DELETE FROM rejected WHERE number IN (SELECT number FROM rejected ORDER BY number LIMIT ?) AND at_us < ?",
        (PRUNED_AT_ONCE, before_us),
    )


def find(db: sqlite3.Connection, project_id: str, event_id: str, after_us: int) -> RejectedEvent | None:
    """Return the newest refusal of an event, unless it is too old."""
    row = db.execute(
        "SELECT code, message, at_us FROM rejected WHERE project_id = ? AND event_id = ? AND at_us >= ?",
        (project_id, event_id, after_us),
    ).fetchone()
    return None if row is None else RejectedEvent(event_id=event_id, code=row[0], message=row[1], at_us=row[2])


def forget_project(db: sqlite3.Connection, project_id: str) -> None:
    """Forget the refused events of a project."""
    db.execute("DELETE FROM rejected WHERE project_id = ?", (project_id,))
