"""People and their ways in, in SQLite: users, sessions, login links."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import LinkPurpose, LoginLink, Session, User
from watchllm_server.stores.metadata.sqlite_file import SqliteFile

_USER: Final = "user_id, email, name, created_at_us, password_hash"
_SESSION: Final = "session_hash, user_id, created_at_us, last_seen_us, expires_at_us"
_LINK: Final = "link_hash, user_id, created_at_us, expires_at_us, purpose"
_TABLES_THAT_EXPIRE: Final = ("sessions", "login_links", "invites")


class SqlitePeople(SqliteFile):
    """The part of `contract.MetadataStore` about people."""

    async def add_user(self, user: User, audit: AuditEntry | None = None) -> None:
        row = (user.user_id, user.email, user.name, user.created_at_us, user.password_hash)
        await self._change((f"INSERT INTO users ({_USER}) VALUES (?, ?, ?, ?, ?)", row), audit=audit)

    async def find_user(self, user_id: str) -> User | None:
        return _user(await self._read(f"SELECT {_USER} FROM users WHERE user_id = ?", user_id))

    async def find_user_by_email(self, email: str) -> User | None:
        return _user(await self._read(f"SELECT {_USER} FROM users WHERE email = ?", email))

    async def list_users(self) -> list[User]:
        return [User(**_named(_USER, row)) for row in await self._read(f"SELECT {_USER} FROM users ORDER BY email")]

    async def count_users(self) -> int:
        return (await self._read("SELECT count(*) FROM users"))[0][0]

    async def change_password(self, user_id: str, password_hash: str, audit: AuditEntry | None = None) -> None:
        await self._change(
            ("DELETE FROM sessions WHERE user_id = ?", (user_id,)),
            ("DELETE FROM login_links WHERE user_id = ?", (user_id,)),
            ("UPDATE users SET password_hash = ? WHERE user_id = ?", (password_hash, user_id)),
            audit=audit,
        )

    async def renew_password_hash(self, user_id: str, former: str, renewed: str) -> None:
        sql = "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?"
        await self._change((sql, (renewed, user_id, former)))

    async def add_session(self, session: Session, audit: AuditEntry | None = None) -> None:
        row = (
            session.session_hash, session.user_id, session.created_at_us, session.last_seen_us, session.expires_at_us,
        )  # fmt: skip
        gone = [
            (f"DELETE FROM {table} WHERE expires_at_us <= ?", (session.created_at_us,)) for table in _TABLES_THAT_EXPIRE
        ]
        await self._change(*gone, (f"INSERT INTO sessions ({_SESSION}) VALUES (?, ?, ?, ?, ?)", row), audit=audit)

    async def find_session(self, session_hash: str) -> Session | None:
        rows = await self._read(f"SELECT {_SESSION} FROM sessions WHERE session_hash = ?", session_hash)
        return Session(**_named(_SESSION, rows[0])) if rows else None

    async def list_sessions(self, user_id: str) -> list[Session]:
        rows = await self._read(
            f"SELECT {_SESSION} FROM sessions WHERE user_id = ? ORDER BY created_at_us DESC, session_hash", user_id
        )
        return [Session(**_named(_SESSION, row)) for row in rows]

    async def touch_session(self, session_hash: str, seen_us: int) -> None:
        # Being seen changes no right: the version stays, and caches with it.
        await self._run(
            lambda db: db.execute(
                "UPDATE sessions SET last_seen_us = ? WHERE session_hash = ?", (seen_us, session_hash)
            )
        )

    async def remove_session(self, session_hash: str, audit: AuditEntry | None = None) -> None:
        await self._change(("DELETE FROM sessions WHERE session_hash = ?", (session_hash,)), audit=audit)

    async def add_login_link(self, link: LoginLink) -> None:
        row = (link.link_hash, link.user_id, link.created_at_us, link.expires_at_us, link.purpose)
        await self._change((f"INSERT INTO login_links ({_LINK}) VALUES (?, ?, ?, ?, ?)", row))

    async def find_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        sql = f"SELECT {_LINK} FROM login_links WHERE link_hash = ? AND purpose = ? AND expires_at_us > ?"
        rows = await self._read(sql, link_hash, purpose, now_us)
        return LoginLink(**_named(_LINK, rows[0])) if rows else None

    async def take_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        def take(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
            # One statement, so that of two callers one gets the row.
            sql = f"DELETE FROM login_links WHERE link_hash = ? AND purpose = ? RETURNING {_LINK}"
            return db.execute(sql, (link_hash, purpose)).fetchall()

        rows = await self._run(take)
        if not rows:
            return None
        link = LoginLink(**_named(_LINK, rows[0]))
        return link if link.expires_at_us > now_us else None


def _user(rows: list[tuple[Any, ...]]) -> User | None:
    return User(**_named(_USER, rows[0])) if rows else None


def _named(columns: str, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(columns.split(", "), row, strict=True))
