"""Answers questions about events, traces and dead letters; it can neither write nor read beyond its tables.

Every query goes through the client's guard (readonly, bounded), is made in `trace_queries` and `event_queries`
from fixed text, and carries what a caller gave as bound parameters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from watchllm_server.stores.events import event_queries, inside_queries, trace_queries
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import (
    EventPage,
    EventQuery,
    StoreUnavailable,
    TraceColumns,
    TracePage,
    TraceQuery,
)
from watchllm_server.stores.events.migrate import is_current
from watchllm_server.stores.events.spans import EVENTS_PART, TRACES_PART, Span, Walk, Whole

# An OTLP span's event id is its trace id and its span id, 32 and 16 hex digits.
_SPAN_EVENT_ID_CHARS: Final = 48
_TRACE_ID_CHARS: Final = 32
# Larger tables are turned into lists beside the event loop: 100,000 rows take a quarter of a second.
_THREAD_FROM_ROWS: Final = 5_000


class ClickHouseReader:
    """The reader on ClickHouse, the embedded engine or a server alike."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list_traces(self, project_id: str, query: TraceQuery) -> TracePage:
        # One more than asked for tells whether there is a next page.
        wanted = query.limit + 1
        rows: list[dict[str, Any]] = []
        walk = _walk(query, earlier=True, part=TRACES_PART)
        while len(rows) < wanted and (span := walk.next(found=len(rows), wanted=wanted)):
            statement = trace_queries.list_statement(project_id, query, span, limit=wanted - len(rows))
            rows += await self._client.read_rows(statement.sql, statement.parameters)
        places = [(str(row.pop("sort_value")), str(row["trace_id"])) for row in rows]
        return TracePage(
            rows=rows[: query.limit], next_after=places[query.limit - 1] if len(rows) > query.limit else None
        )

    async def get_trace(self, project_id: str, trace_id: str) -> dict[str, Any] | None:
        statement = trace_queries.one_statement(project_id, trace_id)
        rows = await self._client.read_rows(statement.sql, statement.parameters)
        return rows[0] if rows else None

    async def get_trace_columns(self, project_id: str, trace_id: str) -> TraceColumns:
        table = await self._trace_table(project_id, trace_id, with_usage=True)
        if table.num_rows < _THREAD_FROM_ROWS:
            return _as_columns(table)
        return await asyncio.to_thread(_as_columns, table)

    async def get_trace_table(self, project_id: str, trace_id: str) -> pa.Table:
        return await self._trace_table(project_id, trace_id, with_usage=False)

    async def _trace_table(self, project_id: str, trace_id: str, *, with_usage: bool) -> pa.Table:
        statement = event_queries.columns_statement(project_id, trace_id, with_usage=with_usage)
        return await self._client.read_arrow(statement.sql, statement.parameters)

    async def find_in_trace(self, project_id: str, trace_id: str, text: str, *, limit: int) -> list[str]:
        statement = inside_queries.find_statement(project_id, trace_id, text, limit=limit)
        return [row["event_id"] for row in await self._client.read_rows(statement.sql, statement.parameters)]

    async def list_events(self, project_id: str, query: EventQuery) -> EventPage:
        wanted = query.limit + 1
        rows: list[tuple[tuple[str, str], dict[str, Any]]] = []
        walk = _walk(query, earlier=False, part=EVENTS_PART)
        while len(rows) < wanted and (span := walk.next(found=len(rows), wanted=wanted)):
            after = query.after
            while len(rows) < wanted:
                keys = await self._candidates(project_id, query, span, after, limit=wanted)
                rows += await self._verified(project_id, query, keys)
                if len(keys) < wanted:
                    break
                after = _place(*keys[-1])
        return EventPage(
            rows=[row for _, row in rows[: query.limit]],
            next_after=rows[query.limit - 1][0] if len(rows) > query.limit else None,
        )

    async def _candidates(
        self, project_id: str, query: EventQuery, span: Span, after: tuple[str, str] | None, *, limit: int
    ) -> list[tuple[int, str, str]]:
        statement = event_queries.candidates_statement(project_id, query, span, after, limit=limit)
        found = await self._client.read_rows(statement.sql, statement.parameters)
        return [(row["start_us"], row["trace_id"], row["event_id"]) for row in found]

    async def _verified(
        self, project_id: str, query: EventQuery, keys: list[tuple[int, str, str]]
    ) -> list[tuple[tuple[str, str], dict[str, Any]]]:
        if not keys:
            return []
        statement = event_queries.verified_statement(project_id, query, keys)
        found = await self._client.read_rows(statement.sql, statement.parameters)
        keys = list(dict.fromkeys(keys))
        newest = {(row.pop("start_us"), row["trace_id"], row["event_id"]): row for row in found}
        # A candidate whose newest version starts at another time stands there, not here.
        return [(_place(*key), newest[key]) for key in keys if key in newest]

    async def read_texts(
        self, project_id: str, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, str]]:
        statement = event_queries.texts_statement(project_id, keys)
        rows = await self._client.read_rows(statement.sql, statement.parameters)
        return {(row["trace_id"], row["event_id"]): (row["input"], row["output"]) for row in rows}

    async def find_event(self, project_id: str, event_id: str, trace_id: str | None = None) -> dict[str, Any] | None:
        if trace_id is None and len(event_id) == _SPAN_EVENT_ID_CHARS:
            found = await self.find_event(project_id, event_id, event_id[:_TRACE_ID_CHARS])
            if found is not None:
                return found
        statement = event_queries.one_statement(project_id, event_id, trace_id)
        rows = await self._client.read_rows(statement.sql, statement.parameters)
        return rows[0] if rows else None

    async def find_erased(self, project_id: str, event_id: str) -> int | None:
        statement = event_queries.erased_statement(project_id, event_id)
        rows = await self._client.read_rows(statement.sql, statement.parameters)
        return int(rows[0]["at_us"]) if rows else None

    async def ping(self) -> str:
        # An engine whose tables are still being made answers, yet no event can be read from it.
        if not await is_current(self._client):
            raise StoreUnavailable("the tables of the event store are not those of this version")
        rows = await self._client.read_rows("SELECT version() AS version")
        return str(rows[0]["version"])

    async def close(self) -> None:
        await self._client.close()


