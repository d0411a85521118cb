"""The one way to a project: who asks, which project, and whether the action is allowed.

A route says which action it is (`Depends(allow("traces:read"))`) and gets a `ProjectAccess`; a project that the
asker may not know of answers as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.routing import iter_route_contexts

from watchllm_server.errors import Forbidden, NotFound, Unauthenticated
from watchllm_server.model import access
from watchllm_server.model.project import Role, User
from watchllm_server.ui_backend.limits import ReadLimits
from watchllm_server.ui_backend.parameters import refuse_repeated, refuse_unacceptable
from watchllm_server.ui_backend.services import Services, services

# Routes under the API that nobody needs to be known for. Nothing else is anonymous.
ANONYMOUS: Final = frozenset(
    {"/healthz", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/api/v1/auth/login", "/api/v1/auth/link",
     "/api/v1/auth/reset", "/api/v1/auth/invites/accept", "/api/public/health", "/info"}
)  # fmt: skip


class ProjectAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A project, and who reached it how."""

    project_id: str
    actor_kind: Literal["user", "key"]
    actor_id: str
    role: Role | None = None


# Without a bound: a longer name is that of no project, and a stranger is told so no more than of others.
ProjectParameter = Annotated[str | None, Query(description="The project; with an API key it may be left out.")]


def allow(action: str, *, produces: tuple[str, ...] = ("application/json",)) -> Callable[..., Awaitable[ProjectAccess]]:
    """Return the dependency that lets a request through to its project for this action."""

    async def dependency(request: Request, project_id: ProjectParameter = None) -> ProjectAccess:
        found = await check_permission(request, action, project_id)
        # After the credential, as all parameters: a stranger is told nothing but that one is needed.
        refuse_repeated(request)
        refuse_unacceptable(request, produces)
        return found

    dependency.__watchllm_guard__ = action  # pyright: ignore[reportFunctionMemberAccess]
    return dependency


def allow_here(action: str, *, is_deleted: bool = False) -> Callable[..., Awaitable[ProjectAccess]]:
    """Return the dependency for a route under `/projects/{project_id}`; it may be one about a deleted project."""

    async def dependency(request: Request, project_id: Annotated[str, Path()]) -> ProjectAccess:
        found = await check_permission(request, action, project_id, is_deleted=is_deleted)
        refuse_repeated(request)
        refuse_unacceptable(request, ("application/json",))
        return found

    dependency.__watchllm_guard__ = action  # pyright: ignore[reportFunctionMemberAccess]
    return dependency


async def check_permission(
    request: Request, action: str, project_id: str | None, *, is_deleted: bool = False
) -> ProjectAccess:
    """Return the access, or raise Unauthenticated, Forbidden or NotFound."""
    parts = services(request)
    if "authorization" in request.headers or "x-api-key" in request.headers:
        return await _key_access(parts, request, action, project_id)
    user = await parts.sessions.find_user(request)
    if user is None:
        raise Unauthenticated("sign in, or send an API key")
    return await verify_project_access(parts, user, action, project_id, is_deleted=is_deleted)


async def _key_access(parts: Services, request: Request, action: str, project_id: str | None) -> ProjectAccess:
    credential = await parts.keys.authenticate(request.headers)
    await _limits(request).check(credential.key_id)
    if project_id is not None and project_id != credential.project_id:
        raise NotFound("there is no such project")
    if not access.is_allowed_for_scopes(action, credential.scopes):
        raise Forbidden(f"this API key's scopes do not allow {action}", code="scope_missing")
    return ProjectAccess(project_id=credential.project_id, actor_kind="key", actor_id=credential.key_id)


async def verify_project_access(
    parts: Services, user: User, action: str, project_id: str | None, *, is_deleted: bool = False
) -> ProjectAccess:
    """Return a member's access; without `project_id`, to the only project the user has."""
    if project_id is None:
        mine = await parts.metadata.list_projects(user.user_id)
        if len(mine) != 1:
            raise NotFound("name a project: project_id=…")
        project_id = mine[0][0].project_id
    member = await parts.metadata.find_member(project_id, user.user_id, is_deleted=is_deleted)
    if member is None:
        raise NotFound("there is no such project")
    if not access.is_allowed_for_role(action, member.role):
        raise Forbidden(f"the role {member.role} does not allow {action}")
    return ProjectAccess(project_id=project_id, actor_kind="user", actor_id=user.user_id, role=member.role)


async def signed_in(request: Request) -> User:
    """Return who is signed in, for routes about oneself."""
    user = await services(request).sessions.find_user(request)
    if user is None:
        raise Unauthenticated("sign in first")
    return user


signed_in.__watchllm_guard__ = "self"  # pyright: ignore[reportFunctionMemberAccess]
SignedIn = Annotated[User, Depends(signed_in)]


def _limits(request: Request) -> ReadLimits:
    return request.app.state.read_limits


def refuse_unguarded(app: FastAPI) -> None:
    """Raise when a route has neither a guard nor a place among the anonymous ones: the app must not start."""
    # `app.routes` holds included routers as one element each; only this gives the routes that are matched.
    for route in iter_route_contexts(app.routes):
        if route.path not in ANONYMOUS and not _is_guarded(getattr(route, "dependant", None)):
            raise AssertionError(f"{route.path} has no guard")


def _is_guarded(dependant: Any) -> bool:
    if dependant is None:
        return False
    return hasattr(dependant.call, "__watchllm_guard__") or any(_is_guarded(d) for d in dependant.dependencies)
