"""What is to be deleted for good, in SQLite, and the end of a project."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.deletion import Deletion, Tombstones
from watchllm_server.stores.metadata.sqlite_file import SqliteFile

_COLUMNS: Final = (
    "deletion_id, project_id, kind, subject, requested_by, requested_at_us, last_sequence, erased_at_us, finished_at_us"
)
# Everything of a project but its row, by which its id is never given again, and its audit log.
_TABLES_OF_PROJECT: Final = ("members", "api_keys", "invites", "saved_views", "redaction")


class SqliteDeletions(SqliteFile):
    """The part of `contract.MetadataStore` about deletion for good."""

    async def add_deletion(self, deletion: Deletion, audit: AuditEntry) -> None:
        row = (
            deletion.deletion_id, deletion.project_id, deletion.kind, deletion.subject, deletion.requested_by,
            deletion.requested_at_us, deletion.last_sequence,
        )  # fmt: skip
        sql = (
            "INSERT INTO deletions (deletion_id, project_id, kind, subject, requested_by, requested_at_us,"
            " last_sequence) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        await self._change((sql, row), audit=audit)

    async def list_deletions(self, project_id: str, *, limit: int) -> list[Deletion]:
        rows = await self._read(
            f"SELECT {_COLUMNS} FROM deletions WHERE project_id = ? ORDER BY requested_at_us DESC, deletion_id LIMIT ?",
            project_id,
            limit,
        )
        return [_deletion(row) for row in rows]

    async def list_unfinished_deletions(self) -> list[Deletion]:
        rows = await self._read(
            f"SELECT {_COLUMNS} FROM deletions WHERE finished_at_us IS NULL ORDER BY requested_at_us, deletion_id"
        )
        return [_deletion(row) for row in rows]

    async def mark_erased(self, deletion_id: str, at_us: int) -> None:
        sql = "UPDATE deletions SET erased_at_us = ? WHERE deletion_id = ? AND erased_at_us IS NULL"
        await self._change((sql, (at_us, deletion_id)), moves_version=False)

    async def mark_finished(self, deletion_id: str, at_us: int) -> None:
        sql = "UPDATE deletions SET finished_at_us = ? WHERE deletion_id = ? AND finished_at_us IS NULL"
        await self._change((sql, (at_us, deletion_id)), moves_version=False)

    async def read_tombstones(self, requested_after_us: int) -> Tombstones:
        rows = await self._read(
            "SELECT project_id, kind, subject FROM deletions"
            " WHERE kind = 'project' OR (kind = 'trace' AND requested_at_us >= ?)",
            requested_after_us,
        )
        return Tombstones(
            traces=frozenset((project_id, subject) for project_id, kind, subject in rows if kind == "trace"),
            projects=frozenset(project_id for project_id, kind, _ in rows if kind == "project"),
        )

    async def list_expired_projects(self, deleted_before_us: int) -> list[str]:
        rows = await self._read(
            "SELECT project_id FROM projects WHERE deleted_at_us <= ?"
            " AND project_id NOT IN (SELECT project_id FROM deletions WHERE kind = 'project') ORDER BY project_id",
            deleted_before_us,
        )
        return [project_id for (project_id,) in rows]

    async def erase_project(self, project_id: str) -> None:
        def erase(db: sqlite3.Connection) -> int:
            sql = "UPDATE projects SET name = '', description = '' WHERE project_id = ? AND deleted_at_us IS NOT NULL"
            if not (found := db.execute(sql, (project_id,)).rowcount):
                return 0
            for table in _TABLES_OF_PROJECT:
                db.execute(f"DELETE FROM {table} WHERE project_id = ?", (project_id,))
            # Their subjects are ids of traces and of end users.
            db.execute("DELETE FROM deletions WHERE project_id = ? AND kind != 'project'", (project_id,))
            return found

        await self._transact(erase)


def _deletion(row: tuple[Any, ...]) -> Deletion:
    return Deletion(**dict(zip(Deletion.__struct_fields__, row, strict=True)))
