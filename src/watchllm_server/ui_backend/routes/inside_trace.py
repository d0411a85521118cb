"""What is asked inside one trace: where a text stands in it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from watchllm_server.errors import BadRequest, NotFound
from watchllm_server.model.filter import MAX_TEXT_BYTES
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.reading import reading
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["traces"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]

# A text that more events have tells them apart no longer; their ids are half a megabyte.
MAX_FOUND: Final = 10_000


class FoundInTrace(BaseModel):
    """The events of a trace that have a text in input, output or status message, in order of start."""

    event_ids: list[str]
    is_cut: bool = Field(description="Whether more events have it.")


@router.get("/traces/{trace_id}/find", response_model=FoundInTrace, summary="Find a text in a trace")
async def find_in_trace(
    request: Request,
    trace_id: str,
    access: Reader,
    text: Annotated[str, Query(description=f"At most {MAX_TEXT_BYTES} bytes; the case of letters is ignored.")],
) -> dict[str, Any]:
    """The events whose input, output or status message has the text."""
    trace_id, wanted = checked_id(trace_id), text.strip()
    if not wanted or len(wanted.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise BadRequest(f"text must have 1 to {MAX_TEXT_BYTES} bytes that are not spaces", code="bad_parameter")
    reader = services(request).reader
    with reading():
        found = await reader.find_in_trace(access.project_id, trace_id, wanted, limit=MAX_FOUND + 1)
        if not found and await reader.get_trace(access.project_id, trace_id) is None:
            raise NotFound("there is no such object in this project")
    return {"event_ids": found[:MAX_FOUND], "is_cut": len(found) > MAX_FOUND}
