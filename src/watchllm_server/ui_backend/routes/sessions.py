"""Sessions and end users: what the traces of one conversation, or of one person, sum up to; and scores of a trace."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from watchllm_server.errors import NotFound
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.contract.groups import EndUserSort, GroupKind, GroupQuery, SessionSort
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.group_answers import EndUserList, EndUserRow, Scores, SessionList, SessionRow
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import (
    MAX_RANGE_US,
    Cursor,
    Filter,
    From,
    Limit,
    To,
    checked_id,
    read_range,
)
from watchllm_server.ui_backend.reading import json_answer, page_answer, reading
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["sessions"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]


@router.get("/sessions", response_model=SessionList, summary="List sessions")
async def list_sessions(
    request: Request,
    access: Reader,
    from_: From = None,
    to: To = None,
    limit: Limit = 50,
    sort: SessionSort = "-end_time",
    filter: Filter = None,
    cursor: Cursor = None,
) -> Response:
    """Sessions of the traces that were running in [`from`, `to`) and match the filter of traces."""
    return await _page(request, access, "sessions", sort, from_, to, limit, filter, cursor)


@router.get("/end-users", response_model=EndUserList, summary="List end users")
async def list_end_users(
    request: Request,
    access: Reader,
    from_: From = None,
    to: To = None,
    limit: Limit = 50,
    sort: EndUserSort = "-last_seen",
    filter: Filter = None,
    cursor: Cursor = None,
) -> Response:
    """End users of the traces that were running in [`from`, `to`) and match the filter of traces."""
    return await _page(request, access, "end_users", sort, from_, to, limit, filter, cursor)


async def _page(
    request: Request,
    access: ProjectAccess,
    kind: GroupKind,
    sort: Any,
    from_: str | None,
    to: str | None,
    limit: int,
    filter: str | None,
    cursor: str | None,
) -> Response:
    part = services(request)
    query = {"sort": sort, "filter": filter}
    cursors = Cursors(part.signer, part.clock, project_id=access.project_id, route=kind, query=query)
    span, after = cursors.open_page(cursor, from_, to)
    asked = GroupQuery(
        kind=kind, from_us=span.from_us, to_us=span.to_us, sort=sort, limit=limit, after=after,
        filter=None if filter is None else read_filter(filter, "traces"),
    )  # fmt: skip
    with reading():
        page = await part.groups.list_groups(access.project_id, asked)
    return page_answer(page.rows, cursors.next(span, page.next_after), span)


# As a path: an id of a sender's may have a slash in it, which stands there as it is; an encoded one is refused.
@router.get("/sessions/{session_id:path}", response_model=SessionRow, summary="Read a session")
async def get_session(request: Request, session_id: str, access: Reader, from_: From = None, to: To = None) -> Response:
    """One session; of the last 400 days unless a range is given."""
    return await _one(request, access, "sessions", session_id, from_, to)


@router.get("/end-users/{user_id:path}", response_model=EndUserRow, summary="Read an end user")
async def get_end_user(request: Request, user_id: str, access: Reader, from_: From = None, to: To = None) -> Response:
    """One end user; of the last 400 days unless a range is given."""
    return await _one(request, access, "end_users", user_id, from_, to)


async def _one(
    request: Request, access: ProjectAccess, kind: GroupKind, group_id: str, from_: str | None, to: str | None
) -> Response:
    part = services(request)
    group_id = checked_id(group_id)
    now_us = part.clock.now_us()
    span = read_range(from_, to, default_to_us=now_us, default_from_us=now_us - MAX_RANGE_US)
    with reading():
        row = await part.groups.find_group(access.project_id, kind, group_id, span.from_us, span.to_us)
    if row is None:
        raise NotFound("there is no such object in this project")
    return json_answer(orjson.dumps(row))


@router.get("/traces/{trace_id}/scores", response_model=Scores, summary="List the scores of a trace")
async def list_scores(request: Request, trace_id: str, access: Reader) -> Response:
    """The judgements on a trace and its events."""
    part = services(request)
    trace_id = checked_id(trace_id)
    with reading():
        scores = await part.groups.list_scores(access.project_id, trace_id)
        if not scores and await part.reader.get_trace(access.project_id, trace_id) is None:
            raise NotFound("there is no such object in this project")
    return json_answer(orjson.dumps({"data": scores}))
