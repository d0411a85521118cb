"""Connections to the queue's file: one thread that writes with group commit, one that reads, one that checkpoints.

What a crash leaves behind: SQLite in WAL mode with `synchronous=FULL` keeps every transaction whose commit
returned and nothing of one whose commit did not; the next open replays the log by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from watchllm_server import failpoints
from watchllm_server.stores.queue.sqlite_high_water import HighWater, Reached
from watchllm_server.stores.queue.sqlite_trust import Trust

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]

# Two processes write: a commit takes milliseconds, so a wait this long means that a disk hangs.
BUSY_TIMEOUT_MS: Final = 10_000
# More operations in one commit would make the first of them wait for the last.
MAX_GROUP: Final = 256
# Copying the log back is done beside the writers, in small steps; 4 MiB is one second of moderate load.
CHECKPOINT_BYTES: Final = 4 * 1024 * 1024
# Under constant load the log never empties by itself; above this a writer waits once for the copy.
RESTART_BYTES: Final = 128 * 1024 * 1024
CHECKPOINT_INTERVAL_S: Final = 0.5


def connect(path: Path) -> sqlite3.Connection:
    """Open the file with the durability that the contract promises."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000)
    # A damaged text must not end whoever reads it: checksums tell that it is damaged.
    connection.text_factory = readable
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # The checkpointing thread does this; a committing writer must not stall for it.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def readable(stored: bytes) -> str:
    """Return a stored text, whatever has become of it."""
    return stored.decode("utf-8", "replace")


class GroupCommit:
    """Runs operations in one thread, as many as wait in one transaction, and answers after its commit.

    An operation that raises must not have changed anything: the others of its group are committed. After a failed
    sync or a damaged page nothing is tried again: what is on disk is known only to the next open.
    """

    def __init__(self, path: Path, trust: Trust) -> None:
        self._trust = trust
        self._waiting: queue.SimpleQueue[tuple[Operation, asyncio.Future[Any], asyncio.AbstractEventLoop] | None]
        self._waiting = queue.SimpleQueue()
        self._connection = connect(path)
        self._high_water = HighWater(path)
        self._thread = threading.Thread(target=self._work, name="queue-writer", daemon=True)
        self._thread.start()
        self._checkpoints = Checkpoints(path, trust)

    async def run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Run the operation and return its result once it is on disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.put((operation, future, loop))
        return await future

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            is_last = False
            while len(group) < MAX_GROUP:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    is_last = True
                    break
                group.append(following)
            self._commit(group)
            if self._checkpoints.log_bytes() > RESTART_BYTES:
                with contextlib.suppress(sqlite3.OperationalError):
                    self._connection.execute("PRAGMA wal_checkpoint(RESTART)")
            if is_last:
                break
        self._connection.close()
        self._high_water.close()

    def _commit(self, group: list[tuple[Operation, asyncio.Future[Any], asyncio.AbstractEventLoop]]) -> None:
        outcomes: list[tuple[asyncio.Future[Any], asyncio.AbstractEventLoop, Any, BaseException | None]] = []
        try:
            self._trust.check()
            self._connection.execute("BEGIN IMMEDIATE")
            changes = self._connection.total_changes
            for operation, future, loop in group:
                try:
                    outcomes.append((future, loop, operation(self._connection), None))
                except sqlite3.Error:
                    raise
                except Exception as error:
                    outcomes.append((future, loop, None, error))
            reached = self._count() if self._connection.total_changes > changes else None
            failpoints.reach("queue.before_commit")
            self._connection.execute("COMMIT")
            if reached is not None:
                self._high_water.rise(reached)
            failpoints.reach("queue.after_commit")
        except Exception as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            failure = self._trust.judged(error)
            outcomes = [(future, loop, None, failure) for _, future, loop in group]
        for future, loop, result, failure in outcomes:
            # The loop may be gone when the process stops; the commit stands all the same.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve, future, result, failure)

    def _count(self) -> Reached:
        row = self._connection.execute(
            "UPDATE state SET commits = commits + 1 RETURNING queue_id, commits, sequence, accepted_events"
        ).fetchone()
        return Reached(*row)

    def close(self) -> None:
        """Commit what waits, then stop the threads."""
        self._waiting.put(None)
        self._thread.join()
        self._checkpoints.close()


def _resolve(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)


class Checkpoints:
    """Copies the log back into the file, beside the writers and without ever making one wait."""

    def __init__(self, path: Path, trust: Trust) -> None:
        self._trust = trust
        self._log = path.with_name(path.name + "-wal")
        self._connection = connect(path)
        self._stop = threading.Event()
        self._done_bytes = 0
        self._thread = threading.Thread(target=self._work, name="queue-checkpoint", daemon=True)
        self._thread.start()

    def log_bytes(self) -> int:
        """Return the size of the log file."""
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0

    def _work(self) -> None:
        while not self._stop.wait(CHECKPOINT_INTERVAL_S):
            self._trust.look()
            if self.log_bytes() > CHECKPOINT_BYTES:
                try:
                    self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                except sqlite3.Error as error:
                    self._trust.judged(error)
        self._connection.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


class Reader:
    """Runs reads in one thread of its own; they never wait for a writer."""

    def __init__(self, path: Path, trust: Trust) -> None:
        self._trust = trust
        self._connection = connect(path)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="queue-reader")

    async def run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Run a read and return its result."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, operation, self._connection)
        except sqlite3.Error as error:
            raise self._trust.judged(error) from error

    def close(self) -> None:
        self._pool.shutdown()
        self._connection.close()
