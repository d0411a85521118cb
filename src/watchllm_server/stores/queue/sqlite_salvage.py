"""Moves a damaged SQLite queue away and makes a new one of what can be read of it, while nobody has it open.

Rows are read from both ends of each table up to the first page that cannot be read. Bodies are read one by one: an
entry without its body still says what was lost, and becomes dead letters.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from watchllm_server.stores.queue.sqlite_connection import connect, readable
from watchllm_server.stores.queue.sqlite_high_water import read_high_water
from watchllm_server.stores.queue.sqlite_schema import prepare

# Each with the columns that order it; `state` and `bodies` are read in their own ways.
_TABLES: Final = {
    "entries": "sequence",
    "bundles": "bundle_id",
    "settled": "bundle_id",
    "ledger": "project_id, minute_us",
    "rejections": "project_id, minute_us, code",
    "touched": "project_id, trace_id",
    "rejected": "number",
    "replays": "project_id, event_id, version",
    "losses": "number",
}
# What follows from the entries and bundles that are there; everything that is counted or named goes on from the highest
# that is known. The new file has an id of its own: bundles may come back with other bounds.
_STATE: Final = """
UPDATE state SET
    sequence = max(:sequence, (SELECT coalesce(max(sequence), 0) FROM entries)),
    leased_up_to = max(:leased_up_to, (SELECT coalesce(max(last_sequence), 0) FROM bundles)),
    mark = max(:mark, (SELECT coalesce(max(mark), 0) FROM touched)),
    commits = :commits, accepted_events = :accepted_events, boot_id = :boot_id,
    stored_bytes = (SELECT coalesce(sum(stored_bytes), 0) FROM entries);
"""
_WAITING: Final = """
UPDATE state SET (waiting_entries, waiting_events, waiting_bytes) = (
    SELECT count(*), coalesce(sum(event_count), 0), coalesce(sum(stored_bytes), 0) FROM entries e
    WHERE sequence > leased_up_to OR EXISTS (
        SELECT 1 FROM bundles WHERE acknowledged_at_us IS NULL AND e.sequence BETWEEN first_sequence AND last_sequence))
"""


class Salvaged(msgspec.Struct, kw_only=True):
    """What became of a damaged queue: where it is now, and how much of it goes on."""

    moved_to: Path
    entries: int = 0
    # Entries that are known and whose body could not be read; their events become dead letters.
    without_body: int = 0
    waiting_events: int = 0
    # Events that waited, as the damaged file knew, and of which nothing is left; None when it did not say.
    lost_events: int | None = None


def find_damage(path: Path) -> str:
    """Return what a whole check of the file finds first; empty when nothing is wrong with it."""
    try:
        with contextlib.closing(connect(path)) as db:
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else str(found)


def salvage(path: Path, quarantine: Path, now_us: int) -> Salvaged:
    """Move the queue with the files beside it into a new folder of `quarantine`, and make it anew at its old place."""
    folder = quarantine / f"{path.stem}-{now_us}"
    folder.mkdir(parents=True, mode=0o700)
    for file in sorted(path.parent.glob(f"{path.name}*")):
        shutil.move(file, folder / file.name)
    done = Salvaged(moved_to=folder)
    with contextlib.closing(connect(path)) as new:
        path.chmod(0o600)
        prepare(new, None, now_us)
        # What is read is a copy: reading a queue changes its log, and what was moved stays as it was found.
        with _copied(folder, path.name) as old:
            new.execute("BEGIN IMMEDIATE")
            _copy(old, new, done)
            _restate(old, new, done, folder / path.name, now_us)
            new.execute("COMMIT")
    return done


@contextlib.contextmanager
def _copied(folder: Path, name: str) -> Generator[sqlite3.Connection]:
    copy = folder / "copy"
    copy.mkdir(mode=0o700)
    for file in folder.glob(f"{name}*"):
        shutil.copy(file, copy)
    old = sqlite3.connect(copy / name, isolation_level=None)
    old.text_factory = readable
    try:
        yield old
    finally:
        old.close()
        shutil.rmtree(copy)


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, done: Salvaged) -> None:
    for table, order in _TABLES.items():
        columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
        insert = f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(columns))})"
        for direction in ("ASC", "DESC"):
            ordered = ", ".join(f"{column} {direction}" for column in order.split(", "))
            if _copy_rows(_rows(old, f"SELECT {', '.join(columns)} FROM {table} ORDER BY {ordered}"), new, insert):
                break
    for (sequence,) in new.execute("SELECT sequence FROM entries").fetchall():
        body = next(_rows(old, "SELECT * FROM bodies WHERE sequence = ?", sequence), None)
        done.entries += 1
        if body is None or not _copy_rows(iter([body]), new, "INSERT INTO bodies VALUES (?, ?, ?, ?, ?)"):
            done.without_body += 1


def _rows(old: sqlite3.Connection, sql: str, *values: Any) -> Iterator[tuple[Any, ...] | None]:
    """Yield rows up to the first one that cannot be read, and then None."""
    try:
        yield from old.execute(sql, values)
    except sqlite3.Error:
        yield None


def _copy_rows(rows: Iterator[tuple[Any, ...] | None], new: sqlite3.Connection, insert: str) -> bool:
    """Insert rows; returns whether they could all be read."""
    for row in rows:
        if row is None:
            return False
        # A row whose values are no longer of its columns' types is damaged too.
        with contextlib.suppress(sqlite3.IntegrityError):
            new.execute(insert, row)
    return True


def _restate(old: sqlite3.Connection, new: sqlite3.Connection, done: Salvaged, path: Path, now_us: int) -> None:
    known = next(
        _rows(old, "SELECT sequence, leased_up_to, mark, commits, accepted_events, boot_id, waiting_events FROM state"),
        None,
    )
    reached = read_high_water(path)
    sequence, leased_up_to, mark, commits, accepted, boot_id, waiting = known or (0, 0, 0, 0, 0, "", None)
    if reached is not None:
        sequence, commits = max(sequence, reached.sequence), max(commits, reached.commits)
        accepted = max(accepted, reached.accepted_events)
    new.execute(
        _STATE,
        {
            # Without either, no sequence was ever above the time at which it was given, unless a clock has jumped.
            "sequence": sequence or now_us, "leased_up_to": leased_up_to, "mark": mark, "commits": commits,
            "accepted_events": accepted, "boot_id": boot_id,
        },
    )  # fmt: skip
    new.execute(_WAITING)
    (done.waiting_events,) = new.execute("SELECT waiting_events FROM state").fetchone()
    if waiting is not None:
        done.lost_events = max(0, waiting - done.waiting_events)
