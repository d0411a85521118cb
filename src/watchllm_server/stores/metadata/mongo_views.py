"""Saved views in MongoDB. Views are no rights: the version stays, and caches with it."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.view import SavedView
from watchllm_server.stores.metadata.contract import AlreadyExists, LimitReached
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import fields_of, key_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog
from watchllm_server.stores.metadata.mongo_server import Document


class MongoViews(MongoLog):
    """The part of `contract.MetadataStore` about saved views."""

    async def add_view(self, view: SavedView, most: int, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft:
            held = await self._list("saved_views", project_id=view.project_id, user_id=view.user_id)
            if len(held) >= most:
                raise LimitReached(f"{most} views")
            unique = _place(view.project_id, view.user_id, view.page, view.name)
            await self._check_free("saved_views", view.view_id, unique)
            await self._check_there("projects", view.project_id)
            await self._check_there("users", view.user_id)
            draft = Draft()
            draft.put("saved_views", view.view_id, fields_of(view, unique=unique))
            return draft

        await self._change(plan, audit=audit, moves_version=False)

    async def list_views(self, project_id: str, user_id: str, page: str | None) -> list[SavedView]:
        of_page = {} if page is None else {"page": page}
        found = await self._read(lambda: self._list("saved_views", project_id=project_id, user_id=user_id, **of_page))
        return sorted(
            (record_of(one, SavedView) for one in found), key=lambda view: (view.page, view.name, view.view_id)
        )

    async def find_view(self, project_id: str, user_id: str, view_id: str) -> SavedView | None:
        found = await self._read(lambda: self._own(project_id, user_id, view_id))
        return record_of(found, SavedView) if found else None

    async def change_view(self, view: SavedView, audit: AuditEntry | None = None) -> bool:
        async def plan() -> Draft | None:
            found = await self._own(view.project_id, view.user_id, view.view_id)
            if found is None:
                return None
            unique = _place(view.project_id, view.user_id, found["page"], view.name)
            if any(other["_id"] != view.view_id for other in await self._list("saved_views", unique=unique)):
                raise AlreadyExists(f"view {view.name}")
            draft = Draft()
            draft.set(
                "saved_views", view.view_id,
                name=view.name, query=view.query, changed_at_us=view.changed_at_us, unique=unique,
            )  # fmt: skip
            return draft

        return await self._change(plan, audit=audit, moves_version=False)

    async def remove_view(self, project_id: str, user_id: str, view_id: str, audit: AuditEntry | None = None) -> bool:
        async def plan() -> Draft | None:
            if await self._own(project_id, user_id, view_id) is None:
                return None
            draft = Draft()
            draft.remove("saved_views", view_id)
            return draft

        return await self._change(plan, audit=audit, moves_version=False)

    async def _own(self, project_id: str, user_id: str, view_id: str) -> Document | None:
        """Return a view of the user's own in the project."""
        found = await self._find("saved_views", view_id)
        is_own = found is not None and (found["project_id"], found["user_id"]) == (project_id, user_id)
        return found if is_own else None


def _place(project_id: str, user_id: str, page: str, name: str) -> str:
    """Return what only one view may have: a name on a page of one user in one project."""
    return key_of(project_id, user_id, page, name)
