"""Reading the audit log in MongoDB, and rows of what changes nothing else. A row stands in the change it tells of."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.stores.metadata.mongo_changes import Draft, row_of
from watchllm_server.stores.metadata.mongo_collections import CHANGES
from watchllm_server.stores.metadata.mongo_log import MongoLog
from watchllm_server.stores.metadata.mongo_server import Document


class MongoAudit(MongoLog):
    """The part of `contract.MetadataStore` about the audit log."""

    async def add_audit(self, entry: AuditEntry) -> None:
        async def plan() -> Draft:
            return Draft()

        await self._change(plan, audit=entry, moves_version=False)

    async def list_audit(self, project_id: str, *, before: int | None, limit: int) -> list[AuditRow]:
        where: Document = {"chain": project_id}
        if before is not None:
            where["chain_number"] = {"$lt": before}
        rows = await self._server.find(CHANGES, where, order=(("chain_number", -1),), limit=limit)
        return [row_of(row) for row in rows]
