"""The ledger, and where one event or trace is: from received to visible, or dead-lettered with its reason."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from watchllm_server.errors import BadRequest, NotFound
from watchllm_server.model.ledger import Stage, minute_of, total
from watchllm_server.model.times import from_rfc3339, to_rfc3339
from watchllm_server.stores.events.contract import DeadLetter, LetterState
from watchllm_server.stores.queue.contract import QueuedEvent, RejectedEvent
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import From, To, checked_id, read_range
from watchllm_server.ui_backend.reading import reading
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1", tags=["ledger"])
LedgerReader = Annotated[ProjectAccess, Depends(allow("ledger:read"))]
WhereIsReader = Annotated[ProjectAccess, Depends(allow("where-is:read"))]


class Counts(BaseModel):
    """Events by what became of them."""

    received: int
    rejected: dict[str, int]
    duplicate: int
    queued: int
    stored: int
    dead_lettered: int


class Minute(Counts):
    """The events of requests that were answered in one minute."""

    minute: str


class Ledger(BaseModel):
    """The ledger of a range of time."""

    data: list[Minute]
    totals: Counts
    balanced: bool = Field(description="Whether every received event is in exactly one of the other counts.")
    from_: str = Field(alias="from")
    to: str
    note: str | None


class StageReached(BaseModel):
    """A stage that an event has reached; `at` is null where no time is kept."""

    stage: Stage
    at: str | None = None
    trace_id: str | None = None
    attempts: int | None = None
    last_error: str | None = None
    code: str | None = None
    message: str | None = None
    state: LetterState | None = None


class WhereIsEvent(BaseModel):
    """The stages of one event in order, and the one that it is in."""

    event_id: str
    stages: list[StageReached]
    current: Stage


class WhereIsTrace(BaseModel):
    """How many events of a trace are stored, and how many its row in the list counts."""

    trace_id: str
    stages: list[dict[Literal["stage", "events"], Any]]
    has_summary: bool
    current: Stage


@router.get("/ledger", response_model=Ledger, summary="Read the ledger")
async def read_ledger(request: Request, access: LedgerReader, from_: From = None, to: To = None) -> dict[str, Any]:
    """What became of every event, by minute of acceptance."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    # The minute in which the range begins is counted whole, and the answer says so.
    from_us = minute_of(span.from_us)
    minutes = await part.queue.list_ledger(access.project_id, from_us=from_us, to_us=span.to_us)
    return {
        "data": [{"minute": to_rfc3339(minute.minute_us), **total([minute])} for minute in minutes],
        "totals": total(minutes),
        "balanced": all(minute.is_balanced for minute in minutes),
        "from": to_rfc3339(from_us),
        "to": to_rfc3339(span.to_us),
        "note": span.note,
    }


@router.get(
    "/where-is",
    response_model=WhereIsEvent | WhereIsTrace,
    response_model_exclude_unset=True,
    summary="Find an event or a trace",
)
async def where_is(
    request: Request,
    access: WhereIsReader,
    event_id: Annotated[str | None, Query(description="The event to find.")] = None,
    trace_id: Annotated[str | None, Query(description="The trace to find; not together with `event_id`.")] = None,
) -> dict[str, Any]:
    """How far an event, or the events of a trace, have come."""
    part = services(request)
    with reading():
        if event_id is not None and trace_id is None:
            return await _where_is_event(part, access.project_id, checked_id(event_id))
        if trace_id is not None and event_id is None:
            return await _where_is_trace(part, access.project_id, checked_id(trace_id))
    raise BadRequest("give either event_id or trace_id", code="bad_parameter")


async def _where_is_event(part: Services, project_id: str, event_id: str) -> dict[str, Any]:
    queued, refused, stored, dead, erased_us = await asyncio.gather(
        part.queue.find_event(project_id, event_id),
        part.queue.find_rejected(project_id, event_id),
        part.reader.find_event(project_id, event_id),
        part.letters.find_letter(project_id, event_id, most_bytes=0),
        part.reader.find_erased(project_id, event_id),
    )
    erased = [] if erased_us is None else [{"stage": "deleted", "at": to_rfc3339(erased_us)}]
    accepted_us = _accepted_us(queued, stored, dead)
    if accepted_us is None:
        if erased:
            return {"event_id": event_id, "stages": erased, "current": "deleted"}
        if refused is None:
            raise NotFound("there is no such object in this project")
        stages = [{"stage": "received", "at": to_rfc3339(refused.at_us)}, _rejected(refused)]
        return {"event_id": event_id, "stages": stages, "current": "rejected"}
    accepted_at = to_rfc3339(accepted_us)
    stages: list[dict[str, Any]] = [{"stage": "received", "at": accepted_at}, {"stage": "queued", "at": accepted_at}]
    waiting = None if queued is None or queued.state == "acknowledged" else queued
    if waiting is not None:
        stages[-1] |= {"attempts": waiting.attempts, "last_error": waiting.last_error or None}
        if waiting.state == "leased":
            stages.append({"stage": "leased", "at": None})
    # The newest version is the event: while one waits, what is known of an earlier one is not where it is.
    current = stages[-1]["stage"] if waiting else None
    # An erased event that is there again was sent once more.
    stages += await _settled(part, project_id, stored, dead) or erased
    current = current or stages[-1]["stage"]
    if refused is not None and refused.at_us > accepted_us:
        # A later attempt to send it was refused; the event is the version that was accepted.
        stages.append(_rejected(refused))
    return {"event_id": event_id, "stages": stages, "current": current}


def _rejected(refused: RejectedEvent) -> dict[str, Any]:
    at = to_rfc3339(refused.at_us)
    return {"stage": "rejected", "at": at, "code": refused.code, "message": refused.message}


async def _settled(
    part: Services, project_id: str, stored: dict[str, Any] | None, dead: DeadLetter | None
) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = []
    if stored is not None:
        stages.append({"stage": "stored", "at": stored["stored_at"], "trace_id": stored["trace_id"]})
        if await part.reader.get_trace(project_id, stored["trace_id"]) is not None:
            stages.append({"stage": "visible", "at": None})
    if dead is not None and (stored is None or dead.version > stored["version"]):
        at = to_rfc3339(dead.dead_at_us)
        why = {"code": dead.code, "message": dead.message, "state": dead.state}
        stages.append({"stage": "dead_lettered", "at": at, **why})
    return stages


def _accepted_us(queued: QueuedEvent | None, stored: dict[str, Any] | None, dead: DeadLetter | None) -> int | None:
    known = [
        *([queued.accepted_at_us] if queued else []),
        *([from_rfc3339(stored["accepted_at"])] if stored else []),
        *([dead.accepted_at_us] if dead else []),
    ]
    return max(known, default=None)


async def _where_is_trace(part: Services, project_id: str, trace_id: str) -> dict[str, Any]:
    summary, columns = await asyncio.gather(
        part.reader.get_trace(project_id, trace_id), part.reader.get_trace_columns(project_id, trace_id)
    )
    stored = len(columns.event_id)
    if summary is None and not stored:
        raise NotFound("there is no such object in this project")
    counted = 0 if summary is None else summary["event_count"]
    return {
        "trace_id": trace_id,
        "stages": [{"stage": "stored", "events": stored}, {"stage": "visible", "events": counted}],
        "has_summary": summary is not None,
        "current": "visible" if summary is not None and counted >= stored else "stored",
    }
