"""Reads sessions, end users and scores; the contract says what they sum up."""

from __future__ import annotations

from typing import Any

from watchllm_server.stores.events import group_queries
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract.groups import GroupKind, GroupPage, GroupQuery
from watchllm_server.stores.events.filters import Fragment
from watchllm_server.stores.events.spans import Span


class ClickHouseGroups:
    """Implements `contract.groups.GroupReader`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list_groups(self, project_id: str, query: GroupQuery) -> GroupPage:
        # One more than asked for tells whether there is a next page.
        rows = await self._rows(group_queries.list_statement(project_id, query, limit=query.limit + 1))
        key = "session_id" if query.kind == "sessions" else "user_id"
        places = [(str(row.pop("sort_value")), str(row[key])) for row in rows]
        return GroupPage(
            rows=rows[: query.limit], next_after=places[query.limit - 1] if len(rows) > query.limit else None
        )

    async def find_group(
        self, project_id: str, kind: GroupKind, group_id: str, from_us: int, to_us: int
    ) -> dict[str, Any] | None:
        span = Span(from_us, to_us, with_earlier=True)
        rows = await self._rows(group_queries.one_statement(project_id, kind, group_id, span))
        return rows[0] if rows else None

    async def list_scores(self, project_id: str, trace_id: str) -> list[dict[str, Any]]:
        return await self._rows(group_queries.scores_statement(project_id, trace_id))

    async def _rows(self, statement: Fragment) -> list[dict[str, Any]]:
        return await self._client.read_rows(statement.sql, statement.parameters)
