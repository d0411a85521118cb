"""Dead letters that come back into the SQLite queue: each one once, however often it is asked for.

A letter that is replayed moves from `dead_lettered` to `queued` in the minute of its acceptance, in the transaction
that makes it durable. That it did is remembered until after the letter itself is marked, so that a kill in between, or
two replays at once, neither lose it nor count it twice. Plain functions over a connection, each inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from watchllm_server.model.ledger import minute_of
from watchllm_server.stores.queue import sqlite_ledger as ledger
from watchllm_server.stores.queue.contract import REPLAYS_KEPT_US, Replay

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS replays (
    project_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    settled_at_us INTEGER,
    PRIMARY KEY (project_id, event_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS settled_replays ON replays (settled_at_us) WHERE settled_at_us IS NOT NULL;
"""


def is_known(db: sqlite3.Connection, replay: Replay) -> bool:
    """Tell whether this letter is in the queue, or was, already."""
    return _found(
        db,
        "SELECT 1 FROM replays WHERE project_id = ? AND event_id = ? AND version = ?",
        (replay.project_id, replay.event_ids[0], replay.version),
    )


def is_busy(db: sqlite3.Connection, replay: Replay) -> bool:
    """Tell whether the entry of which this is a letter is not acknowledged yet: the ledger does not know it as dead."""
    return _found(
        db,
        "SELECT 1 FROM entries WHERE sequence = ?1 AND (?1 > (SELECT leased_up_to FROM state) OR EXISTS ("
        " SELECT 1 FROM bundles WHERE acknowledged_at_us IS NULL AND ?1 BETWEEN first_sequence AND last_sequence))",
        (replay.version,),
    )


def _found(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> bool:
    return db.execute(sql, values).fetchone() is not None


def move(db: sqlite3.Connection, replay: Replay) -> None:
    """Take an event that was just enqueued out of the dead-lettered ones, and remember that it was."""
    minute = minute_of(replay.accepted_at_us)
    taken = db.execute(
        "UPDATE ledger SET dead_lettered = dead_lettered - 1"
        " WHERE project_id = ? AND minute_us = ? AND dead_lettered > 0",
        (replay.project_id, minute),
    )
    if not taken.rowcount:
        # A letter of another queue on the same event store: this ledger receives the event for the first time.
        ledger.add_received(db, replay.project_id, minute, 1)
    db.execute("INSERT INTO replays VALUES (?, ?, ?, NULL)", (replay.project_id, replay.event_ids[0], replay.version))


def settle(db: sqlite3.Connection, project_id: str, letters: Sequence[tuple[str, int]], now_us: int) -> None:
    """Remember that letters were marked; forget those of which nobody can ask any more."""
    db.executemany(
        "UPDATE replays SET settled_at_us = ? WHERE project_id = ? AND event_id = ? AND version = ?",
        [(now_us, project_id, event_id, version) for event_id, version in letters],
    )
    db.execute("DELETE FROM replays WHERE settled_at_us < ?", (now_us - REPLAYS_KEPT_US,))
