"""Projects and their members in SQLite. A deleted project is none for everybody until it is restored."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Member, Project, Role, User
from watchllm_server.model.redaction import RedactionRules
from watchllm_server.stores.metadata.contract import LastOwner
from watchllm_server.stores.metadata.sqlite_file import SqliteFile, Statement

_PROJECT: Final = "p.project_id, p.name, p.created_at_us, p.description, p.deleted_at_us"
_MEMBER: Final = "m.project_id, m.user_id, m.role, m.created_at_us"
_OWNERS: Final = "SELECT user_id FROM members WHERE project_id = ? AND role = 'OWNER'"


class SqliteProjects(SqliteFile):
    """The part of `contract.MetadataStore` about projects and members."""

    async def add_project(self, project: Project, owner: Member | None, audit: AuditEntry | None = None) -> None:
        row = (project.project_id, project.name, project.created_at_us, project.description)
        statements = [("INSERT INTO projects (project_id, name, created_at_us, description) VALUES (?, ?, ?, ?)", row)]
        if owner is not None:
            statements.append(_member_insert(owner))
        await self._change(*statements, audit=audit)

    async def find_project(self, project_id: str) -> Project | None:
        rows = await self._read(f"SELECT {_PROJECT} FROM projects p WHERE project_id = ?", project_id)
        return _project(rows[0]) if rows else None

    async def list_projects(self, user_id: str, *, is_deleted: bool = False) -> list[tuple[Project, Member]]:
        rows = await self._read(
            f"SELECT {_PROJECT}, {_MEMBER} FROM members m JOIN projects p USING (project_id)"
            " WHERE m.user_id = ? AND (p.deleted_at_us IS NOT NULL) = ? ORDER BY p.name, p.project_id",
            user_id,
            is_deleted,
        )
        return [(_project(row[:5]), _member(row[5:])) for row in rows]

    async def count_projects(self) -> int:
        return (await self._read("SELECT count(*) FROM projects"))[0][0]

    async def change_project(self, project_id: str, name: str, description: str, audit: AuditEntry) -> bool:
        statement = (
            "UPDATE projects SET name = ?, description = ? WHERE project_id = ? AND deleted_at_us IS NULL",
            (name, description, project_id),
        )
        return await self._change(statement, audit=audit) > 0

    async def delete_project(self, project_id: str, at_us: int, audit: AuditEntry) -> bool:
        statement = (
            "UPDATE projects SET deleted_at_us = ? WHERE project_id = ? AND deleted_at_us IS NULL", (at_us, project_id)
        )  # fmt: skip
        return await self._change(statement, audit=audit) > 0

    async def restore_project(self, project_id: str, deleted_after_us: int, audit: AuditEntry) -> bool:
        statement = (
            "UPDATE projects SET deleted_at_us = NULL WHERE project_id = ? AND deleted_at_us > ?",
            (project_id, deleted_after_us),
        )
        return await self._change(statement, audit=audit) > 0

    async def read_redaction(self, project_id: str) -> RedactionRules:
        rows = await self._read("SELECT rules FROM redaction WHERE project_id = ?", project_id)
        return msgspec.json.decode(rows[0][0], type=RedactionRules) if rows else RedactionRules()

    async def set_redaction(self, project_id: str, rules: RedactionRules, audit: AuditEntry) -> None:
        sql = (
            "INSERT INTO redaction (project_id, rules) VALUES (?, ?)"
            " ON CONFLICT (project_id) DO UPDATE SET rules = excluded.rules"
        )
        await self._change((sql, (project_id, msgspec.json.encode(rules).decode())), audit=audit)

    async def add_member(self, member: Member, audit: AuditEntry | None = None) -> None:
        await self._change(_member_insert(member), audit=audit)

    async def find_member(self, project_id: str, user_id: str, *, is_deleted: bool = False) -> Member | None:
        rows = await self._read(
            f"SELECT {_MEMBER} FROM members m JOIN projects p USING (project_id)"
            " WHERE m.project_id = ? AND m.user_id = ? AND (p.deleted_at_us IS NOT NULL) = ?",
            project_id,
            user_id,
            is_deleted,
        )
        return _member(rows[0]) if rows else None

    async def list_members(self, project_id: str) -> list[tuple[Member, User]]:
        rows = await self._read(
            f"SELECT {_MEMBER}, u.user_id, u.email, u.name, u.created_at_us FROM members m JOIN users u USING (user_id)"
            " WHERE m.project_id = ? ORDER BY m.created_at_us, u.email",
            project_id,
        )
        return [
            (_member(row[:4]), User(user_id=row[4], email=row[5], name=row[6], created_at_us=row[7])) for row in rows
        ]

    async def change_role(self, project_id: str, user_id: str, role: Role, audit: AuditEntry) -> bool:
        def change(db: sqlite3.Connection) -> int:
            if role != "OWNER":
                _check_not_last_owner(db, project_id, user_id)
            sql = "UPDATE members SET role = ? WHERE project_id = ? AND user_id = ?"
            return db.execute(sql, (role, project_id, user_id)).rowcount

        return await self._transact(change, audit=audit) > 0

    async def remove_member(self, project_id: str, user_id: str, audit: AuditEntry) -> bool:
        def remove(db: sqlite3.Connection) -> int:
            _check_not_last_owner(db, project_id, user_id)
            db.execute("DELETE FROM saved_views WHERE project_id = ? AND user_id = ?", (project_id, user_id))
            sql = "DELETE FROM members WHERE project_id = ? AND user_id = ?"
            return db.execute(sql, (project_id, user_id)).rowcount

        return await self._transact(remove, audit=audit) > 0


def _check_not_last_owner(db: sqlite3.Connection, project_id: str, user_id: str) -> None:
    if db.execute(_OWNERS, (project_id,)).fetchall() == [(user_id,)]:
        raise LastOwner(user_id)


def _member_insert(member: Member) -> Statement:
    row = (member.project_id, member.user_id, member.role, member.created_at_us)
    return "INSERT INTO members (project_id, user_id, role, created_at_us) VALUES (?, ?, ?, ?)", row


def _project(row: tuple[Any, ...]) -> Project:
    return Project(project_id=row[0], name=row[1], created_at_us=row[2], description=row[3], deleted_at_us=row[4])


def _member(row: tuple[Any, ...]) -> Member:
    return Member(project_id=row[0], user_id=row[1], role=row[2], created_at_us=row[3])
