"""The list of events, without their texts, and one whole event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from watchllm_server.errors import NotFound
from watchllm_server.model.counting import uncounted_events
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.contract import EventQuery, EventReader
from watchllm_server.ui_backend.answers import EventAnswer, EventList
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.event_answers import USAGE_TYPES, event_answer, event_row
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import Cursor, Filter, From, Limit, To, checked_id
from watchllm_server.ui_backend.reading import json_answer, page_answer, reading
from watchllm_server.ui_backend.services import services
from watchllm_server.ui_backend.trace_answers import trace_events

router = APIRouter(prefix="/api/v1", tags=["events"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]


@router.get("/events", response_model=EventList, summary="List events")
async def list_events(
    request: Request,
    access: Reader,
    from_: From = None,
    to: To = None,
    limit: Limit = 50,
    sort: Literal["start_time", "-start_time"] = "-start_time",
    filter: Filter = None,
    cursor: Cursor = None,
) -> Response:
    """Events that start in [`from`, `to`)."""
    part = services(request)
    query = {"sort": sort, "filter": filter}
    cursors = Cursors(part.signer, part.clock, project_id=access.project_id, route="events", query=query)
    span, after = cursors.open_page(cursor, from_, to)
    asked = EventQuery(
        from_us=span.from_us,
        to_us=span.to_us,
        filter=None if filter is None else read_filter(filter, "events"),
        sort=sort,
        limit=limit,
        after=after,
    )
    with reading():
        page = await part.reader.list_events(access.project_id, asked)
    return page_answer([event_row(row) for row in page.rows], cursors.next(span, page.next_after), span)


@router.get("/events/{event_id}", response_model=EventAnswer, summary="Read an event")
async def get_event(
    request: Request,
    event_id: str,
    access: Reader,
    trace_id: Annotated[str | None, Query(description="Its trace, if known: makes the read faster.")] = None,
) -> Response:
    """One whole event: input, output, messages, attributes, the raw body, and how its cost was found."""
    part = services(request)
    event_id = checked_id(event_id)
    with reading():
        row = await part.reader.find_event(
            access.project_id, event_id, None if trace_id is None else checked_id(trace_id)
        )
        if row is None:
            raise NotFound("there is no such object in this project")
        uncounted = await _uncounted(part.reader, access.project_id, row)
    return json_answer(orjson.dumps(event_answer(row, uncounted)))


async def _uncounted(reader: EventReader, project_id: str, row: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the events of the row's trace that count nothing; from its events while there is no summary."""
    if row["type"] not in USAGE_TYPES:
        return {}
    trace = await reader.get_trace(project_id, row["trace_id"])
    if trace is not None:
        return trace["uncounted"]
    return uncounted_events(trace_events(await reader.get_trace_columns(project_id, row["trace_id"])))
