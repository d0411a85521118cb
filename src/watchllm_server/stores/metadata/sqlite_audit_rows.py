"""The rows of the audit log in SQLite: appended inside the transaction of what they tell of."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.security.audit import FIRST_HASH, chained_hash

COLUMNS: Final = "number, hash, entry"


def append(db: sqlite3.Connection, entry: AuditEntry) -> None:
    """Add a row to the chain of the entry's project."""
    last = db.execute(
        "SELECT number, hash FROM audit WHERE project_id = ? ORDER BY number DESC LIMIT 1", (entry.project_id,)
    ).fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, FIRST_HASH)
    db.execute(
        "INSERT INTO audit (project_id, number, at_us, hash, entry) VALUES (?, ?, ?, ?, ?)",
        (
            entry.project_id, number, entry.at_us, chained_hash(previous, number, entry),
            msgspec.json.encode(entry, order="deterministic").decode(),
        ),
    )  # fmt: skip


def row_of(row: tuple[Any, ...]) -> AuditRow:
    number, hashed, entry = row
    return AuditRow(number=number, entry=msgspec.json.decode(entry, type=AuditEntry), hash=hashed)
