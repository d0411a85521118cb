"""API keys of a project: list, make, rotate with an overlap, revoke. A key is shown once, when it is made."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from watchllm_server.errors import Conflict, NotFound
from watchllm_server.model.project import ApiKey, Scope
from watchllm_server.model.times import MICROSECONDS, to_rfc3339
from watchllm_server.security.tokens import keyed_hash, new_api_key, shown_prefix
from watchllm_server.stores.metadata.contract import LimitReached
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow_here
from watchllm_server.ui_backend.names import Name, Strict
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects/{project_id}/api-keys", tags=["api keys"])
Reader = Annotated[ProjectAccess, Depends(allow_here("api_keys:read"))]
Writer = Annotated[ProjectAccess, Depends(allow_here("api_keys:write"))]

_HOUR_US: Final = 3_600 * MICROSECONDS
_DAY_US: Final = 24 * _HOUR_US
# An expiry beyond ten years is no expiry.
MOST_DAYS: Final = 3_650
# Long enough to roll a fleet out over a week; an overlap without an end would be no rotation.
MOST_OVERLAP_HOURS: Final = 7 * 24


class ApiKeyAnswer(BaseModel):
    """What may be known of a key after it was made."""

    key_id: str
    name: str
    prefix: str = Field(description="The beginning of the key, to tell keys apart.")
    scopes: list[Scope]
    state: Literal["active", "expired", "revoked"]
    created_at: str
    created_by: str | None = Field(description="The id of the user who made it; null for the first start.")
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None = Field(description="To the minute.")


class MadeApiKey(ApiKeyAnswer):
    """A key that was made now."""

    key: str = Field(description="The key itself: shown now, and never again.")


class ApiKeyList(BaseModel):
    """The keys of a project, the oldest first."""

    data: list[ApiKeyAnswer]


class NewApiKey(Strict):
    """A key to make."""

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=3)
    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = Field(None, description="null: never.")


class Rotation(Strict):
    """How to replace a key."""

    overlap_hours: int = Field(24, ge=0, le=MOST_OVERLAP_HOURS, description="How long the old key still works.")


@router.get("", response_model=ApiKeyList, summary="List the API keys")
async def list_api_keys(request: Request, access: Reader) -> dict[str, Any]:
    """Every key of the project, also those that are expired or revoked."""
    part = services(request)
    keys = await part.metadata.list_api_keys(access.project_id)
    return {"data": [_answer(key, part.clock.now_us()) for key in keys]}


@router.post("", response_model=MadeApiKey, status_code=201, summary="Make an API key")
async def add_api_key(request: Request, access: Writer, body: NewApiKey) -> dict[str, Any]:
    """Make a key; the answer is the only place where it is ever shown."""
    part = services(request)
    days = body.expires_in_days
    expires_us = None if days is None else part.clock.now_us() + days * _DAY_US
    made, text = _make(part, access, body.name, tuple(dict.fromkeys(body.scopes)), expires_us)
    entry = audit_entry(request, access, "api_keys:write", "api_key", made.key_id, after=_shown(made))
    try:
        await part.metadata.add_api_key(made, entry, most=part.settings.api_keys_max)
    except LimitReached:
        raise _too_many(part) from None
    return {**_answer(made, part.clock.now_us()), "key": text}


@router.post("/{key_id}/rotate", response_model=MadeApiKey, status_code=201, summary="Replace an API key")
async def rotate_api_key(request: Request, key_id: str, access: Writer, body: Rotation) -> dict[str, Any]:
    """Make a key with the same name, scopes and expiry; the old one works on for the overlap."""
    part = services(request)
    old, now_us = await _find(part, access, key_id), part.clock.now_us()
    if old.expires_at_us is not None and old.expires_at_us <= now_us:
        raise Conflict("this key has expired; make a new one")
    made, text = _make(part, access, old.name, old.scopes, old.expires_at_us)
    until_us = now_us + body.overlap_hours * _HOUR_US
    entry = audit_entry(
        request, access, "api_keys:write", "api_key", old.key_id, before=_shown(old),
        after={**_shown(made), "replaced_by": made.key_id, "old_expires_at": to_rfc3339(until_us)},
    )  # fmt: skip
    try:
        was_there = await part.metadata.rotate_api_key(
            old.key_id, until_us, made, entry, most=part.settings.api_keys_max
        )  # fmt: skip
    except LimitReached:
        raise _too_many(part) from None
    if not was_there:
        raise _missing()
    return {**_answer(made, now_us), "key": text}


@router.delete("/{key_id}", status_code=204, summary="Revoke an API key")
async def revoke_api_key(request: Request, key_id: str, access: Writer) -> Response:
    """End a key for good, everywhere within a second."""
    part = services(request)
    key = await _find(part, access, key_id)
    entry = audit_entry(request, access, "api_keys:write", "api_key", key.key_id, before=_shown(key))
    if not await part.metadata.revoke_api_key(key.key_id, entry.at_us, entry):
        raise _missing()
    return Response(status_code=204)


def _make(
    part: Services, access: ProjectAccess, name: str, scopes: tuple[Scope, ...], expires_us: int | None
) -> tuple[ApiKey, str]:
    key_id, text = new_api_key()
    made = ApiKey(
        key_id=key_id, project_id=access.project_id, name=name, key_hash=keyed_hash(part.pepper, text),
        prefix=shown_prefix(text), scopes=scopes, created_at_us=part.clock.now_us(), created_by=access.actor_id,
        expires_at_us=expires_us,
    )  # fmt: skip
    return made, text


async def _find(part: Services, access: ProjectAccess, key_id: str) -> ApiKey:
    """Return a key of this project that is not revoked."""
    key = await part.metadata.find_api_key(checked_id(key_id))
    if key is None or key.project_id != access.project_id or key.revoked_at_us is not None:
        raise _missing()
    return key


def _shown(key: ApiKey) -> dict[str, Any]:
    """Return what the audit log keeps of a key."""
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "expires_at": None if key.expires_at_us is None else to_rfc3339(key.expires_at_us),
    }


def _answer(key: ApiKey, now_us: int) -> dict[str, Any]:
    is_expired = key.expires_at_us is not None and key.expires_at_us <= now_us
    return {
        **_shown(key),
        "key_id": key.key_id,
        "state": "revoked" if key.revoked_at_us is not None else "expired" if is_expired else "active",
        "created_at": to_rfc3339(key.created_at_us),
        "created_by": key.created_by or None,
        "revoked_at": None if key.revoked_at_us is None else to_rfc3339(key.revoked_at_us),
        "last_used_at": None if key.last_used_us is None else to_rfc3339(key.last_used_us),
    }


def _too_many(part: Services) -> Conflict:
    return Conflict(f"there are {part.settings.api_keys_max} keys already; revoke one first")


def _missing() -> NotFound:
    return NotFound("there is no such object in this project")
