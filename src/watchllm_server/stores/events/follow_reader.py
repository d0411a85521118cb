"""Follows the summaries of traces by the time at which they were stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchllm_server.model.filter import Node
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract.live import Changed
from watchllm_server.stores.events.trace_queries import some_statement

_NEWEST: Final = """
SELECT toUnixTimestamp64Micro(max(stored_at)) AS newest_us FROM traces WHERE project_id = {project:String}
"""
# No FINAL: a row of before another one of the same trace only asks for the same row twice.
_CHANGED: Final = """
SELECT trace_id, toUnixTimestamp(bucket) AS bucket_s, version, toUnixTimestamp64Micro(stored_at) AS stored_us
FROM traces
WHERE project_id = {project:String} AND is_deleted = 0
    AND stored_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
ORDER BY stored_us DESC, trace_id DESC
LIMIT {limit:UInt32}
"""


class ClickHouseFollower:
    """Implements `contract.live.FollowReader`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def newest_us(self, project_id: str) -> int:
        (row,) = await self._client.read_rows(_NEWEST, {"project": project_id})
        return row["newest_us"]

    async def list_changed(self, project_id: str, since_us: int, limit: int) -> list[Changed]:
        rows = await self._client.read_rows(_CHANGED, {"project": project_id, "since": since_us, "limit": limit})
        return [Changed(**row) for row in reversed(rows)]

    async def read_changed(
        self, project_id: str, changed: Sequence[Changed], filter: Node | None
    ) -> dict[str, dict[str, Any]]:
        places = [(one.bucket_s, one.trace_id) for one in changed]
        statement = some_statement(project_id, places, filter)
        rows = await self._client.read_rows(statement.sql, statement.parameters)
        return {row["trace_id"]: row for row in rows}
