"""Members of a project: who they are, their roles, and taking them out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from watchllm_server.errors import Conflict, Forbidden, NotFound
from watchllm_server.model.access import may_grant
from watchllm_server.model.project import Member, Role
from watchllm_server.model.times import to_rfc3339
from watchllm_server.stores.metadata.contract import LastOwner
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow_here
from watchllm_server.ui_backend.names import Strict
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects/{project_id}/members", tags=["members"])
Reader = Annotated[ProjectAccess, Depends(allow_here("members:read"))]
Changer = Annotated[ProjectAccess, Depends(allow_here("members:change"))]
Remover = Annotated[ProjectAccess, Depends(allow_here("members:remove"))]


class MemberAnswer(BaseModel):
    """A person with a role in the project."""

    user_id: str
    name: str
    email: str | None = Field(description="null for the role VIEWER, which sees names alone.")
    role: Role
    member_since: str


class MemberList(BaseModel):
    """The members, in the order in which they came."""

    data: list[MemberAnswer]


class RoleChange(Strict):
    """The role that a member is to have."""

    role: Role


@router.get("", response_model=MemberList, summary="List the members")
async def list_members(request: Request, access: Reader) -> dict[str, Any]:
    """Who works in this project."""
    members = await services(request).metadata.list_members(access.project_id)
    shows_email = access.role != "VIEWER"
    return {
        "data": [
            {
                "user_id": user.user_id,
                "name": user.name,
                "email": user.email if shows_email else None,
                "role": member.role,
                "member_since": to_rfc3339(member.created_at_us),
            }
            for member, user in members
        ]
    }


@router.patch("/{user_id}", status_code=204, summary="Change a member's role")
async def change_role(request: Request, user_id: str, access: Changer, body: RoleChange) -> Response:
    """Give a member another role: never one that the one who asks could not give, nor take."""
    part = services(request)
    member = await _find(part, access, user_id)
    _check_may_grant(access, member.role, body.role)
    entry = audit_entry(
        request, access, "members:change", "member", member.user_id,
        before={"role": member.role}, after={"role": body.role},
    )  # fmt: skip
    try:
        if not await part.metadata.change_role(access.project_id, member.user_id, body.role, entry):
            raise _missing()
    except LastOwner:
        raise _last_owner() from None
    return Response(status_code=204)


@router.delete("/{user_id}", status_code=204, summary="Take a member out")
async def remove_member(request: Request, user_id: str, access: Remover) -> Response:
    """Take a member out, or leave oneself; what the member kept in the project goes too."""
    part = services(request)
    if user_id != access.actor_id and access.role not in ("OWNER", "ADMIN"):
        raise Forbidden(f"the role {access.role} allows to take out oneself alone")
    member = await _find(part, access, user_id)
    if user_id != access.actor_id:
        _check_may_grant(access, member.role)
    entry = audit_entry(
        request, access, "members:remove", "member", member.user_id, before={"role": member.role}
    )  # fmt: skip
    try:
        if not await part.metadata.remove_member(access.project_id, member.user_id, entry):
            raise _missing()
    except LastOwner:
        raise _last_owner() from None
    return Response(status_code=204)


def _check_may_grant(access: ProjectAccess, *roles: Role) -> None:
    own = access.role
    for role in roles:
        if own is None or not may_grant(own, role):
            raise Forbidden(f"the role {own} does not allow to give or take the role {role}")


async def _find(part: Services, access: ProjectAccess, user_id: str) -> Member:
    member = await part.metadata.find_member(access.project_id, checked_id(user_id))
    if member is None:
        raise _missing()
    return member


def _missing() -> NotFound:
    return NotFound("there is no such object in this project")


def _last_owner() -> Conflict:
    return Conflict("a project needs an owner; make somebody else one first", code="last_owner")