def _walk(query: TraceQuery | EventQuery, *, earlier: bool, part: tuple[int, int]) -> Walk | Whole:
    if query.sort.removeprefix("-") != "start_time":
        return Whole(query.from_us, query.to_us)
    return Walk(
        query.from_us,
        query.to_us,
        is_descending=query.sort.startswith("-"),
        earlier=earlier,
        part=part,
        after_us=int(query.after[0]) if query.after else None,
    )


def _place(start_us: int, trace_id: str, event_id: str) -> tuple[str, str]:
    return str(start_us), f"{trace_id}{event_queries.PLACE_SEPARATOR}{event_id}"


def _as_columns(table: pa.Table) -> TraceColumns:
    """Turn Arrow into lists, column by column: row by row takes ten times as long."""

    def column(name: str) -> list[Any]:
        return cast(list[Any], table.column(name).to_pylist())

    return TraceColumns(
        event_id=column("event_id"),
        parent_event_id=column("parent_event_id"),
        type=column("type"),
        name=column("name"),
        start_us=column("start_us"),
        end_us=column("end_us"),
        status=column("status"),
        model=column("model"),
        response_id=column("response_id"),
        input_tokens=column("input_tokens"),
        output_tokens=column("output_tokens"),
        usage=_maps(table.column("usage_kinds"), table.column("usage_counts")),
        cost_usd=column("cost_usd"),
        agent_name=column("agent_name"),
        tool_name=column("tool_name"),
        step_index=column("step_index"),
    )


def _maps(keys: Any, values: Any) -> list[dict[str, int]]:
    """Turn two columns of lists into dicts through their flat arrays, since most rows have none."""
    flat_keys = cast(list[str], keys.combine_chunks().flatten().to_pylist())
    flat_values = cast(list[int], values.combine_chunks().flatten().to_pylist())
    ends = accumulate(cast(list[int], pc.list_value_length(keys).to_pylist()))
    maps: list[dict[str, int]] = []
    start = 0
    for end in ends:
        maps.append(dict(zip(flat_keys[start:end], flat_values[start:end], strict=True)) if end > start else {})
        start = end
    return maps
