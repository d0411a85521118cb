"""API keys in SQLite. A key of a deleted project is none until the project is restored."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import ApiKey
from watchllm_server.stores.metadata.contract import LimitReached
from watchllm_server.stores.metadata.sqlite_file import SqliteFile, Statement

_KEY: Final = (
    "key_id, project_id, name, key_hash, prefix, scopes, created_at_us, created_by, expires_at_us, revoked_at_us,"
    " last_used_us"
)
_PLACES: Final = ", ".join("?" * 11)
_HELD: Final = (
    "SELECT count(*) FROM api_keys WHERE project_id = ? AND key_id != ? AND revoked_at_us IS NULL"
    " AND coalesce(expires_at_us > ?, 1)"
)
_ALIVE: Final = "project_id IN (SELECT project_id FROM projects WHERE deleted_at_us IS NULL)"


class SqliteKeys(SqliteFile):
    """The part of `contract.MetadataStore` about API keys."""

    async def add_api_key(self, key: ApiKey, audit: AuditEntry | None = None, *, most: int | None = None) -> None:
        def add(db: sqlite3.Connection) -> int:
            _check_room(db, key, most)
            return db.execute(*_insert(key)).rowcount

        await self._transact(add, audit=audit)

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        return _first(await self._read(f"SELECT {_KEY} FROM api_keys WHERE key_id = ? AND {_ALIVE}", key_id))

    async def find_api_key_by_hash(self, key_hash: str) -> ApiKey | None:
        return _first(await self._read(f"SELECT {_KEY} FROM api_keys WHERE key_hash = ? AND {_ALIVE}", key_hash))

    async def list_api_keys(self, project_id: str) -> list[ApiKey]:
        rows = await self._read(
            f"SELECT {_KEY} FROM api_keys WHERE project_id = ? ORDER BY created_at_us, key_id", project_id
        )
        return [_api_key(row) for row in rows]

    async def revoke_api_key(self, key_id: str, at_us: int, audit: AuditEntry | None = None) -> bool:
        statement = (
            "UPDATE api_keys SET revoked_at_us = ? WHERE key_id = ? AND revoked_at_us IS NULL", (at_us, key_id)
        )  # fmt: skip
        return await self._change(statement, audit=audit) > 0

    async def rotate_api_key(
        self, old_key_id: str, old_expires_us: int, new: ApiKey, audit: AuditEntry, *, most: int | None = None
    ) -> bool:
        def rotate(db: sqlite3.Connection) -> int:
            expired = db.execute(
                "UPDATE api_keys SET expires_at_us = min(coalesce(expires_at_us, ?1), ?1)"
                " WHERE key_id = ?2 AND project_id = ?3 AND revoked_at_us IS NULL",
                (old_expires_us, old_key_id, new.project_id),
            )
            # Nothing is made beside a key that was revoked meanwhile.
            if not expired.rowcount:
                return 0
            _check_room(db, new, most, beside=old_key_id)
            return db.execute(*_insert(new)).rowcount

        return await self._transact(rotate, audit=audit) > 0

    async def touch_api_key(self, key_id: str, used_us: int) -> None:
        # Being used changes no right: the version stays, and caches with it.
        await self._run(
            lambda db: db.execute("UPDATE api_keys SET last_used_us = ? WHERE key_id = ?", (used_us, key_id))
        )


def _check_room(db: sqlite3.Connection, key: ApiKey, most: int | None, *, beside: str = "") -> None:
    """Raise LimitReached when the project has `most` keys that work, not counting the one it is made `beside`."""
    (held,) = db.execute(_HELD, (key.project_id, beside, key.created_at_us)).fetchone()
    if most is not None and held >= most:
        raise LimitReached(f"{most} keys")


def _insert(key: ApiKey) -> Statement:
    row = (
        key.key_id, key.project_id, key.name, key.key_hash, key.prefix, " ".join(key.scopes), key.created_at_us,
        key.created_by, key.expires_at_us, key.revoked_at_us, key.last_used_us,
    )  # fmt: skip
    return f"INSERT INTO api_keys ({_KEY}) VALUES ({_PLACES})", row


def _first(rows: list[tuple[Any, ...]]) -> ApiKey | None:
    return _api_key(rows[0]) if rows else None


def _api_key(row: tuple[Any, ...]) -> ApiKey:
    named: dict[str, Any] = dict(zip(_KEY.split(", "), row, strict=True))
    named["scopes"] = tuple(named["scopes"].split())
    return ApiKey(**named)
