"""Invites in SQLite: ways into a project that one acceptance uses up."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Invite, Member, User
from watchllm_server.stores.metadata.sqlite_file import SqliteFile

_INVITE: Final = "invite_id, project_id, email, role, token_hash, invited_by, created_at_us, expires_at_us"
_ALIVE: Final = "project_id IN (SELECT project_id FROM projects WHERE deleted_at_us IS NULL)"


class SqliteInvites(SqliteFile):
    """The part of `contract.MetadataStore` about invites."""

    async def add_invite(self, invite: Invite, audit: AuditEntry) -> None:
        row = tuple(getattr(invite, name) for name in _INVITE.split(", "))
        await self._change(
            ("DELETE FROM invites WHERE project_id = ? AND email = ?", (invite.project_id, invite.email)),
            (f"INSERT INTO invites ({_INVITE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row),
            audit=audit,
            moves_version=False,
        )

    async def find_invite(self, token_hash: str, now_us: int) -> Invite | None:
        rows = await self._read(
            f"SELECT {_INVITE} FROM invites WHERE token_hash = ? AND expires_at_us > ? AND {_ALIVE}",
            token_hash,
            now_us,
        )
        return _invite(rows[0]) if rows else None

    async def list_invites(self, project_id: str, now_us: int) -> list[Invite]:
        rows = await self._read(
            f"SELECT {_INVITE} FROM invites WHERE project_id = ? AND expires_at_us > ? ORDER BY created_at_us, email",
            project_id,
            now_us,
        )
        return [_invite(row) for row in rows]

    async def remove_invite(self, project_id: str, invite_id: str, audit: AuditEntry) -> bool:
        statement = ("DELETE FROM invites WHERE project_id = ? AND invite_id = ?", (project_id, invite_id))
        return await self._change(statement, audit=audit, moves_version=False) > 0

    async def accept_invite(self, invite: Invite, user: User, member: Member, audit: AuditEntry) -> bool:
        def accept(db: sqlite3.Connection) -> int:
            used = db.execute(
                f"DELETE FROM invites WHERE invite_id = ? AND token_hash = ? AND {_ALIVE}",
                (invite.invite_id, invite.token_hash),
            )
            if used.rowcount == 0:
                return 0
            db.execute(
                "INSERT INTO users (user_id, email, name, created_at_us, password_hash) SELECT ?1, ?2, ?3, ?4, ?5"
                " WHERE NOT EXISTS (SELECT 1 FROM users WHERE user_id = ?1)",
                (user.user_id, user.email, user.name, user.created_at_us, user.password_hash),
            )
            db.execute(
                "INSERT INTO members (project_id, user_id, role, created_at_us) VALUES (?, ?, ?, ?)",
                (member.project_id, member.user_id, member.role, member.created_at_us),
            )
            return 1

        return await self._transact(accept, audit=audit) > 0


def _invite(row: tuple[Any, ...]) -> Invite:
    return Invite(**dict(zip(_INVITE.split(", "), row, strict=True)))
