"""The queue on SQLite: the default, for one machine. The contract says what it promises."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from watchllm_server import telemetry
from watchllm_server.clock import Clock
from watchllm_server.errors import SettingsError, TooManyRequests, Unavailable
from watchllm_server.model.ledger import LedgerMinute, Settlement, minute_of
from watchllm_server.stores.queue import sqlite_bundles as bundles
from watchllm_server.stores.queue import sqlite_grace as grace
from watchllm_server.stores.queue import sqlite_ledger as ledger
from watchllm_server.stores.queue import sqlite_losses as losses
from watchllm_server.stores.queue import sqlite_plans as plans
from watchllm_server.stores.queue import sqlite_rejected as rejections
from watchllm_server.stores.queue import sqlite_replays as replays
from watchllm_server.stores.queue.contract import (
    Bundle,
    Entry,
    EventKey,
    Loss,
    NewEntry,
    QueueDepth,
    QueuedEvent,
    QueueEdges,
    RefusedEvent,
    RejectedEvent,
    Replay,
    ReplayOutcome,
    SettledBundle,
    TouchedTrace,
)
from watchllm_server.stores.queue.contract.packing import Packed, unpack
from watchllm_server.stores.queue.contract.plans import read_plan
from watchllm_server.stores.queue.sqlite_connection import GroupCommit, Reader, connect
from watchllm_server.stores.queue.sqlite_disk import DiskGauge
from watchllm_server.stores.queue.sqlite_high_water import read_high_water
from watchllm_server.stores.queue.sqlite_owners import Owners
from watchllm_server.stores.queue.sqlite_schema import prepare
from watchllm_server.stores.queue.sqlite_trust import Trust, check_undamaged

# What a refused client is told to wait: long enough for some bundles to be stored, and not the same for all.
FULL_RETRY_S: Final = (2, 10)


class SqliteQueue:
    """A queue in one file; several processes of one machine may open it."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        max_events: int,
        max_bytes: int,
        disk_stop_ratio: float = 1.0,
        max_rejected: int = 100_000,
        rejected_s: float = 7 * 86_400.0,
    ) -> None:
        self._clock = clock
        self._max_rejected = max_rejected
        self._rejected_us = int(rejected_s * 1_000_000)
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._disk_stop_ratio = disk_stop_ratio
        # One for each thread that asks: the gauge remembers its answer.
        self._writers_disk, self._readers_disk = DiskGauge(path.parent, clock), DiskGauge(path.parent, clock)
        self._owners = Owners(path.with_name("owners"))
        self._trust = Trust(path)
        self._writer = GroupCommit(path, self._trust)
        self._reader = Reader(path, self._trust)
        # Compression lets go of the interpreter lock: two threads keep the event loop free.
        self._compressors = ThreadPoolExecutor(2, thread_name_prefix="queue-zstd")

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        max_events: int,
        max_bytes: int,
        disk_stop_ratio: float = 1.0,
        max_rejected: int = 100_000,
        rejected_s: float = 7 * 86_400.0,
    ) -> SqliteQueue:
        """Open or make the file and its folder. From `disk_stop_ratio` of the disk on, nothing is accepted."""
        await asyncio.to_thread(_make, path, clock)
        return cls(
            path,
            clock=clock,
            max_events=max_events,
            max_bytes=max_bytes,
            disk_stop_ratio=disk_stop_ratio,
            max_rejected=max_rejected,
            rejected_s=rejected_s,
        )

    async def enqueue(self, entry: NewEntry) -> int:
        loop = asyncio.get_running_loop()
        packed = await loop.run_in_executor(self._compressors, Packed, entry)
        return await self._writer.run(partial(self._enqueue, entry, packed))

    def _enqueue(self, entry: NewEntry, packed: Packed, db: sqlite3.Connection) -> int:
        self._check_room(db, len(entry.event_ids), packed.size)
        sequence = self._insert(db, entry, packed)
        minute = minute_of(entry.accepted_at_us)
        ledger.add_received(db, entry.project_id, minute, len(entry.event_ids))
        ledger.add_rejected(db, entry.project_id, minute, entry.rejected)
        rejections.keep(db, entry.project_id, entry.accepted_at_us, entry.refused, self._max_rejected)
        return sequence

    def _check_room(self, db: sqlite3.Connection, count: int, size: int) -> None:
        events, stored = db.execute("SELECT waiting_events, stored_bytes FROM state").fetchone()
        if events + count > self._max_events or stored + size > self._max_bytes:
            raise TooManyRequests(
                "the queue is full; nothing was accepted", code="queue_full", retry_after_s=_retry_after_s()
            )
        if self._writers_disk.used(db) >= self._disk_stop_ratio:
            raise Unavailable(
                "the disk of the queue is nearly full; nothing was accepted",
                code="disk_full",
                retry_after_s=_retry_after_s(),
            )

    def _insert(self, db: sqlite3.Connection, entry: NewEntry, packed: Packed) -> int:
        count, size = len(entry.event_ids), packed.size
        (sequence,) = db.execute(
            "UPDATE state SET sequence = max(sequence + 1, ?), waiting_entries = waiting_entries + 1,"
            " waiting_events = waiting_events + ?, waiting_bytes = waiting_bytes + ?, stored_bytes = stored_bytes + ?,"
            " accepted_events = accepted_events + ? RETURNING sequence",
            (self._clock.now_us(), count, size, size, count),
        ).fetchone()
        db.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sequence, entry.project_id, entry.format, entry.accepted_at_us, count, size, packed.plain_size),
        )
        db.execute(
            "INSERT INTO bodies VALUES (?, ?, ?, ?, ?)",
            (sequence, packed.ids, packed.body, *packed.checksums(sequence)),
        )
        return int(sequence)

    async def replay(self, letters: Sequence[Replay]) -> list[ReplayOutcome]:
        loop = asyncio.get_running_loop()
        packed = await loop.run_in_executor(self._compressors, lambda: [Packed(letter) for letter in letters])
        return await self._writer.run(partial(self._replay, letters, packed))

    def _replay(
        self, letters: Sequence[Replay], packed: Sequence[Packed], db: sqlite3.Connection
    ) -> list[ReplayOutcome]:
        self._check_room(db, len(letters), sum(each.size for each in packed))
        outcomes: list[ReplayOutcome] = []
        for letter, body in zip(letters, packed, strict=True):
            if replays.is_busy(db, letter):
                outcomes.append("busy")
                continue
            if not replays.is_known(db, letter):
                self._insert(db, letter, body)
                replays.move(db, letter)
            outcomes.append("queued")
        return outcomes

    async def settle_replays(self, project_id: str, letters: Sequence[tuple[str, int]]) -> None:
        now_us = self._clock.now_us()
        await self._writer.run(lambda db: replays.settle(db, project_id, letters, now_us))

    async def count_rejected(
        self, project_id: str, at_us: int, rejected: Mapping[str, int], refused: Sequence[RefusedEvent] = ()
    ) -> None:
        def count(db: sqlite3.Connection) -> None:
            ledger.add_rejected(db, project_id, minute_of(at_us), rejected)
            rejections.keep(db, project_id, at_us, refused, self._max_rejected)

        await self._writer.run(count)

    async def find_rejected(self, project_id: str, event_id: str) -> RejectedEvent | None:
        after_us = self._clock.now_us() - self._rejected_us
        return await self._reader.run(lambda db: rejections.find(db, project_id, event_id, after_us))

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
        entries = await asyncio.get_running_loop().run_in_executor(self._compressors, unpack, rows)
        plan = read_plan(held.plan)
        return Bundle(
            bundle_id=held.bundle_id,
            fence=held.fence,
            attempts=held.attempts,
            entries=entries,
            repeats=plan and plan.repeats,
        )

    async def extend(self, bundle: Bundle, lease_s: float) -> None:
        until = self._now_ms() + int(lease_s * 1000)
        await self._writer.run(lambda db: bundles.extend(db, bundle, until))

    async def record_plan(
        self, bundle: Bundle, repeats: Collection[EventKey], letters: Collection[EventKey]
    ) -> frozenset[EventKey]:
        return await self._writer.run(lambda db: plans.record(db, bundle, repeats, letters))

    async def acknowledge(
        self, bundle: Bundle, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]
    ) -> None:
        at_us = self._clock.now_us()

        def settle(db: sqlite3.Connection) -> None:
            bundles.acknowledge(db, bundle, at_us)
            ledger.settle(db, settlements)
            ledger.touch(db, touched, at_us)
            grace.settle(db, bundle, touched)

        await self._writer.run(settle)

    async def release(self, bundle: Bundle, *, delay_s: float, error: str) -> None:
        not_before = self._now_ms() + int(delay_s * 1000)
        await self._writer.run(lambda db: bundles.release(db, bundle, not_before, error))

    async def hasten(self) -> None:
        await self._writer.run(bundles.hasten)

    async def list_touched(self, limit: int) -> list[TouchedTrace]:
        return await self._reader.run(lambda db: ledger.list_touched(db, limit))

    async def find_touched(self, traces: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return await self._reader.run(lambda db: ledger.find_touched(db, traces)) if traces else set()

    async def settle_touched(self, traces: Sequence[TouchedTrace]) -> None:
        await self._writer.run(lambda db: ledger.settle_touched(db, traces))

    async def touch(self, traces: Sequence[TouchedTrace]) -> None:
        await self._writer.run(lambda db: ledger.touch(db, traces, self._clock.now_us()))

    async def lead(self, owner: str, *, for_s: float) -> bool:
        self._owners.declare(owner)
        now_ms, for_ms = self._now_ms(), int(for_s * 1000)
        return await self._writer.run(lambda db: bundles.lead(db, owner, now_ms, for_ms, self._owners))

    async def edges(self) -> QueueEdges:
        return await self._reader.run(bundles.edges)

    async def forget_project(self, project_id: str) -> None:
        def forget(db: sqlite3.Connection) -> None:
            ledger.forget_project(db, project_id)
            rejections.forget_project(db, project_id)

        await self._writer.run(forget)

    async def purge(self, *, acknowledged_before_us: int, limit: int) -> int:
        old_us = self._clock.now_us() - self._rejected_us
        if await self._reader.run(lambda db: rejections.has_old(db, old_us)):
            await self._writer.run(lambda db: rejections.prune(db, old_us))
        if not await self._reader.run(lambda db: bundles.has_old(db, acknowledged_before_us)):
            return 0
        return await self._writer.run(lambda db: bundles.purge(db, acknowledged_before_us, limit))

    async def list_unchecked(self, *, acknowledged_before_us: int, max_events: int) -> list[SettledBundle]:
        return await self._reader.run(lambda db: grace.list_unchecked(db, acknowledged_before_us, max_events))

    async def read_settled(self, bundle_id: str) -> list[Entry]:
        rows = await self._reader.run(lambda db: bundles.read_settled(db, bundle_id))
        return await asyncio.get_running_loop().run_in_executor(self._compressors, unpack, rows)

    async def mark_checked(self, bundle_ids: Sequence[str], touched: Sequence[TouchedTrace]) -> None:
        def mark(db: sqlite3.Connection) -> None:
            grace.mark_checked(db, bundle_ids)
            ledger.touch(db, touched, self._clock.now_us())

        await self._writer.run(mark)

    async def uncheck(self) -> None:
        await self._writer.run(grace.uncheck)

    async def list_losses(self) -> list[Loss]:
        return await self._reader.run(losses.list_unmended)

    async def mend(self, loss: Loss, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]) -> bool:
        def mend(db: sqlite3.Connection) -> bool:
            found = sum(each.stored + each.dead_lettered for each in settlements)
            if not losses.mend(db, loss, found):
                return False
            for each in settlements:
                ledger.add_received(db, each.project_id, each.minute_us, each.stored + each.dead_lettered)
            ledger.settle(db, settlements)
            ledger.touch(db, touched, self._clock.now_us())
            return True

        return await self._writer.run(mend)

    async def depth(self) -> QueueDepth:
        self._trust.check()

        def measure(db: sqlite3.Connection) -> QueueDepth:
            depth = ledger.depth(db)
            depth.disk_used = self._readers_disk.used(db)
            return depth

        return await self._reader.run(measure)

    async def imbalance(self, *, from_us: int) -> int:
        return await self._reader.run(lambda db: ledger.imbalance(db, from_us))

    async def count_dead_lettered(self, *, from_us: int) -> int:
        return await self._reader.run(lambda db: ledger.count_dead_lettered(db, from_us))

    async def wait_failed(self) -> str:
        return await self._trust.wait_failed()

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


def _make(path: Path, clock: Clock) -> None:
    check_undamaged(path)
    # Before the queue is read: it may only have gone further since.
    reached = read_high_water(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    try:
        connection = connect(path)
        loss = prepare(connection, reached, clock.now_us())
    except sqlite3.DatabaseError as error:
        # Never begun anew by itself: it may hold events that were accepted and are nowhere else.
        raise SettingsError(
            f"the queue {path} cannot be opened: {error}; `watchllm quarantine` moves it away and begins again with "
            "what can be read of it, or restore it from a backup"
        ) from None
    connection.close()
    if loss is not None:
        telemetry.queue_lost_its_end(loss.commits, loss.events)


def _retry_after_s() -> int:
    return random.randint(*FULL_RETRY_S)  # noqa: S311
