"""What the empty project shows its owner: the key of the first start, so that the snippet can be pasted as it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["projects"])


class FirstSteps(BaseModel):
    """How to send the first event of a project."""

    project_id: str
    api_key: str | None = Field(
        description="The key made at this start of the server, for a few minutes and to owners alone; else null."
    )


@router.get("/first-steps", summary="How to send the first event")
async def first_steps(
    request: Request, access: Annotated[ProjectAccess, Depends(allow("first-steps:read"))]
) -> FirstSteps:
    """The project, and its key while it may still be shown."""
    part = services(request)
    return FirstSteps(
        project_id=access.project_id, api_key=part.first_key.shown(access.project_id, part.clock.monotonic_s())
    )
