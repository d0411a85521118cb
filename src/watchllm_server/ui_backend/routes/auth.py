"""Signing in and out: by password or by one-time link; every way in ends in the same step."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints

from watchllm_server.errors import BadRequest, Unauthenticated
from watchllm_server.model.project import Role, User
from watchllm_server.security import passwords
from watchllm_server.security.tokens import keyed_hash
from watchllm_server.ui_backend.auditing import account_entry, address_of
from watchllm_server.ui_backend.guard import SignedIn
from watchllm_server.ui_backend.limits import LoginLimits
from watchllm_server.ui_backend.names import Strict
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
Short = Annotated[str, StringConstraints(max_length=256)]


class Login(Strict):
    email: Short
    password: Short


class Link(Strict):
    token: Short


class NewPassword(Strict):
    new: Short
    current: Short = ""


class Me(BaseModel):
    user_id: str
    email: str
    name: str
    has_password: bool


class MyProject(BaseModel):
    project_id: str
    name: str
    role: Role


class SignedInAnswer(BaseModel):
    user: Me
    projects: list[MyProject]


@router.post("/login", summary="Sign in with a password")
async def login(request: Request, response: Response, body: Login) -> SignedInAnswer:
    """Set the session cookie."""
    parts = services(request)
    limits = cast(LoginLimits, request.app.state.login_limits)
    await limits.check(address_of(request), body.email.lower())
    user = await parts.metadata.find_user_by_email(body.email)
    if not await passwords.is_right(body.password, user.password_hash if user else "") or user is None:
        who = user.user_id if user else ""
        await parts.metadata.add_audit(account_entry(request, "auth:refused", who, {"email": body.email}))
        raise Unauthenticated("the e-mail address or the password is wrong", code="bad_login")
    await limits.succeeded(body.email.lower())
    if passwords.is_outdated(user.password_hash):
        await parts.metadata.renew_password_hash(
            user.user_id, user.password_hash, await passwords.hash_password(body.password)
        )  # fmt: skip
    return await sign_in(parts, user, request, response, by="password")


@router.post("/link", summary="Sign in with a one-time link")
async def use_link(request: Request, response: Response, body: Link) -> SignedInAnswer:
    """Set the session cookie; the link is used up."""
    parts = services(request)
    await cast(LoginLimits, request.app.state.login_limits).check(address_of(request), "")
    link = await parts.metadata.take_login_link(keyed_hash(parts.pepper, body.token), parts.clock.now_us())
    user = await parts.metadata.find_user(link.user_id) if link else None
    if user is None:
        raise Unauthenticated(
            "this link was used or has expired; `watchllm login-link` on the server prints a new one", code="bad_link"
        )
    return await sign_in(parts, user, request, response, by="link")


@router.post("/logout", status_code=204, summary="Sign out")
async def logout(request: Request, response: Response, user: SignedIn) -> None:
    """End the session of this browser."""
    await services(request).sessions.end(request, response, account_entry(request, "auth:logout", user.user_id))


@router.get("/me", summary="Who is signed in")
async def me(request: Request, user: SignedIn) -> SignedInAnswer:
    """The user and the projects of which the user is a member."""
    return await answer_of(services(request), user)


@router.put("/password", summary="Set the own password")
async def change_password(request: Request, response: Response, user: SignedIn, body: NewPassword) -> SignedInAnswer:
    """Set the password; every other session and link ends."""
    parts = services(request)
    # Whoever has a session and not the password must not guess it here instead of at the door.
    limits = cast(LoginLimits, request.app.state.login_limits)
    await limits.check(address_of(request), user.email.lower())
    if user.password_hash and not await passwords.is_right(body.current, user.password_hash):
        await parts.metadata.add_audit(account_entry(request, "auth:refused", user.user_id, {"email": user.email}))
        raise BadRequest("the current password is wrong", code="bad_login")
    await limits.succeeded(user.email.lower())
    return await set_password(parts, user, body.new, request, response)


async def set_password(
    parts: Services, user: User, password: str, request: Request, response: Response
) -> SignedInAnswer:
    """Give the user another password, which ends every session and link, and sign this browser in."""
    await passwords.check_strength(password, user.email)
    entry = account_entry(request, "auth:set_password", user.user_id)
    await parts.metadata.change_password(user.user_id, await passwords.hash_password(password), entry)
    await parts.sessions.start(user.user_id, request, response)
    return await answer_of(parts, await parts.metadata.find_user(user.user_id) or user)


async def sign_in(parts: Services, user: User, request: Request, response: Response, *, by: str) -> SignedInAnswer:
    """Sign the browser in: the last step of every way in."""
    entry = account_entry(request, "auth:login", user.user_id, {"by": by})
    await parts.sessions.start(user.user_id, request, response, entry)
    return await answer_of(parts, user)


async def answer_of(parts: Services, user: User) -> SignedInAnswer:
    """Return who is signed in, and the projects of which that is a member."""
    projects = await parts.metadata.list_projects(user.user_id)
    return SignedInAnswer(
        user=Me(user_id=user.user_id, email=user.email, name=user.name, has_password=bool(user.password_hash)),
        projects=[MyProject(project_id=p.project_id, name=p.name, role=m.role) for p, m in projects],
    )
