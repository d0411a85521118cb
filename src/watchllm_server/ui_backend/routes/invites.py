"""Invites to a project: made by those who may grant the role, accepted by whoever has the link."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from watchllm_server.errors import Conflict, Forbidden, NotFound
from watchllm_server.model.access import may_grant
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.project import Invite, Role
from watchllm_server.model.times import MICROSECONDS, to_rfc3339
from watchllm_server.security.tokens import keyed_hash, new_link_token
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow_here
from watchllm_server.ui_backend.letters_out import invite_letter
from watchllm_server.ui_backend.names import Strict
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects/{project_id}/invites", tags=["members"])
Inviter = Annotated[ProjectAccess, Depends(allow_here("members:invite"))]

_DAY_US: Final = 24 * 3_600 * MICROSECONDS
# A name, one @, a host: whether it exists, only a letter to it can tell.
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"),
]


class InviteAnswer(BaseModel):
    """An invite that waits."""

    invite_id: str
    email: str
    role: Role
    invited_by: str
    created_at: str
    expires_at: str


class MadeInvite(InviteAnswer):
    """An invite that was made now."""

    link: str | None = Field(
        description="The way in, relative to this server: shown now, and never again; null where it was sent by mail."
    )


class InviteList(BaseModel):
    """The invites that wait, the oldest first."""

    data: list[InviteAnswer]


class NewInvite(Strict):
    """Whom to invite, as what."""

    email: Email
    role: Role


@router.get("", response_model=InviteList, summary="List the invites")
async def list_invites(request: Request, access: Inviter) -> dict[str, Any]:
    """The invites that nobody has accepted yet."""
    part = services(request)
    found = await part.metadata.list_invites(access.project_id, part.clock.now_us())
    return {"data": [_answer(invite) for invite in found]}


@router.post("", response_model=MadeInvite, status_code=201, summary="Invite somebody")
async def add_invite(request: Request, access: Inviter, body: NewInvite) -> dict[str, Any]:
    """Make a link by which one person becomes a member; the answer is the same whether the address has an account."""
    part = services(request)
    if access.role is None or not may_grant(access.role, body.role):
        raise Forbidden(f"the role {access.role} does not allow to give the role {body.role}")
    now_us, most = part.clock.now_us(), part.settings.invites_max
    waiting = await part.metadata.list_invites(access.project_id, now_us)
    if len([one for one in waiting if one.email.lower() != body.email.lower()]) >= most:
        raise Conflict(f"{most} invites wait already; take one back first")
    token = new_link_token()
    invite = Invite(
        invite_id=new_object_id("invite"), project_id=access.project_id, email=body.email, role=body.role,
        token_hash=keyed_hash(part.pepper, token), invited_by=access.actor_id, created_at_us=now_us,
        expires_at_us=now_us + part.settings.invite_days * _DAY_US,
    )  # fmt: skip
    said = {"email": invite.email, "role": invite.role}
    entry = audit_entry(request, access, "members:invite", "invite", invite.invite_id, after=said)
    await part.metadata.add_invite(invite, entry)
    link = f"/auth/invite/{token}"
    return {**_answer(invite), "link": None if await _is_sent(part, access, invite, link) else link}


@router.delete("/{invite_id}", status_code=204, summary="Take an invite back")
async def remove_invite(request: Request, invite_id: str, access: Inviter) -> Response:
    """Make an invite worth nothing."""
    part = services(request)
    waiting = await part.metadata.list_invites(access.project_id, part.clock.now_us())
    invite = next((one for one in waiting if one.invite_id == checked_id(invite_id)), None)
    if invite is None:
        raise NotFound("there is no such object in this project")
    said = {"email": invite.email, "role": invite.role}
    entry = audit_entry(request, access, "members:invite", "invite", invite.invite_id, before=said)
    if not await part.metadata.remove_invite(access.project_id, invite.invite_id, entry):
        raise NotFound("there is no such object in this project")
    return Response(status_code=204)


async def _is_sent(part: Services, access: ProjectAccess, invite: Invite, link: str) -> bool:
    """Send the invite by mail, if this server sends any; tells whether the mail server took it."""
    if not part.mailer.is_set:
        return False
    project = await part.metadata.find_project(access.project_id)
    inviter = await part.metadata.find_user(invite.invited_by)
    letter = invite_letter(
        part.public_url(), link, project.name if project else "", inviter.email if inviter else "Somebody",
        part.settings.invite_days,
    )  # fmt: skip
    return await part.mailer.send(invite.email, *letter)


def _answer(invite: Invite) -> dict[str, Any]:
    return {
        "invite_id": invite.invite_id,
        "email": invite.email,
        "role": invite.role,
        "invited_by": invite.invited_by,
        "created_at": to_rfc3339(invite.created_at_us),
        "expires_at": to_rfc3339(invite.expires_at_us),
    }
