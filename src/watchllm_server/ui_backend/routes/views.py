"""Saved views: what a person keeps of a page of the web app; each sees only the own ones of a project."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from watchllm_server.errors import BadRequest, Conflict, NotFound
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.times import to_rfc3339
from watchllm_server.model.view import SavedView
from watchllm_server.stores.metadata.contract import AlreadyExists, LimitReached
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.names import Name, Strict
from watchllm_server.ui_backend.parameters import checked_id
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1/views", tags=["views"])
Owner = Annotated[ProjectAccess, Depends(allow("views:own"))]

# What stands in an address: a filter of 50 conditions is a tenth of it.
MAX_QUERY_BYTES: Final = 16 * 1024
PageName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class View(BaseModel):
    """A saved view."""

    view_id: str
    name: str
    page: str
    query: dict[str, Any] = Field(description="What stands in the address of the page.")
    created_at: str
    changed_at: str


class ViewList(BaseModel):
    """The own views, by page and name."""

    data: list[View]


class NewView(Strict):
    """A view to keep."""

    name: Name
    page: PageName = Field(description="The page of the web app, such as `traces` or `dashboard`.")
    query: dict[str, Any]


class ViewChange(Strict):
    """What is to be another name, or another query."""

    name: Name | None = None
    query: dict[str, Any] | None = None


@router.get("", response_model=ViewList, summary="List the own views")
async def list_views(
    request: Request, access: Owner, page: Annotated[PageName | None, Query(description="Only of this page.")] = None
) -> dict[str, Any]:
    """The views that the one who asks has kept in this project."""
    views = await services(request).metadata.list_views(access.project_id, access.actor_id, page)
    return {"data": [_answer(view) for view in views]}


@router.post("", response_model=View, status_code=201, summary="Keep a view")
async def add_view(request: Request, access: Owner, body: NewView) -> dict[str, Any]:
    """Keep a view under a name that the page does not have yet."""
    part = services(request)
    now_us = part.clock.now_us()
    view = SavedView(
        view_id=new_object_id("view"), project_id=access.project_id, user_id=access.actor_id, page=body.page,
        name=body.name, query=_query_text(body.query), created_at_us=now_us, changed_at_us=now_us,
    )  # fmt: skip
    most = part.settings.views_max
    try:
        await part.metadata.add_view(view, most, _entry(request, access, view.view_id, after=_said(view)))
    except AlreadyExists:
        raise _name_is_taken() from None
    except LimitReached:
        raise Conflict(f"there are {most} views already; remove one first") from None
    return _answer(view)


@router.patch("/{view_id}", response_model=View, summary="Change a view")
async def change_view(request: Request, view_id: str, access: Owner, body: ViewChange) -> dict[str, Any]:
    """Give an own view another name, another query, or both."""
    part = services(request)
    kept = await part.metadata.find_view(access.project_id, access.actor_id, checked_id(view_id))
    if kept is None:
        raise _missing()
    view = SavedView(
        view_id=kept.view_id, project_id=kept.project_id, user_id=kept.user_id, page=kept.page,
        name=kept.name if body.name is None else body.name,
        query=kept.query if body.query is None else _query_text(body.query),
        created_at_us=kept.created_at_us, changed_at_us=part.clock.now_us(),
    )  # fmt: skip
    try:
        entry = _entry(request, access, view.view_id, before=_said(kept), after=_said(view))
        was_there = await part.metadata.change_view(view, entry)
    except AlreadyExists:
        raise _name_is_taken() from None
    if not was_there:
        raise _missing()
    return _answer(view)


@router.delete("/{view_id}", status_code=204, summary="Remove a view")
async def remove_view(request: Request, view_id: str, access: Owner) -> Response:
    """Remove an own view."""
    metadata, wanted = services(request).metadata, checked_id(view_id)
    entry = _entry(request, access, wanted)
    if not await metadata.remove_view(access.project_id, access.actor_id, wanted, entry):
        raise _missing()
    return Response(status_code=204)


def _entry(
    request: Request,
    access: ProjectAccess,
    view_id: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    return audit_entry(request, access, "views:own", "view", view_id, before=before, after=after)


def _said(view: SavedView) -> dict[str, Any]:
    """Return what the audit log keeps of a view: what it looks for is its owner's own."""
    return {"name": view.name, "page": view.page}


def _query_text(query: dict[str, Any]) -> str:
    try:
        text = orjson.dumps(query)
    except TypeError:
        raise BadRequest("query is nested too deeply, or has a number beyond 64 bits", code="bad_parameter") from None
    if len(text) > MAX_QUERY_BYTES:
        raise BadRequest(f"query has at most {MAX_QUERY_BYTES} bytes", code="bad_parameter")
    return text.decode()


def _answer(view: SavedView) -> dict[str, Any]:
    return {
        "view_id": view.view_id,
        "name": view.name,
        "page": view.page,
        "query": orjson.loads(view.query),
        "created_at": to_rfc3339(view.created_at_us),
        "changed_at": to_rfc3339(view.changed_at_us),
    }


def _missing() -> NotFound:
    return NotFound("there is no such object in this project")


def _name_is_taken() -> Conflict:
    return Conflict("this page has a view of that name already")
