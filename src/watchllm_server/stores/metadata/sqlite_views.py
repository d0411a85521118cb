"""Saved views in SQLite. Views are no rights: the version stays, and caches with it."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.view import SavedView
from watchllm_server.stores.metadata.contract import LimitReached
from watchllm_server.stores.metadata.sqlite_file import SqliteFile, Statement

_COLUMNS: Final = "view_id, project_id, user_id, page, name, query, created_at_us, changed_at_us"


class SqliteViews(SqliteFile):
    """The part of `contract.MetadataStore` about saved views."""

    async def add_view(self, view: SavedView, most: int, audit: AuditEntry | None = None) -> None:
        if await self._change(_insert_below(view, most), audit=audit, moves_version=False) == 0:
            raise LimitReached(f"{most} views")

    async def list_views(self, project_id: str, user_id: str, page: str | None) -> list[SavedView]:
        rows = await self._read(
            f"SELECT {_COLUMNS} FROM saved_views WHERE project_id = ? AND user_id = ? AND (? IS NULL OR page = ?)"
            " ORDER BY page, name, view_id",
            project_id,
            user_id,
            page,
            page,
        )
        return [_view(row) for row in rows]

    async def find_view(self, project_id: str, user_id: str, view_id: str) -> SavedView | None:
        rows = await self._read(
            f"SELECT {_COLUMNS} FROM saved_views WHERE project_id = ? AND user_id = ? AND view_id = ?",
            project_id,
            user_id,
            view_id,
        )
        return _view(rows[0]) if rows else None

    async def change_view(self, view: SavedView, audit: AuditEntry | None = None) -> bool:
        statement = (
            "UPDATE saved_views SET name = ?, query = ?, changed_at_us = ?"
            " WHERE project_id = ? AND user_id = ? AND view_id = ?",
            (view.name, view.query, view.changed_at_us, view.project_id, view.user_id, view.view_id),
        )
        return await self._change(statement, audit=audit, moves_version=False) > 0

    async def remove_view(self, project_id: str, user_id: str, view_id: str, audit: AuditEntry | None = None) -> bool:
        statement = (
            "DELETE FROM saved_views WHERE project_id = ? AND user_id = ? AND view_id = ?",
            (project_id, user_id, view_id),
        )
        return await self._change(statement, audit=audit, moves_version=False) > 0


def _insert_below(view: SavedView, most: int) -> Statement:
    """Return the insert of a view, which inserts nothing when its owner has `most` in the project already."""
    row = (
        view.view_id, view.project_id, view.user_id, view.page, view.name, view.query, view.created_at_us,
        view.changed_at_us, view.project_id, view.user_id, most,
    )  # fmt: skip
    return (
        f"INSERT INTO saved_views ({_COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, ?"
        " WHERE (SELECT count(*) FROM saved_views WHERE project_id = ? AND user_id = ?) < ?",
        row,
    )


def _view(row: tuple[Any, ...]) -> SavedView:
    return SavedView(**dict(zip(SavedView.__struct_fields__, row, strict=True)))
