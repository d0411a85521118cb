"""What SDKs made for other servers ask before they send: whether the server lives, and whether their key is good."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from watchllm_server import __version__
from watchllm_server.ui_backend.guard import ProjectAccess, allow

router = APIRouter(tags=["drop-in"])

Sender = Annotated[ProjectAccess, Depends(allow("events:write"))]


class LangfuseHealth(BaseModel):
    """As the SDKs of Langfuse read it."""

    status: str
    version: str


class LangfuseName(BaseModel):
    """An id, and what to call it."""

    id: str
    name: str


class LangfuseProject(LangfuseName):
    """A project as the SDKs of Langfuse read it."""

    organization: LangfuseName
    metadata: dict[str, Any]


class LangfuseProjects(BaseModel):
    """The one project of the key."""

    data: list[LangfuseProject]


class LangSmithInfo(BaseModel):
    """As the SDK of LangSmith reads it: without a configuration for runs, which it sends as spans."""

    version: str


@router.get("/api/public/health", summary="Tell a Langfuse SDK that the server answers")
async def langfuse_health() -> LangfuseHealth:
    """Touches no store."""
    return LangfuseHealth(status="OK", version=__version__)


@router.get("/api/public/projects", summary="Tell a Langfuse SDK the project of its key")
async def langfuse_projects(access: Sender) -> LangfuseProjects:
    """The SDK's `auth_check`. The API key is the password of Basic; the user name may be anything."""
    project = access.project_id
    return LangfuseProjects(
        data=[
            LangfuseProject(id=project, name=project, organization=LangfuseName(id=project, name=project), metadata={})
        ]
    )


@router.get("/info", summary="Tell a LangSmith SDK about the server")
async def langsmith_info() -> LangSmithInfo:
    """Touches no store."""
    return LangSmithInfo(version=__version__)
