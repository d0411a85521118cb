"""The queue on SQLite: the default, for one machine. The contract says what it promises."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import zstandard

from watchllm_server.clock import Clock
from watchllm_server.errors import TooManyRequests, Unavailable
from watchllm_server.model.ledger import LedgerMinute, Settlement, minute_of
from watchllm_server.stores.queue import sqlite_bundles as bundles
from watchllm_server.stores.queue import sqlite_grace as grace
from watchllm_server.stores.queue import sqlite_ledger as ledger
from watchllm_server.stores.queue.contract import (
    Bundle,
    Entry,
    NewEntry,
    QueueDepth,
    QueuedEvent,
    SettledBundle,
    TouchedTrace,
)
from watchllm_server.stores.queue.sqlite_connection import GroupCommit, Reader, connect
from watchllm_server.stores.queue.sqlite_disk import DiskGauge
from watchllm_server.stores.queue.sqlite_owners import Owners
from watchllm_server.stores.queue.sqlite_schema import prepare

# Level 1: 2.5 times fewer bytes to sync for 6 µs an event; higher levels cost more than the disk saves.
ZSTD_LEVEL: Final = 1
# What a refused client is told to wait: long enough for some bundles to be stored, and not the same for all.
FULL_RETRY_S: Final = (2, 10)


class SqliteQueue:
    """A queue in one file; several processes of one machine may open it."""

    def __init__(
        self, path: Path, *, clock: Clock, max_events: int, max_bytes: int, disk_stop_ratio: float = 1.0
    ) -> None:
        self._clock = clock
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._disk_stop_ratio = disk_stop_ratio
        # One for each thread that asks: the gauge remembers its answer.
        self._writers_disk, self._readers_disk = DiskGauge(path.parent, clock), DiskGauge(path.parent, clock)
        self._owners = Owners(path.with_name("owners"))
        self._writer = GroupCommit(path)
        self._reader = Reader(path)
        # Compression lets go of the interpreter lock: two threads keep the event loop free.
        self._compressors = ThreadPoolExecutor(2, thread_name_prefix="queue-zstd")

    @classmethod
    async def open(
        cls, path: Path, *, clock: Clock, max_events: int, max_bytes: int, disk_stop_ratio: float = 1.0
    ) -> SqliteQueue:
        """Open or make the file and its folder. From `disk_stop_ratio` of the disk on, nothing is accepted."""
        await asyncio.to_thread(_make, path)
        return cls(path, clock=clock, max_events=max_events, max_bytes=max_bytes, disk_stop_ratio=disk_stop_ratio)

    async def enqueue(self, entry: NewEntry) -> int:
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(self._compressors, _compress, entry.body)
        return await self._writer.run(partial(self._enqueue, entry, body))

    def _enqueue(self, entry: NewEntry, body: bytes, db: sqlite3.Connection) -> int:
        count = len(entry.event_ids)
        events, stored = db.execute("SELECT waiting_events, stored_bytes FROM state").fetchone()
        if events + count > self._max_events or stored + len(body) > self._max_bytes:
            raise TooManyRequests(
                "the queue is full; nothing was accepted", code="queue_full", retry_after_s=_retry_after_s()
            )
        if self._writers_disk.used(db) >= self._disk_stop_ratio:
            raise Unavailable(
                "the disk of the queue is nearly full; nothing was accepted",
                code="disk_full",
                retry_after_s=_retry_after_s(),
            )
        ids = "\n".join(entry.event_ids)
        size = len(body) + len(ids)
        (sequence,) = db.execute(
            "UPDATE state SET sequence = max(sequence + 1, ?), waiting_entries = waiting_entries + 1,"
            " waiting_events = waiting_events + ?, waiting_bytes = waiting_bytes + ?, stored_bytes = stored_bytes + ?"
            " RETURNING sequence",
            (self._clock.now_us(), count, size, size),
        ).fetchone()
        db.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
            (sequence, entry.project_id, entry.format, entry.accepted_at_us, count, size),
        )
        db.execute("INSERT INTO bodies VALUES (?, ?, ?)", (sequence, ids, body))
        minute = minute_of(entry.accepted_at_us)
        ledger.add_received(db, entry.project_id, minute, count)
        ledger.add_rejected(db, entry.project_id, minute, entry.rejected)
        return int(sequence)

    async def count_rejected(self, project_id: str, at_us: int, rejected: Mapping[str, int]) -> None:
        minute = minute_of(at_us)
        await self._writer.run(lambda db: ledger.add_rejected(db, project_id, minute, rejected))

    async def lease(self, owner: str, *, max_events: int, max_bytes: int, lease_s: float) -> Bundle | None:
        self._owners.declare(owner)
        now_ms = self._now_ms()
        if not await self._reader.run(lambda db: bundles.is_ready(db, now_ms, self._owners)):
            return None
        held = await self._writer.run(
            lambda db: bundles.take(
                db, owner, now_ms, int(lease_s * 1000), self._owners, max_events=max_events, max_bytes=max_bytes
            )
        )
        if held is None:
            return None
        rows = await self._reader.run(lambda db: bundles.read_entries(db, held))
        entries = await asyncio.get_running_loop().run_in_executor(self._compressors, _entries, rows)
        return Bundle(
            bundle_id=held.bundle_id, fence=held.fence, attempts=held.attempts, entries=entries, plan=held.plan
        )

    async def extend(self, bundle: Bundle, lease_s: float) -> None:
        until = self._now_ms() + int(lease_s * 1000)
        await self._writer.run(lambda db: bundles.extend(db, bundle, until))

    async def record_plan(self, bundle: Bundle, plan: bytes) -> None:
        await self._writer.run(lambda db: bundles.record_plan(db, bundle, plan))

    async def acknowledge(
        self, bundle: Bundle, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]
    ) -> None:
        at_us = self._clock.now_us()

        def settle(db: sqlite3.Connection) -> None:
            bundles.acknowledge(db, bundle, at_us)
            ledger.settle(db, settlements)
            ledger.touch(db, touched)
            grace.settle(db, bundle, touched)

        await self._writer.run(settle)

    async def release(self, bundle: Bundle, *, delay_s: float, error: str) -> None:
        not_before = self._now_ms() + int(delay_s * 1000)
        await self._writer.run(lambda db: bundles.release(db, bundle, not_before, error))

    async def hasten(self) -> None:
        await self._writer.run(bundles.hasten)

    async def list_touched(self, limit: int) -> list[TouchedTrace]:
        return await self._reader.run(lambda db: ledger.list_touched(db, limit))

    async def settle_touched(self, traces: Sequence[TouchedTrace]) -> None:
        await self._writer.run(lambda db: ledger.settle_touched(db, traces))

    async def purge(self, *, acknowledged_before_us: int, limit: int) -> int:
        if not await self._reader.run(lambda db: bundles.has_old(db, acknowledged_before_us)):
            return 0
        return await self._writer.run(lambda db: bundles.purge(db, acknowledged_before_us, limit))

    async def list_unchecked(self, *, acknowledged_before_us: int, max_events: int) -> list[SettledBundle]:
        return await self._reader.run(lambda db: grace.list_unchecked(db, acknowledged_before_us, max_events))

    async def read_settled(self, bundle_id: str) -> list[Entry]:
        rows = await self._reader.run(lambda db: bundles.read_settled(db, bundle_id))
        return await asyncio.get_running_loop().run_in_executor(self._compressors, _entries, rows)

    async def mark_checked(self, bundle_ids: Sequence[str], touched: Sequence[TouchedTrace]) -> None:
        def mark(db: sqlite3.Connection) -> None:
            grace.mark_checked(db, bundle_ids)
            ledger.touch(db, touched)

        await self._writer.run(mark)

    async def uncheck(self) -> None:
        await self._writer.run(grace.uncheck)

    async def depth(self) -> QueueDepth:
        self._writer.check()

        def measure(db: sqlite3.Connection) -> QueueDepth:
            depth = ledger.depth(db)
            depth.disk_used = self._readers_disk.used(db)
            return depth

        return await self._reader.run(measure)

    async def imbalance(self, *, from_us: int) -> int:
        return await self._reader.run(lambda db: ledger.imbalance(db, from_us))

    async def wait_failed(self) -> str:
        return await self._writer.wait_failed()

    async def list_ledger(self, project_id: str, *, from_us: int, to_us: int) -> list[LedgerMinute]:
        return await self._reader.run(lambda db: ledger.list_minutes(db, project_id, from_us, to_us))

    async def find_event(self, project_id: str, event_id: str) -> QueuedEvent | None:
        now_ms = self._now_ms()
        return await self._reader.run(lambda db: bundles.find_event(db, project_id, event_id, now_ms))

    def _now_ms(self) -> int:
        return int(self._clock.monotonic_s() * 1000)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._reader.close()
        self._compressors.shutdown()
        self._owners.close()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    connection = connect(path)
    prepare(connection)
    connection.close()


def _retry_after_s() -> int:
    return random.randint(*FULL_RETRY_S)  # noqa: S311


def _compress(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)


def _entries(rows: list[tuple[Any, ...]]) -> list[Entry]:
    decompressor = zstandard.ZstdDecompressor()
    return [
        Entry(
            sequence=sequence,
            project_id=project_id,
            format=fmt,
            accepted_at_us=accepted_at_us,
            event_ids=event_ids.split("\n") if event_ids else [],
            body=decompressor.decompress(body),
        )
        for sequence, project_id, fmt, accepted_at_us, event_ids, body in rows
    ]
