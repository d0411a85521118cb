"""The metadata store on SQLite: the default, for one machine. The contract says what it promises."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from watchllm_server.errors import SettingsError
from watchllm_server.model.project import ApiKey, LoginLink, Member, Project, Session, User
from watchllm_server.model.view import SavedView
from watchllm_server.stores.metadata import sqlite_views
from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist, LimitReached
from watchllm_server.stores.metadata.sqlite_schema import prepare

T = TypeVar("T")

# Another process of ours commits in milliseconds; a wait this long means that a disk hangs.
BUSY_TIMEOUT_S: Final = 10.0

_USER: Final = "user_id, email, name, created_at_us, password_hash"
_PROJECT: Final = "project_id, name, created_at_us, description"
_MEMBER: Final = "project_id, user_id, role, created_at_us"
_KEY: Final = "key_id, project_id, name, key_hash, prefix, scopes, created_at_us, expires_at_us, revoked_at_us"
_SESSION: Final = "session_hash, user_id, created_at_us, last_seen_us, expires_at_us"
_LINK: Final = "link_hash, user_id, created_at_us, expires_at_us"


class SqliteMetadata:
    """People, projects and credentials in one file; several processes of one machine may open it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # One thread: SQLite allows one writer, and a read takes microseconds.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metadata")

    @classmethod
    async def open(cls, path: Path) -> SqliteMetadata:
        """Open or make the file and its folder."""
        return cls(await asyncio.to_thread(_open, path))

    async def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self._run(lambda db: db.execute(sql, values).fetchall())

    async def _run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, operation, self._connection)

    async def _change(self, *statements: tuple[str, tuple[Any, ...]], moves_version: bool = True) -> int:
        """Run statements in one transaction, which also moves the version; returns the rows of the last."""

        def change(db: sqlite3.Connection) -> int:
            db.execute("BEGIN IMMEDIATE")
            try:
                rows = [db.execute(sql, values).rowcount for sql, values in statements]
                if moves_version:
                    db.execute("UPDATE state SET version = version + 1")
            except sqlite3.IntegrityError as error:
                db.execute("ROLLBACK")
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                    raise DoesNotExist(str(error)) from None
                raise AlreadyExists(str(error)) from None
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            return rows[-1]

        return await self._run(change)

    async def version(self) -> int:
        return (await self._read("SELECT version FROM state"))[0][0]

    async def add_user(self, user: User) -> None:
        row = (user.user_id, user.email, user.name, user.created_at_us, user.password_hash)
        await self._change((f"INSERT INTO users ({_USER}) VALUES (?, ?, ?, ?, ?)", row))

    async def find_user(self, user_id: str) -> User | None:
        return _user(await self._read(f"SELECT {_USER} FROM users WHERE user_id = ?", user_id))

    async def find_user_by_email(self, email: str) -> User | None:
        return _user(await self._read(f"SELECT {_USER} FROM users WHERE email = ?", email))

    async def change_password(self, user_id: str, password_hash: str) -> None:
        await self._change(
            ("UPDATE users SET password_hash = ? WHERE user_id = ?", (password_hash, user_id)),
            ("DELETE FROM sessions WHERE user_id = ?", (user_id,)),
            ("DELETE FROM login_links WHERE user_id = ?", (user_id,)),
        )

    async def add_project(self, project: Project, owner: Member | None) -> None:
        row = (project.project_id, project.name, project.created_at_us, project.description)
        statements = [(f"INSERT INTO projects ({_PROJECT}) VALUES (?, ?, ?, ?)", row)]
        if owner is not None:
            statements.append(_member_insert(owner))
        await self._change(*statements)

    async def find_project(self, project_id: str) -> Project | None:
        rows = await self._read(f"SELECT {_PROJECT} FROM projects WHERE project_id = ?", project_id)
        return _project(rows[0]) if rows else None

    async def list_projects(self, user_id: str) -> list[tuple[Project, Member]]:
        rows = await self._read(
            "SELECT p.project_id, p.name, p.created_at_us, p.description, m.project_id, m.user_id, m.role,"
            " m.created_at_us FROM members m JOIN projects p USING (project_id) WHERE m.user_id = ?"
            " ORDER BY p.name, p.project_id",
            user_id,
        )
        return [(_project(row[:4]), _member(row[4:])) for row in rows]

    async def count_projects(self) -> int:
        return (await self._read("SELECT count(*) FROM projects"))[0][0]

    async def count_users(self) -> int:
        return (await self._read("SELECT count(*) FROM users"))[0][0]

    async def add_member(self, member: Member) -> None:
        await self._change(_member_insert(member))

    async def find_member(self, project_id: str, user_id: str) -> Member | None:
        rows = await self._read(
            f"SELECT {_MEMBER} FROM members WHERE project_id = ? AND user_id = ?", project_id, user_id
        )
        return _member(rows[0]) if rows else None

    async def add_api_key(self, key: ApiKey) -> None:
        row = (
            key.key_id, key.project_id, key.name, key.key_hash, key.prefix, " ".join(key.scopes),
            key.created_at_us, key.expires_at_us, key.revoked_at_us,
        )  # fmt: skip
        await self._change((f"INSERT INTO api_keys ({_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row))

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        rows = await self._read(f"SELECT {_KEY} FROM api_keys WHERE key_id = ?", key_id)
        return _api_key(rows[0]) if rows else None

    async def find_api_key_by_hash(self, key_hash: str) -> ApiKey | None:
        rows = await self._read(f"SELECT {_KEY} FROM api_keys WHERE key_hash = ?", key_hash)
        return _api_key(rows[0]) if rows else None

    async def list_api_keys(self, project_id: str) -> list[ApiKey]:
        rows = await self._read(
            f"SELECT {_KEY} FROM api_keys WHERE project_id = ? ORDER BY created_at_us, key_id", project_id
        )
        return [_api_key(row) for row in rows]

    async def revoke_api_key(self, key_id: str, at_us: int) -> None:
        await self._change(
            ("UPDATE api_keys SET revoked_at_us = ? WHERE key_id = ? AND revoked_at_us IS NULL", (at_us, key_id))
        )

    async def add_session(self, session: Session) -> None:
        row = (
            session.session_hash, session.user_id, session.created_at_us, session.last_seen_us, session.expires_at_us,
        )  # fmt: skip
        await self._change((f"INSERT INTO sessions ({_SESSION}) VALUES (?, ?, ?, ?, ?)", row))

    async def find_session(self, session_hash: str) -> Session | None:
        rows = await self._read(f"SELECT {_SESSION} FROM sessions WHERE session_hash = ?", session_hash)
        return _session(rows[0]) if rows else None

    async def touch_session(self, session_hash: str, seen_us: int) -> None:
        # Being seen changes no right: the version stays, and caches with it.
        await self._run(
            lambda db: db.execute(
                "UPDATE sessions SET last_seen_us = ? WHERE session_hash = ?", (seen_us, session_hash)
            )
        )

    async def remove_session(self, session_hash: str) -> None:
        await self._change(("DELETE FROM sessions WHERE session_hash = ?", (session_hash,)))

    async def add_login_link(self, link: LoginLink) -> None:
        row = (link.link_hash, link.user_id, link.created_at_us, link.expires_at_us)
        await self._change((f"INSERT INTO login_links ({_LINK}) VALUES (?, ?, ?, ?)", row))

    async def take_login_link(self, link_hash: str, now_us: int) -> LoginLink | None:
        def take(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
            # One statement, so that of two callers one gets the row.
            return db.execute(f"DELETE FROM login_links WHERE link_hash = ? RETURNING {_LINK}", (link_hash,)).fetchall()

        rows = await self._run(take)
        if not rows:
            return None
        found, user_id, created_at_us, expires_at_us = rows[0]
        link = LoginLink(link_hash=found, user_id=user_id, created_at_us=created_at_us, expires_at_us=expires_at_us)
        return link if link.expires_at_us > now_us else None

    # Views are no rights: the version stays, and caches with it.
    async def add_view(self, view: SavedView, most: int) -> None:
        if await self._change(sqlite_views.insert_below(view, most), moves_version=False) == 0:
            raise LimitReached(f"{most} views")

    async def list_views(self, project_id: str, user_id: str, page: str | None) -> list[SavedView]:
        sql, values = sqlite_views.select(project_id, user_id, page)
        return [sqlite_views.view_of(row) for row in await self._read(sql, *values)]

    async def find_view(self, project_id: str, user_id: str, view_id: str) -> SavedView | None:
        sql, values = sqlite_views.select_one(project_id, user_id, view_id)
        rows = await self._read(sql, *values)
        return sqlite_views.view_of(rows[0]) if rows else None

    async def change_view(self, view: SavedView) -> bool:
        return await self._change(sqlite_views.update(view), moves_version=False) > 0

    async def remove_view(self, project_id: str, user_id: str, view_id: str) -> bool:
        return await self._change(sqlite_views.delete(project_id, user_id, view_id), moves_version=False) > 0

    async def close(self) -> None:
        await self._run(lambda db: db.close())
        self._pool.shutdown()


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        prepare(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise SettingsError(f"the metadata store {path} cannot be opened: {error}; restore it from a backup") from None
    return connection


def _member_insert(member: Member) -> tuple[str, tuple[Any, ...]]:
    row = (member.project_id, member.user_id, member.role, member.created_at_us)
    return f"INSERT INTO members ({_MEMBER}) VALUES (?, ?, ?, ?)", row


def _user(rows: list[tuple[Any, ...]]) -> User | None:
    if not rows:
        return None
    user_id, email, name, created_at_us, password_hash = rows[0]
    return User(user_id=user_id, email=email, name=name, created_at_us=created_at_us, password_hash=password_hash)


def _project(row: tuple[Any, ...]) -> Project:
    return Project(project_id=row[0], name=row[1], created_at_us=row[2], description=row[3])


def _member(row: tuple[Any, ...]) -> Member:
    return Member(project_id=row[0], user_id=row[1], role=row[2], created_at_us=row[3])


def _session(row: tuple[Any, ...]) -> Session:
    return Session(session_hash=row[0], user_id=row[1], created_at_us=row[2], last_seen_us=row[3], expires_at_us=row[4])


def _api_key(row: tuple[Any, ...]) -> ApiKey:
    return ApiKey(
        key_id=row[0], project_id=row[1], name=row[2], key_hash=row[3], prefix=row[4], scopes=tuple(row[5].split()),
        created_at_us=row[6], expires_at_us=row[7], revoked_at_us=row[8],
    )  # fmt: skip
