"""The audit log of a project: who did what, the newest first, and as one file whose chain can be checked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from watchllm_server.model.audit import AuditRow
from watchllm_server.model.times import to_rfc3339
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow_here
from watchllm_server.ui_backend.parameters import Limit
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects/{project_id}/audit", tags=["audit"])
Reader = Annotated[ProjectAccess, Depends(allow_here("audit:read"))]
Exporter = Annotated[ProjectAccess, Depends(allow_here("audit:export"))]

# Rows read at once for an export: a few hundred kilobytes.
_EXPORT_PAGE: Final = 500


class AuditAnswer(BaseModel):
    """One thing that somebody did."""

    number: int = Field(description="Counts from 1 without a gap.")
    at: str
    actor_kind: Literal["user", "key", "operator"]
    actor_id: str
    address: str
    action: str
    object_kind: str
    object_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str = Field(description="Of the hash before it, the number, and all that the row says.")


class AuditList(BaseModel):
    """Rows, the newest first."""

    data: list[AuditAnswer]
    next_before: int | None = Field(description="`before` of the next page; null when there is none.")


@router.get("", response_model=AuditList, summary="Read the audit log")
async def list_audit(
    request: Request,
    access: Reader,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Only rows with a lower number.")] = None,
) -> dict[str, Any]:
    """What was done in this project."""
    rows = await services(request).metadata.list_audit(access.project_id, before=before, limit=limit + 1)
    shown = rows[:limit]
    return {
        "data": [_answer(row) for row in shown],
        "next_before": shown[-1].number if len(rows) > limit else None,
    }


@router.get("/export", summary="Export the audit log", response_class=StreamingResponse)
async def export_audit(request: Request, access: Exporter) -> StreamingResponse:
    """The whole log as JSON lines, the newest first."""
    part = services(request)
    entry = audit_entry(request, access, "audit:export", "project", access.project_id)
    await part.metadata.add_audit(entry)
    headers = {"Content-Disposition": f'attachment; filename="audit-{access.project_id}.jsonl"'}
    return StreamingResponse(
        _lines(part, access.project_id), media_type="application/x-ndjson", headers=headers
    )  # fmt: skip


async def _lines(part: Services, project_id: str) -> AsyncGenerator[bytes]:
    before: int | None = None
    while rows := await part.metadata.list_audit(project_id, before=before, limit=_EXPORT_PAGE):
        yield b"".join(orjson.dumps(_answer(row)) + b"\n" for row in rows)
        before = rows[-1].number


def _answer(row: AuditRow) -> dict[str, Any]:
    entry = row.entry
    return {
        "number": row.number,
        "at": to_rfc3339(entry.at_us),
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "address": entry.address,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "before": entry.before,
        "after": entry.after,
        "hash": row.hash,
    }
