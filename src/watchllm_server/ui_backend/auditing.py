"""Makes the entries of the audit log: who asked, from where, for what."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from watchllm_server.model.audit import AuditEntry
from watchllm_server.ui_backend.guard import ProjectAccess
from watchllm_server.ui_backend.services import services


def audit_entry(
    request: Request,
    access: ProjectAccess,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Return the entry of a change in a project; `before` and `after` hold nothing secret."""
    return AuditEntry(
        at_us=services(request).clock.now_us(),
        project_id=access.project_id,
        actor_kind=access.actor_kind,
        actor_id=access.actor_id,
        address=address_of(request),
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        before=before or {},
        after=after or {},
    )


def account_entry(request: Request, action: str, user_id: str, after: dict[str, Any] | None = None) -> AuditEntry:
    """Return the entry of what somebody did with an account; `user_id` is "" while it is not known who that is."""
    return AuditEntry(
        at_us=services(request).clock.now_us(),
        project_id="",
        actor_kind="user",
        actor_id=user_id,
        address=address_of(request),
        action=action,
        object_kind="user",
        object_id=user_id,
        after=after or {},
    )


def address_of(request: Request) -> str:
    """Return where a request comes from, "" when that is unknown."""
    return request.client.host if request.client else ""
