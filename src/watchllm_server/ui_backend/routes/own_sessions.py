"""The own sessions: where one is signed in, and signing out there."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from watchllm_server.errors import NotFound
from watchllm_server.model.times import to_rfc3339
from watchllm_server.ui_backend.auditing import account_entry
from watchllm_server.ui_backend.guard import SignedIn
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1/auth/sessions", tags=["auth"])


class OwnSession(BaseModel):
    """A browser that is signed in."""

    session_id: str
    created_at: str
    last_seen_at: str = Field(description="To the minute.")
    expires_at: str
    is_current: bool = Field(description="Whether it is the one that asks.")


class OwnSessions(BaseModel):
    """The own sessions, the newest first."""

    data: list[OwnSession]


@router.get("", response_model=OwnSessions, summary="List the own sessions")
async def list_own_sessions(request: Request, user: SignedIn) -> dict[str, Any]:
    """Every browser that is signed in as the one who asks."""
    return {
        "data": [
            {
                "session_id": name,
                "created_at": to_rfc3339(session.created_at_us),
                "last_seen_at": to_rfc3339(session.last_seen_us),
                "expires_at": to_rfc3339(session.expires_at_us),
                "is_current": is_current,
            }
            for name, session, is_current in await services(request).sessions.list_of(user, request)
        ]
    }


@router.delete("/{session_id}", status_code=204, summary="End an own session")
async def end_own_session(request: Request, session_id: str, user: SignedIn) -> Response:
    """Sign a browser of the one who asks out."""
    part, wanted = services(request), checked_id(session_id)
    for name, session, _ in await part.sessions.list_of(user, request):
        if name == wanted:
            entry = account_entry(request, "auth:end_session", user.user_id, {"session": name})
            await part.metadata.remove_session(session.session_hash, entry)
            return Response(status_code=204)
    raise NotFound("there is no such session")
