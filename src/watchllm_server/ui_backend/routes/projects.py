"""Projects: list, make, change, delete and restore the own ones."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from watchllm_server.errors import Forbidden, NotFound
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.project import Member, Project, Role
from watchllm_server.model.times import MICROSECONDS, to_rfc3339
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, SignedIn, allow_here
from watchllm_server.ui_backend.names import Name, Strict
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])

_DAY_US: Final = 24 * 3_600 * MICROSECONDS
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]
Reader = Annotated[ProjectAccess, Depends(allow_here("project:read"))]
Changer = Annotated[ProjectAccess, Depends(allow_here("project:change"))]
Deleter = Annotated[ProjectAccess, Depends(allow_here("project:delete"))]
Restorer = Annotated[ProjectAccess, Depends(allow_here("project:delete", is_deleted=True))]


class ProjectAnswer(BaseModel):
    """A project, and what the one who asks is in it."""

    project_id: str
    name: str
    role: Role
    description: str | None = Field(description="null for the role BILLING.")
    created_at: str | None = Field(description="null for the role BILLING.")
    deleted_at: str | None = None
    restorable_until: str | None = Field(None, description="Of a deleted project: when it is gone for good.")


class ProjectList(BaseModel):
    """The own projects, by name."""

    data: list[ProjectAnswer]


class NewProject(Strict):
    """A project to make."""

    name: Name
    description: Description = ""


class ProjectChange(Strict):
    """What is to be another name, or another description."""

    name: Name | None = None
    description: Description | None = None


@router.get("", response_model=ProjectList, summary="List the own projects")
async def list_projects(
    request: Request,
    user: SignedIn,
    deleted: Annotated[bool, Query(description="Those that were deleted and can be restored.")] = False,
) -> dict[str, Any]:
    """The projects in which the one who asks is a member."""
    part = services(request)
    mine = await part.metadata.list_projects(user.user_id, is_deleted=deleted)
    return {"data": [_answer(part, project, member.role) for project, member in mine if _is_here(part, project)]}


@router.post("", response_model=ProjectAnswer, status_code=201, summary="Make a project")
async def add_project(request: Request, user: SignedIn, body: NewProject) -> dict[str, Any]:
    """Make a project; who makes it is its owner."""
    part = services(request)
    if not part.settings.users_may_make_projects:
        raise Forbidden("this server does not let people make projects; ask whoever runs it")
    now_us = part.clock.now_us()
    project = Project(
        project_id=new_object_id("proj"), name=body.name, description=body.description, created_at_us=now_us
    )
    owner = Member(project_id=project.project_id, user_id=user.user_id, role="OWNER", created_at_us=now_us)
    access = ProjectAccess(
        project_id=project.project_id, actor_kind="user", actor_id=user.user_id, role=owner.role
    )  # fmt: skip
    after = {"name": project.name, "description": project.description}
    entry = audit_entry(request, access, "projects:create", "project", project.project_id, after=after)
    await part.metadata.add_project(project, owner, entry)
    return _answer(part, project, owner.role)


@router.get("/{project_id}", response_model=ProjectAnswer, summary="Read a project")
async def read_project(request: Request, access: Reader) -> dict[str, Any]:
    """One of the own projects."""
    part = services(request)
    return _answer(part, await _project(part, access), access.role or "VIEWER")


@router.patch("/{project_id}", response_model=ProjectAnswer, summary="Change a project")
async def change_project(request: Request, access: Changer, body: ProjectChange) -> dict[str, Any]:
    """Give a project another name, another description, or both."""
    part = services(request)
    project = await _project(part, access)
    name = project.name if body.name is None else body.name
    description = project.description if body.description is None else body.description
    entry = audit_entry(
        request, access, "project:change", "project", project.project_id,
        before={"name": project.name, "description": project.description},
        after={"name": name, "description": description},
    )  # fmt: skip
    if not await part.metadata.change_project(project.project_id, name, description, entry):
        raise _missing()
    return _answer(part, await _project(part, access), access.role or "VIEWER")


@router.delete("/{project_id}", status_code=204, summary="Delete a project")
async def delete_project(request: Request, access: Deleter) -> Response:
    """Take a project away from everybody at once, with its keys; its owners may restore it for a while."""
    part = services(request)
    project = await _project(part, access)
    entry = audit_entry(
        request, access, "project:delete", "project", project.project_id, before={"name": project.name}
    )  # fmt: skip
    if not await part.metadata.delete_project(project.project_id, entry.at_us, entry):
        raise _missing()
    return Response(status_code=204)


@router.post("/{project_id}/restore", response_model=ProjectAnswer, summary="Restore a deleted project")
async def restore_project(request: Request, access: Restorer) -> dict[str, Any]:
    """Bring a deleted project back, with its members and keys."""
    part = services(request)
    entry = audit_entry(request, access, "project:delete", "project", access.project_id, after={"restored": True})
    if not await part.metadata.restore_project(access.project_id, _oldest_us(part), entry):
        raise _missing()
    return _answer(part, await _project(part, access), access.role or "VIEWER")


async def _project(part: Services, access: ProjectAccess) -> Project:
    project = await part.metadata.find_project(access.project_id)
    if project is None:
        raise _missing()
    return project


def _oldest_us(part: Services) -> int:
    """Return the time before which a deletion is for good."""
    return part.clock.now_us() - part.settings.project_restore_days * _DAY_US


def _is_here(part: Services, project: Project) -> bool:
    return project.deleted_at_us is None or project.deleted_at_us > _oldest_us(part)


def _answer(part: Services, project: Project, role: Role) -> dict[str, Any]:
    is_whole = role != "BILLING"
    deleted_us = project.deleted_at_us
    until_us = None if deleted_us is None else deleted_us + part.settings.project_restore_days * _DAY_US
    return {
        "project_id": project.project_id,
        "name": project.name,
        "role": role,
        "description": project.description if is_whole else None,
        "created_at": to_rfc3339(project.created_at_us) if is_whole else None,
        "deleted_at": None if deleted_us is None else to_rfc3339(deleted_us),
        "restorable_until": None if until_us is None else to_rfc3339(until_us),
    }


def _missing() -> NotFound:
    return NotFound("there is no such project")
