"""New and changed traces as they are stored, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Final, Literal, cast

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from watchllm_server.errors import BadRequest, WatchLLMError
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.ui_backend.guard import ProjectAccess, allow, check_permission
from watchllm_server.ui_backend.live import Live, Row, Stream
from watchllm_server.ui_backend.parameters import MAX_TIME_US, Filter
from watchllm_server.ui_backend.score_answers import shown_scores
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["traces"])
_TYPE: Final = "text/event-stream"
ACTION: Final = "traces:read"
Reader = Annotated[ProjectAccess, Depends(allow(ACTION, produces=(_TYPE,)))]

# Proxies close what is silent for a minute, many for half of one.
COMMENT_EVERY_S: Final = 15
# As soon as this a credential that was taken back ends its streams.
CHECK_EVERY_S: Final = 1
# What ends by itself changes nothing in the store, and is asked for now and then.
EXPIRY_EVERY_S: Final = 60
_NO_BUFFERING: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LastEventId = Annotated[str | None, Header(description="The `id` of the last event that was seen.")]


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {_TYPE: {}}, "description": "Events `trace`, each with a row of the list as JSON."}},
    summary="Follow traces",
)
async def follow_traces(
    request: Request,
    access: Reader,
    subject: Literal["traces"] = "traces",
    filter: Filter = None,
    after: Annotated[str | None, Query(description="An `id`: what came after it, up to 5 minutes back.")] = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Each trace when its row is new or has changed, with an `id` to go on from; a comment when all is quiet.

    An event may come twice: the row of a trace replaces the one before.
    """
    node = None if filter is None else read_filter(filter, subject)
    after_us = _read_place(last_event_id or after)
    live = cast(Live, request.app.state.live)
    # Here and not in the body, so that one stream too many is refused with a status.
    live.check_room(access.project_id)

    async def body() -> AsyncGenerator[bytes]:
        with live.stream(access.project_id, node, after_us) as stream:
            async for piece in _events(request, access, stream):
                yield piece

    return StreamingResponse(body(), media_type=_TYPE, headers=_NO_BUFFERING)


async def _events(request: Request, access: ProjectAccess, stream: Stream) -> AsyncGenerator[bytes]:
    """Yield events until the server stops, the reader is too slow, or may not read any more."""
    part = services(request)
    right = _Right(request, access)
    yield b": connected\n\n"
    said_s = part.clock.monotonic_s()
    while not part.stopping.is_set() and not stream.is_behind and await right.is_held():
        row = await _next_row(stream)
        now_s = part.clock.monotonic_s()
        if row is not None:
            yield _event(row)
        elif now_s - said_s >= COMMENT_EVERY_S:
            yield b": quiet\n\n"
        else:
            continue
        said_s = now_s


async def _next_row(stream: Stream) -> Row | None:
    try:
        async with asyncio.timeout(CHECK_EVERY_S):
            return await stream.waiting.get()
    except TimeoutError:
        return None


def _event(row: Row) -> bytes:
    data = orjson.dumps({**row.row, "scores": shown_scores(row.row["scores"])})
    return b"event: trace\nid: %d\ndata: %s\n\n" % (row.stored_us, data)


class _Right:
    """Whether the one who opened the stream may still read: asked again when a credential or a role has changed."""

    def __init__(self, request: Request, access: ProjectAccess) -> None:
        self._request = request
        self._project_id = access.project_id
        self._parts = services(request)
        self._version: int | None = None
        self._looked_s = self._checked_s = 0.0

    async def is_held(self) -> bool:
        now_s = self._parts.clock.monotonic_s()
        if now_s - self._looked_s < CHECK_EVERY_S:
            return True
        self._looked_s = now_s
        version = await self._parts.metadata.version()
        if version == self._version and now_s - self._checked_s < EXPIRY_EVERY_S:
            return True
        self._version, self._checked_s = version, now_s
        try:
            await check_permission(self._request, ACTION, self._project_id)
        except WatchLLMError:
            return False
        return True


def _read_place(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 17 and int(text) < MAX_TIME_US):
        raise BadRequest("after is the id of an event of this stream", code="bad_parameter")
    return int(text)
