"""Accepting an invite: by a new account, or as the one who is signed in under the invited address."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from watchllm_server.errors import BadRequest, Conflict, Forbidden, Unauthenticated
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.project import Invite, Member, User
from watchllm_server.security import passwords
from watchllm_server.security.tokens import keyed_hash
from watchllm_server.stores.metadata.contract import AlreadyExists
from watchllm_server.ui_backend.auditing import address_of, audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess
from watchllm_server.ui_backend.limits import LoginLimits
from watchllm_server.ui_backend.names import Name, Strict
from watchllm_server.ui_backend.routes.auth import SignedInAnswer, answer_of, sign_in
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/auth/invites", tags=["auth"])
Short = Annotated[str, StringConstraints(max_length=256)]


class Acceptance(Strict):
    """The token of the link; name and password only where the invited address has no account yet."""

    token: Short
    name: Name | None = None
    password: Short = ""


@router.post("/accept", summary="Accept an invite")
async def accept_invite(request: Request, response: Response, body: Acceptance) -> SignedInAnswer:
    """Become a member; whoever had no account has one now, and is signed in."""
    part = services(request)
    await cast(LoginLimits, request.app.state.login_limits).check(address_of(request), "")
    invite = await part.metadata.find_invite(keyed_hash(part.pepper, body.token), part.clock.now_us())
    if invite is None:
        raise _bad_invite()
    user = await _known_user(part, request, invite)
    is_new = user is None
    user = user or await _new_user(part, invite, body)
    member = Member(
        project_id=invite.project_id, user_id=user.user_id, role=invite.role, created_at_us=part.clock.now_us()
    )
    access = ProjectAccess(project_id=invite.project_id, actor_kind="user", actor_id=user.user_id, role=invite.role)
    said = {"email": invite.email, "role": invite.role, "invited_by": invite.invited_by}
    entry = audit_entry(request, access, "members:accept", "member", user.user_id, after=said)
    try:
        if not await part.metadata.accept_invite(invite, user, member, entry):
            raise _bad_invite()
    except AlreadyExists:
        raise Conflict("this account is a member already, or was made a moment ago; sign in") from None
    return await (sign_in(part, user, request, response, by="invite") if is_new else answer_of(part, user))


async def _known_user(part: Services, request: Request, invite: Invite) -> User | None:
    """Return the account of the invited address, which must be the one that is signed in; None without one."""
    account = await part.metadata.find_user_by_email(invite.email)
    if account is None:
        return None
    here = await part.sessions.find_user(request)
    if here is None:
        raise Unauthenticated("this address has an account: sign in with it first", code="sign_in_first")
    if here.user_id != account.user_id:
        raise Forbidden("this invite is for another account than the one that is signed in", code="other_account")
    return account


async def _new_user(part: Services, invite: Invite, body: Acceptance) -> User:
    if body.name is None or not body.password:
        raise BadRequest("choose a name and a password for the new account", code="account_needed")
    await passwords.check_strength(body.password, invite.email)
    return User(
        user_id=new_object_id("user"),
        email=invite.email,
        name=body.name,
        created_at_us=part.clock.now_us(),
        password_hash=await passwords.hash_password(body.password),
    )


def _bad_invite() -> Unauthenticated:
    return Unauthenticated(
        "this invite was used, was taken back or has expired; ask for another one", code="bad_invite"
    )
