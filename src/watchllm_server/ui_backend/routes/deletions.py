"""Deletion for good: of a trace, of the events of an end user; and how far each has come."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from watchllm_server.errors import NotFound
from watchllm_server.model.deletion import Deletion, DeletionKind, DeletionState
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.times import to_rfc3339
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow, allow_here
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.reading import reading
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["deletions"])

# A page of what was deleted is read by a person; older ones are in the audit log.
_MOST_LISTED: Final = 200
Deleter = Annotated[ProjectAccess, Depends(allow("traces:delete"))]
DeleterHere = Annotated[ProjectAccess, Depends(allow_here("traces:delete"))]


class DeletionAnswer(BaseModel):
    """A deletion, and how far it has come."""

    deletion_id: str
    kind: DeletionKind
    subject: str = Field(description="The id of the trace or of the end user.")
    state: DeletionState = Field(
        description="`requested`; `erased` when nothing of it is read any more; `finished` when nothing is on disk."
    )
    requested_at: str
    erased_at: str | None
    finished_at: str | None


class DeletionList(BaseModel):
    """The newest deletions of a project."""

    data: list[DeletionAnswer]


@router.delete("/traces/{trace_id}", response_model=DeletionAnswer, status_code=202, summary="Delete a trace for good")
async def delete_trace(request: Request, access: Deleter, trace_id: str) -> dict[str, Any]:
    """Erase every event of a trace. What comes for it later is dropped."""
    part = services(request)
    with reading():
        if await part.reader.get_trace(access.project_id, checked_id(trace_id)) is None:
            raise NotFound("there is no such object in this project")
    return await _add(request, access, "trace", trace_id)


@router.delete(
    "/end-users/{user_id:path}",
    response_model=DeletionAnswer,
    status_code=202,
    summary="Delete an end user's events for good",
)
async def delete_end_user(request: Request, access: Deleter, user_id: str) -> dict[str, Any]:
    """Erase every event of an end user that was accepted until now, whether any is known or not."""
    return await _add(request, access, "end_user", checked_id(user_id))


@router.get("/projects/{project_id}/deletions", response_model=DeletionList, summary="List deletions")
async def list_deletions(request: Request, access: DeleterHere) -> dict[str, Any]:
    """The newest deletions of the project, and how far each has come."""
    found = await services(request).metadata.list_deletions(access.project_id, limit=_MOST_LISTED)
    return {"data": [_answer(deletion) for deletion in found]}


async def _add(request: Request, access: ProjectAccess, kind: DeletionKind, subject: str) -> dict[str, Any]:
    part = services(request)
    edges = await part.queue.edges()
    entry = audit_entry(request, access, "traces:delete", kind, subject)
    deletion = Deletion(
        deletion_id=new_object_id("del"),
        project_id=access.project_id,
        kind=kind,
        subject=subject,
        requested_by=access.actor_id,
        requested_at_us=entry.at_us,
        last_sequence=edges.last,
    )
    await part.metadata.add_deletion(deletion, entry)
    return _answer(deletion)


def _answer(deletion: Deletion) -> dict[str, Any]:
    return {
        "deletion_id": deletion.deletion_id,
        "kind": deletion.kind,
        "subject": deletion.subject,
        "state": deletion.state,
        "requested_at": to_rfc3339(deletion.requested_at_us),
        "erased_at": None if deletion.erased_at_us is None else to_rfc3339(deletion.erased_at_us),
        "finished_at": None if deletion.finished_at_us is None else to_rfc3339(deletion.finished_at_us),
    }
