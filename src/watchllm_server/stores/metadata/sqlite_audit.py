"""Reading the audit log in SQLite, and rows of what changes nothing else."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.stores.metadata.sqlite_audit_rows import COLUMNS, row_of
from watchllm_server.stores.metadata.sqlite_file import SqliteFile


class SqliteAudit(SqliteFile):
    """The part of `contract.MetadataStore` about the audit log."""

    async def add_audit(self, entry: AuditEntry) -> None:
        await self._transact(lambda _: 1, audit=entry, moves_version=False)

    async def list_audit(self, project_id: str, *, before: int | None, limit: int) -> list[AuditRow]:
        rows = await self._read(
            f"SELECT {COLUMNS} FROM audit WHERE project_id = ? AND (? IS NULL OR number < ?)"
            " ORDER BY number DESC LIMIT ?",
            project_id,
            before,
            before,
            limit,
        )
        return [row_of(row) for row in rows]
