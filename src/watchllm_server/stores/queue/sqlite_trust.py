"""Whether the files of the SQLite queue can still be trusted, for all who work on them, in this process and in others.

After a failed sync nothing is tried again: what is on disk is known only to the next open. A page that is no page of a
database any more does not become well by a start: it would end the processor again and again. So whoever meets one
writes that down beside the queue; every process that has it open stops, and none opens it before somebody has acted.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any, Final

from watchllm_server.errors import SettingsError, Unavailable

# What a client is told to wait when only another process can go on: about a restart, and no hammering meanwhile.
FAILED_RETRY_S: Final = 10
# No room for the data, or for the index of the log.
_NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
# A page that was not written, synced or read as it should be.
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Trust:
    """The trust of one process in a queue: given until something fails, and never given back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failure = ""
        self._waiting: list[tuple[asyncio.Future[str], asyncio.AbstractEventLoop]] = []

    def check(self) -> None:
        """Raise Unavailable once nothing can be written any more."""
        if self._failure:
            raise Unavailable(self._failure, retry_after_s=FAILED_RETRY_S)

    async def wait_failed(self) -> str:
        """Return the reason once nothing can be written any more."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        self._waiting.append((future, loop))
        if self._failure:
            return self._failure
        return await future

    def judged(self, error: Exception) -> Exception:
        """Return what the callers are told; remembers an error after which nothing may be written any more."""
        if not isinstance(error, sqlite3.Error):
            return error
        code = getattr(error, "sqlite_errorcode", 0)
        if code in _NO_ROOM:
            return Unavailable("the disk of the queue is full; nothing was accepted", code="disk_full", retry_after_s=5)
        if code & 0xFF in _DAMAGED:
            self.lose(damage_words(self._path, str(error)))
            # Without it, the next start finds the page itself.
            with contextlib.suppress(OSError):
                _mark_of(self._path).write_text(str(error))
        elif code & 0xFF == sqlite3.SQLITE_IOERR:
            self.lose(f"the queue's file cannot be trusted any more: {error}")
        else:
            return error
        return Unavailable(self._failure, retry_after_s=FAILED_RETRY_S)

    def look(self) -> None:
        """Take over what another process has found; asked twice a second, and cheap."""
        reason = damage_of(self._path)
        if reason:
            self.lose(reason)

    def lose(self, failure: str) -> None:
        """Give up, and tell everybody who waits for it."""
        if self._failure:
            return
        self._failure = failure
        for future, loop in self._waiting:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_tell, future, failure)


def check_undamaged(path: Path) -> None:
    """Raise SettingsError when somebody has found that the queue is damaged."""
    reason = damage_of(path)
    if reason:
        raise SettingsError(reason)


def damage_of(path: Path) -> str:
    """Return in one line that the queue is damaged and what to do; empty while nobody has found that it is."""
    try:
        return damage_words(path, _mark_of(path).read_text()[:200])
    except OSError:
        return ""


def damage_words(path: Path, error: str) -> str:
    return (
        f"the queue {path} is damaged: {error}; `watchllm quarantine` moves it away and begins again with what can be "
        "read of it, or restore it from a backup"
    )


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + "-damaged")


def _tell(future: asyncio.Future[Any], failure: str) -> None:
    if not future.done():
        future.set_result(failure)
