"""What the SQLite queue has lost with the end of its log, noticed when it is opened.

Plain functions over a connection, each inside a transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from watchllm_server.model.ids import new_queue_id
from watchllm_server.stores.queue.contract import Loss
from watchllm_server.stores.queue.sqlite_high_water import Reached

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS losses (
    number INTEGER PRIMARY KEY,
    noticed_at_us INTEGER NOT NULL,
    after_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    commits INTEGER NOT NULL,
    events INTEGER NOT NULL,
    -- How many of them the event store has; NULL until somebody has looked.
    found INTEGER
) STRICT;
"""


def notice(db: sqlite3.Connection, reached: Reached | None, now_us: int) -> Loss | None:
    """Compare the queue with how far it was; remember what it has lost, and go on after it."""
    queue_id, commits, sequence, accepted = db.execute(
        "SELECT queue_id, commits, sequence, accepted_events FROM state"
    ).fetchone()
    if reached is None or reached.queue_id != queue_id or reached.commits <= commits:
        return None
    # No sequence is given twice: a version names one acceptance. And with a new id the tokens of bundles are new: one
    # that was inserted may come back with other bounds, and the event store would take it for a repetition.
    db.execute(
        "UPDATE state SET commits = ?, sequence = max(sequence, ?), accepted_events = max(accepted_events, ?),"
        " queue_id = ?",
        (reached.commits, reached.sequence, reached.accepted_events, new_queue_id()),
    )
    events = max(0, reached.accepted_events - accepted)
    (number,) = db.execute(
        "INSERT INTO losses (noticed_at_us, after_sequence, last_sequence, commits, events, found)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
        (now_us, sequence, reached.sequence, reached.commits - commits, events, None if events else 0),
    ).fetchone()
    return _read(db, "number = ?", number)[0]


def list_unmended(db: sqlite3.Connection) -> list[Loss]:
    """Return the losses for whose events nobody has looked yet."""
    return _read(db, "found IS NULL")


def _read(db: sqlite3.Connection, condition: str, *values: int) -> list[Loss]:
    rows = db.execute(
        "SELECT number, noticed_at_us, after_sequence, last_sequence, commits, events FROM losses"
        f" WHERE {condition} ORDER BY number",
        values,
    )
    return [
        Loss(number=row[0], noticed_at_us=row[1], after_sequence=row[2], last_sequence=row[3], commits=row[4],
             events=row[5])
        for row in rows
    ]  # fmt: skip


def mend(db: sqlite3.Connection, loss: Loss, found: int) -> bool:
    """Remember how many events were found; False when another process did so before."""
    return (
        db.execute(
            "UPDATE losses SET found = ? WHERE number = ? AND found IS NULL", (min(found, loss.events), loss.number)
        ).rowcount
        > 0
    )


def lost(db: sqlite3.Connection) -> tuple[int, int | None]:
    """Return how many accepted events are gone, in all, and when a loss was noticed last."""
    events, last_us = db.execute(
        "SELECT coalesce(sum(events - coalesce(found, 0)), 0), max(noticed_at_us) FROM losses WHERE events > 0"
    ).fetchone()
    return int(events), last_us
