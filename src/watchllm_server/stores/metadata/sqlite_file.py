"""The file of the SQLite metadata store: one connection in one thread, and changes that are whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from watchllm_server.errors import SettingsError
from watchllm_server.model.audit import AuditEntry
from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist
from watchllm_server.stores.metadata.sqlite_audit_rows import append
from watchllm_server.stores.metadata.sqlite_schema import prepare

T = TypeVar("T")
Statement = tuple[str, tuple[Any, ...]]
Operation = Callable[[sqlite3.Connection], T]

# Another process of ours commits in milliseconds; a wait this long means that a disk hangs.
BUSY_TIMEOUT_S: Final = 10.0


class SqliteFile:
    """Reads and transactions over one file; several processes of one machine may open it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # One thread: SQLite allows one writer, and a read takes microseconds.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metadata")

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make the file and its folder."""
        return cls(await asyncio.to_thread(_open, path))

    async def version(self) -> int:
        return (await self._read("SELECT version FROM state"))[0][0]

    async def close(self) -> None:
        await self._run(lambda db: db.close())
        self._pool.shutdown()

    async def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self._run(lambda db: db.execute(sql, values).fetchall())

    async def _run(self, operation: Operation[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, operation, self._connection)

    async def _change(self, *statements: Statement, audit: AuditEntry | None = None, moves_version: bool = True) -> int:
        """Run statements in one transaction, with the row of the audit log; returns the rows of the last one.

        A change of nothing leaves no row in the log.
        """

        def change(db: sqlite3.Connection) -> int:
            rows = [db.execute(sql, values).rowcount for sql, values in statements]
            return rows[-1]

        return await self._transact(change, audit=audit, moves_version=moves_version)

    async def _transact(
        self, change: Operation[int], *, audit: AuditEntry | None = None, moves_version: bool = True
    ) -> int:
        """Run `change` in one transaction; what it returns is how much it changed."""

        def transact(db: sqlite3.Connection) -> int:
            db.execute("BEGIN IMMEDIATE")
            try:
                changed = change(db)
                if moves_version:
                    db.execute("UPDATE state SET version = version + 1")
                if audit is not None and changed:
                    append(db, audit)
            except sqlite3.IntegrityError as error:
                db.execute("ROLLBACK")
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                    raise DoesNotExist(str(error)) from None
                raise AlreadyExists(str(error)) from None
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            return changed

        return await self._run(transact)


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
