"""The rows of saved views in SQLite."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.model.view import SavedView

_COLUMNS: Final = "view_id, project_id, user_id, page, name, query, created_at_us, changed_at_us"
Statement = tuple[str, tuple[Any, ...]]


def insert_below(view: SavedView, most: int) -> Statement:
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


def select(project_id: str, user_id: str, page: str | None) -> Statement:
    return (
        f"SELECT {_COLUMNS} FROM saved_views WHERE project_id = ? AND user_id = ? AND (? IS NULL OR page = ?)"
        " ORDER BY page, name, view_id",
        (project_id, user_id, page, page),
    )


def select_one(project_id: str, user_id: str, view_id: str) -> Statement:
    return (
        f"SELECT {_COLUMNS} FROM saved_views WHERE project_id = ? AND user_id = ? AND view_id = ?",
        (project_id, user_id, view_id),
    )


def update(view: SavedView) -> Statement:
    return (
        "UPDATE saved_views SET name = ?, query = ?, changed_at_us = ?"
        " WHERE project_id = ? AND user_id = ? AND view_id = ?",
        (view.name, view.query, view.changed_at_us, view.project_id, view.user_id, view.view_id),
    )


def delete(project_id: str, user_id: str, view_id: str) -> Statement:
    return (
        "DELETE FROM saved_views WHERE project_id = ? AND user_id = ? AND view_id = ?",
        (project_id, user_id, view_id),
    )


def view_of(row: tuple[Any, ...]) -> SavedView:
    return SavedView(**dict(zip(SavedView.__struct_fields__, row, strict=True)))
