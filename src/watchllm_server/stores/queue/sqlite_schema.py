"""The tables of the SQLite queue.

Bodies stand apart from entries, since a scan of what waits must not read them. A bundle is a range of
sequences, so that fixing its bounds writes one small row and no entry is ever updated.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from watchllm_server.errors import SettingsError
from watchllm_server.stores.queue import sqlite_losses, sqlite_rejected, sqlite_replays
from watchllm_server.stores.queue.contract import Loss
from watchllm_server.stores.queue.sqlite_high_water import Reached

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY,
    project_id TEXT NOT NULL,
    format TEXT NOT NULL,
    accepted_at_us INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    -- What it takes here, and what a processor needs to hold it: a body that compresses well is far larger.
    stored_bytes INTEGER NOT NULL,
    plain_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS bodies (
    sequence INTEGER PRIMARY KEY,
    event_ids TEXT NOT NULL,
    body BLOB NOT NULL,
    -- Of an entry that a version before schema 1 has accepted, they are NULL.
    head_checksum INTEGER,
    body_checksum INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS bundles (
    bundle_id INTEGER PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    plan BLOB NOT NULL,
    error TEXT NOT NULL,
    acknowledged_at_us INTEGER,
    -- When it was leased last, planned (0: not yet) and acknowledged: numbers of `state.steps`, since clocks jump.
    leased_step INTEGER NOT NULL DEFAULT 0,
    planned_step INTEGER NOT NULL DEFAULT 0,
    acknowledged_step INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS open_bundles ON bundles (bundle_id) WHERE acknowledged_at_us IS NULL;

-- Acknowledged bundles of the period of grace. `traces` (MessagePack) says where their events are in the event store.
CREATE TABLE IF NOT EXISTS settled (
    bundle_id INTEGER PRIMARY KEY,
    is_checked INTEGER NOT NULL,
    traces BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS unchecked ON settled (bundle_id) WHERE is_checked = 0;

CREATE TABLE IF NOT EXISTS ledger (
    project_id TEXT NOT NULL,
    minute_us INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0,
    dead_lettered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, minute_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS rejections (
    project_id TEXT NOT NULL,
    minute_us INTEGER NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (project_id, minute_us, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS touched (
    project_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    mark INTEGER NOT NULL,
    PRIMARY KEY (project_id, trace_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touched_order ON touched (mark);

-- One row. `leased_up_to` is the last sequence that belongs to a bundle; the counts are of what waits,
-- `stored_bytes` also of acknowledged entries in their grace period. `queue_id` keeps the bundles, and so the
-- deduplication tokens, of two queues on one event store apart. `commits` and `accepted_events` only grow: with the
-- file beside the queue, they tell when its log has lost its end.
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    leased_up_to INTEGER NOT NULL,
    waiting_entries INTEGER NOT NULL,
    waiting_events INTEGER NOT NULL,
    waiting_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    mark INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    commits INTEGER NOT NULL DEFAULT 0,
    accepted_events INTEGER NOT NULL DEFAULT 0,
    steps INTEGER NOT NULL DEFAULT 0,
    -- Who does what one alone may do, and until when.
    leader TEXT NOT NULL DEFAULT '',
    leads_until_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT OR IGNORE INTO state (id, sequence, leased_up_to, waiting_entries, waiting_events, waiting_bytes, stored_bytes,
    mark, boot_id, queue_id) VALUES (1, 0, 0, 0, 0, 0, 0, 0, '', lower(hex(randomblob(8))));
"""

# Files before 1 had no checksums, did not know the plain size of bodies, and did not count their commits; those before
# 2 did not know in which order their bundles were planned.
VERSION: Final = 2
# Its column is not there before the migration.
_LATER: Final = "CREATE INDEX IF NOT EXISTS ended_bundles ON bundles (acknowledged_step) WHERE acknowledged_step > 0;"
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def prepare(connection: sqlite3.Connection, reached: Reached | None, now_us: int) -> Loss | None:
    """Make the tables or bring them to this version; returns what the queue has lost since it had `reached` so far.

    Also ends every lease of an earlier boot: its deadlines are of another clock. Raises SettingsError
    for a file of a later version.
    """
    connection.executescript(SCHEMA + sqlite_rejected.SCHEMA + sqlite_replays.SCHEMA + sqlite_losses.SCHEMA)
    _migrate(connection)
    boot_id = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    connection.execute("BEGIN IMMEDIATE")
    (known,) = connection.execute("SELECT boot_id FROM state").fetchone()
    if known != boot_id:
        connection.execute("UPDATE bundles SET leased_until_ms = 0, not_before_ms = 0 WHERE acknowledged_at_us IS NULL")
        connection.execute("UPDATE state SET boot_id = ?", (boot_id,))
    loss = sqlite_losses.notice(connection, reached, now_us)
    connection.execute("COMMIT")
    return loss


def _migrate(connection: sqlite3.Connection) -> None:
    # Several processes may open a file at once: the first one that has the lock does it.
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise SettingsError(
                f"the queue is of a later version of WatchLLM (schema {version}, this one knows {VERSION}); "
                "start that version again"
            )
        if version < 1:
            _to_first(connection)
        if version < VERSION:
            _to_second(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(_LATER)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _add_columns(connection: sqlite3.Connection, *columns: tuple[str, str]) -> None:
    """Add what is missing; a file that was just made has all of them."""
    for table, column in columns:
        known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if column.partition(" ")[0] not in known:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _to_first(connection: sqlite3.Connection) -> None:
    """Bring a file of the version before to schema 1."""
    _add_columns(
        connection,
        ("entries", "plain_bytes INTEGER NOT NULL DEFAULT 0"),
        ("bodies", "head_checksum INTEGER"),
        ("bodies", "body_checksum INTEGER"),
        ("state", "commits INTEGER NOT NULL DEFAULT 0"),
        ("state", "accepted_events INTEGER NOT NULL DEFAULT 0"),
    )
    # At most what was accepted: such a bundle is as large as it would have been then.
    connection.execute("UPDATE entries SET plain_bytes = stored_bytes WHERE plain_bytes = 0")


def _to_second(connection: sqlite3.Connection) -> None:
    """Bring a file of schema 1 to schema 2. Its plans are made anew: their own rows tell that they are no repeats."""
    _add_columns(
        connection,
        ("bundles", "leased_step INTEGER NOT NULL DEFAULT 0"),
        ("bundles", "planned_step INTEGER NOT NULL DEFAULT 0"),
        ("bundles", "acknowledged_step INTEGER NOT NULL DEFAULT 0"),
        ("state", "steps INTEGER NOT NULL DEFAULT 0"),
        ("state", "leader TEXT NOT NULL DEFAULT ''"),
        ("state", "leads_until_ms INTEGER NOT NULL DEFAULT 0"),
    )
    connection.execute("UPDATE bundles SET plan = x''")
