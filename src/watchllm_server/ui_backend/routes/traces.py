"""The list of traces and the tree of one; it never reads the texts of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from watchllm_server.errors import NotFound
from watchllm_server.model.counting import uncounted_events
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.model.tree import MAX_NESTED_LEVELS
from watchllm_server.stores.events.contract import TraceColumns, TraceQuery, TraceSort
from watchllm_server.ui_backend.answers import ChildrenPage, ColumnsTrace, FlatTrace, NestedTrace, TraceList
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import (
    Cursor,
    Filter,
    From,
    Limit,
    TimeRange,
    To,
    checked_id,
)
from watchllm_server.ui_backend.reading import json_answer, page_answer, reading
from watchllm_server.ui_backend.score_answers import shown_scores
from watchllm_server.ui_backend.services import Services, services
from watchllm_server.ui_backend.trace_answers import (
    flat_columns,
    nested_events,
    stored_header,
    trace_events,
    trace_header,
    tree_of,
)
from watchllm_server.ui_backend.trace_columns import compact_columns

router = APIRouter(prefix="/api/v1", tags=["traces"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]

# Larger traces are made beside the event loop: a tree of 100,000 events takes about a second.
_THREAD_FROM_EVENTS: Final = 2_000
# Children have no range of time; a cursor needs one all the same.
_NO_RANGE: Final = TimeRange(0, 0)
_BEFORE_ALL: Final = ("-1", "")


@router.get("/traces", response_model=TraceList, summary="List traces")
async def list_traces(
    request: Request,
    access: Reader,
    from_: From = None,
    to: To = None,
    limit: Limit = 50,
    sort: TraceSort = "-start_time",
    filter: Filter = None,
    cursor: Cursor = None,
) -> Response:
    """Traces with events in [`from`, `to`)."""
    part = services(request)
    cursors = Cursors(
        part.signer,
        part.clock,
        project_id=access.project_id,
        route="traces",
        query={"sort": sort, "filter": filter},
    )
    span, after = cursors.open_page(cursor, from_, to)
    query = TraceQuery(
        from_us=span.from_us,
        to_us=span.to_us,
        filter=None if filter is None else read_filter(filter, "traces"),
        sort=sort,
        limit=limit,
        after=after,
    )
    with reading():
        page = await part.reader.list_traces(access.project_id, query)
    rows = [{**row, "scores": shown_scores(row["scores"])} for row in page.rows]
    return page_answer(rows, cursors.next(span, page.next_after), span)


@router.get("/traces/{trace_id}", response_model=NestedTrace | FlatTrace | ColumnsTrace, summary="Read a trace")
async def get_trace(
    request: Request,
    trace_id: str,
    access: Reader,
    shape: Annotated[
        Literal["nested", "flat", "columns"],
        Query(description=f"Traces nested deeper than {MAX_NESTED_LEVELS} are answered flat."),
    ] = "nested",
) -> Response:
    """A trace with all its events, without their texts. `columns` is the fastest: it leaves the tree to the reader."""
    part = services(request)
    trace_id = checked_id(trace_id)
    if shape == "columns":
        return await _compact(part, access.project_id, trace_id)
    with reading():
        row, columns = await asyncio.gather(
            part.reader.get_trace(access.project_id, trace_id),
            part.reader.get_trace_columns(access.project_id, trace_id),
        )
    if row is None and not columns.event_id:
        raise NotFound("there is no such object in this project")
    cursor = _children_cursor(part, access, trace_id, columns)

    def build() -> bytes:
        header = trace_header(access.project_id, trace_id, row, columns)
        tree = tree_of(columns)
        if shape == "flat" or tree.levels > MAX_NESTED_LEVELS:
            return orjson.dumps({**header, "shape": "flat", "columns": flat_columns(columns, tree)})
        events = nested_events(columns, tree, tree.tops, cursor)
        # Not orjson, which stops at 254 levels: a level of events is two of JSON.
        return msgspec.json.encode({**header, "shape": "nested", "root_events": events})

    return json_answer(await _beside(build, len(columns.event_id)))


@router.get(
    "/traces/{trace_id}/events/{event_id}/children", response_model=ChildrenPage, summary="List an event's children"
)
async def list_children(
    request: Request, trace_id: str, event_id: str, access: Reader, limit: Limit = 1_000, cursor: Cursor = None
) -> Response:
    """A range of one event's children, each with its own children inside."""
    part = services(request)
    trace_id, event_id = checked_id(trace_id), checked_id(event_id)
    after = None if cursor is None else _open(_cursors(part, access, trace_id, event_id), cursor)
    with reading():
        columns = await part.reader.get_trace_columns(access.project_id, trace_id)
    if event_id not in columns.event_id:
        raise NotFound("there is no such object in this project")
    next_cursor = _children_cursor(part, access, trace_id, columns)

    def build() -> bytes:
        tree = tree_of(columns)
        at = columns.event_id.index(event_id)
        found = tree.children_after(at, after, limit + 1)
        shown = found[:limit]
        answer = {
            "data": nested_events(columns, tree, shown, next_cursor),
            "next_cursor": next_cursor(at, shown[-1]) if len(found) > limit else None,
        }
        return msgspec.json.encode(answer)

    return json_answer(await _beside(build, len(columns.event_id)))


async def _compact(part: Services, project_id: str, trace_id: str) -> Response:
    with reading():
        row, table = await asyncio.gather(
            part.reader.get_trace(project_id, trace_id), part.reader.get_trace_table(project_id, trace_id)
        )
        if row is None and not table.num_rows:
            raise NotFound("there is no such object in this project")
        # While the summary lags behind, the slower columns tell what it will say.
        is_current = row is not None and row["event_count"] == table.num_rows
        columns = None if is_current else await part.reader.get_trace_columns(project_id, trace_id)

    def build() -> bytes:
        if columns is None:
            header, uncounted = stored_header(project_id, row or {}), (row or {})["uncounted"]
        else:
            header = trace_header(project_id, trace_id, row, columns)
            uncounted = uncounted_events(trace_events(columns))
        answer = {**header, "shape": "columns", "columns": compact_columns(table, uncounted)}
        return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)

    return json_answer(await _beside(build, table.num_rows))


async def _beside(build: Callable[[], bytes], events: int) -> bytes:
    if events < _THREAD_FROM_EVENTS:
        return build()
    return await asyncio.to_thread(build)


def _cursors(part: Services, access: ProjectAccess, trace_id: str, event_id: str) -> Cursors:
    query = {"trace": trace_id, "event": event_id}
    return Cursors(part.signer, part.clock, project_id=access.project_id, route="children", query=query)


def _children_cursor(
    part: Services, access: ProjectAccess, trace_id: str, columns: TraceColumns
) -> Callable[[int, int | None], str]:
    """Return what makes the cursor of an event's children after the last one shown."""

    def make(at: int, last: int | None) -> str:
        after = _BEFORE_ALL if last is None else (str(columns.start_us[last]), columns.event_id[last])
        return _cursors(part, access, trace_id, columns.event_id[at]).make(_NO_RANGE, after)

    return make


def _open(cursors: Cursors, cursor: str) -> tuple[int, str]:
    start_us, event_id = cursors.read(cursor).after
    return int(start_us), event_id
