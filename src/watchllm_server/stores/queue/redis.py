"""The queue on Redis: for several machines. The contract says what it promises.

Entries stand in two streams, heads and bodies, at their sequences; a bundle is a range of them. Why bundles are records
of ours and not entries pending in a consumer group: docs/decisions/0016.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from watchllm_server.clock import Clock
from watchllm_server.errors import TooManyRequests
from watchllm_server.model.ids import new_queue_id
from watchllm_server.model.ledger import LedgerMinute, Settlement, minute_of
from watchllm_server.stores.queue import redis_reading as reading
from watchllm_server.stores.queue import redis_rows as rows
from watchllm_server.stores.queue.contract import (
    REPLAYS_KEPT_US,
    Bundle,
    Entry,
    EventKey,
    LeaseLost,
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
from watchllm_server.stores.queue.contract.plans import new_events, pack_plan
from watchllm_server.stores.queue.contract.refusals import storable
from watchllm_server.stores.queue.redis_connection import RedisConnection, key, retry_after_s
from watchllm_server.stores.queue.redis_owners import RedisOwners

# Entries looked at when a bundle is put together: more than a bundle can hold of the smallest entries.
LOOK_AHEAD: Final = 10_000
# Refusals compared in one round trip when old ones are forgotten.
PRUNED_AT_ONCE: Final = 1_000


class RedisQueue:
    """A queue in one Redis; any number of processes on any number of machines may open it."""

    def __init__(
        self,
        connection: RedisConnection,
        *,
        clock: Clock,
        max_events: int,
        max_bytes: int,
        max_rejected: int = 100_000,
        rejected_s: float = 7 * 86_400.0,
        ahead_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        """`ahead_ms` is how far the time of leases is ahead of Redis's: for tests that let leases run out."""
        self._connection = connection
        self._clock = clock
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._max_rejected = max_rejected
        self._rejected_us = int(rejected_s * 1_000_000)
        self._ahead_ms = ahead_ms
        self._owners = RedisOwners(connection)
        # How far the queue was when it last told us: commits, sequence, accepted events.
        self._reached = (0, 0, 0)
        # Bundles that we know to hold: a lease whose answer was cut off is ours, and we do not know it.
        self._held: dict[str, int] = {}
        self._compressors = ThreadPoolExecutor(2, thread_name_prefix="queue-zstd")

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock,
        max_events: int,
        max_bytes: int,
        max_rejected: int = 100_000,
        rejected_s: float = 7 * 86_400.0,
        accepts_one_second_loss: bool = False,
    ) -> RedisQueue:
        """Open the queue at a URL. Raises SettingsError for a Redis that would forget what it is given."""
        connection = RedisConnection(url, clock)
        try:
            await connection.check(accepts_one_second_loss=accepts_one_second_loss)
        except BaseException:
            await connection.close()
            raise
        return cls(
            connection,
            clock=clock,
            max_events=max_events,
            max_bytes=max_bytes,
            max_rejected=max_rejected,
            rejected_s=rejected_s,
        )

    async def enqueue(self, entry: NewEntry) -> int:
        packed = await self._in_thread(Packed, entry)
        answer = await self._connection.run(
            "enqueue",
            self._clock.now_us(),
            self._max_events,
            self._max_bytes,
            self._max_rejected,
            new_queue_id(),
            msgspec.msgpack.encode(self._reached),
            msgspec.msgpack.encode(entry.rejected),
            rows.packed_refused(entry.accepted_at_us, entry.refused),
            *rows.entry_values(entry, packed),
        )
        sequence, *reached = self._accepted(answer)
        self._rise(reached)
        return int(sequence)

    async def replay(self, letters: Sequence[Replay]) -> list[ReplayOutcome]:
        packed = await self._in_thread(lambda: [Packed(letter) for letter in letters])
        values: list[Any] = []
        for letter, body in zip(letters, packed, strict=True):
            values += [letter.version, *rows.entry_values(letter, body)]
        answer = await self._connection.run(
            "replay",
            self._clock.now_us(),
            self._max_events,
            self._max_bytes,
            new_queue_id(),
            msgspec.msgpack.encode(self._reached),
            *values,
        )
        outcomes, reached = self._accepted(answer)
        self._rise(reached)
        return ["busy" if outcome == b"busy" else "queued" for outcome in outcomes]

    @staticmethod
    def _accepted(answer: Any) -> list[Any]:
        if answer is None:
            raise TooManyRequests(
                "the queue is full; nothing was accepted", code="queue_full", retry_after_s=retry_after_s()
            )
        return answer

    def _rise(self, reached: Sequence[bytes]) -> None:
        commits, sequence, events = map(int, reached)
        self._reached = max(self._reached, (commits, sequence, events))

    async def settle_replays(self, project_id: str, letters: Sequence[tuple[str, int]]) -> None:
        names = [part for letter in letters for part in letter]
        await self._connection.run("settle_replays", self._clock.now_us(), REPLAYS_KEPT_US, project_id, *names)

    async def count_rejected(
        self, project_id: str, at_us: int, rejected: Mapping[str, int], refused: Sequence[RefusedEvent] = ()
    ) -> None:
        counts = msgspec.msgpack.encode(dict(rejected))
        packed = rows.packed_refused(at_us, refused)
        await self._connection.run("count_rejected", project_id, minute_of(at_us), self._max_rejected, counts, packed)

    async def find_rejected(self, project_id: str, event_id: str) -> RejectedEvent | None:
        found = await self._connection.call("HGET", key("rejected"), storable(f"{project_id}\n{event_id}"))
        event = rows.rejected_of(event_id, found) if found else None
        return event if event and event.at_us >= self._clock.now_us() - self._rejected_us else None

    async def lease(self, owner: str, *, max_events: int, max_bytes: int, lease_s: float) -> Bundle | None:
        await self._owners.declare(owner)
        answer = await self._connection.run_patiently(
            "take",
            owner,
            max_events,
            max_bytes,
            int(lease_s * 1_000),
            self._ahead_ms(),
            new_queue_id(),
            LOOK_AHEAD,
            *self._held,
        )
        if answer is None:
            return None
        bundle_id, fence, attempts, first, last, plan, others = answer
        self._held[_number_of(bundle_id.decode())] = fence
        heads, bodies = await reading.read_range(self._connection, first, last)
        return Bundle(
            bundle_id=bundle_id.decode(),
            fence=fence,
            attempts=attempts,
            entries=await self._in_thread(lambda: unpack(rows.rows_of(heads, bodies))),
            repeats=rows.repeats_of(plan, others),
        )

    async def extend(self, bundle: Bundle, lease_s: float) -> None:
        await self._hold("extend", bundle, int(lease_s * 1_000), self._ahead_ms())

    async def record_plan(
        self, bundle: Bundle, repeats: Collection[EventKey], letters: Collection[EventKey]
    ) -> frozenset[EventKey]:
        names = rows.packed_names(new_events(bundle, repeats, letters))
        plan, others = await self._hold("record_plan", bundle, pack_plan(repeats, letters), names)
        return rows.repeats_of(plan, others) or frozenset()

    async def acknowledge(
        self, bundle: Bundle, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]
    ) -> None:
        settled, traces = rows.packed_settlements(settlements), rows.packed_traces(touched)
        await self._hold("acknowledge", bundle, self._clock.now_us(), settled, traces)
        self._let_go(bundle)

    async def release(self, bundle: Bundle, *, delay_s: float, error: str) -> None:
        await self._hold("release", bundle, int(delay_s * 1_000), self._ahead_ms(), storable(error[:1_000]))
        self._let_go(bundle)

    async def _hold(self, step: str, bundle: Bundle, *values: Any) -> Any:
        """Take a step that only the holder may take, and return its answer; raises LeaseLost."""
        number = _number_of(bundle.bundle_id)
        if answer := await self._connection.run_patiently(step, number, bundle.fence, *values):
            return answer
        self._let_go(bundle)
        raise LeaseLost(f"bundle {bundle.bundle_id} has another holder")

    def _let_go(self, bundle: Bundle) -> None:
        number = _number_of(bundle.bundle_id)
        # Another worker of this process may hold it by a newer lease.
        if self._held.get(number) == bundle.fence:
            del self._held[number]

    async def hasten(self) -> None:
        await self._connection.run_patiently("hasten")

    async def list_touched(self, limit: int) -> list[TouchedTrace]:
        return await reading.list_touched(self._connection, limit)

    async def find_touched(self, traces: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return await reading.find_touched(self._connection, list(traces)) if traces else set()

    async def settle_touched(self, traces: Sequence[TouchedTrace]) -> None:
        values = [value for trace in traces for value in (f"{trace.project_id}\n{trace.trace_id}", trace.mark)]
        await self._connection.run_patiently("settle_touched", *values)

    async def touch(self, traces: Sequence[TouchedTrace]) -> None:
        await self._connection.run_patiently("touch", self._clock.now_us(), rows.packed_traces(traces))

    async def lead(self, owner: str, *, for_s: float) -> bool:
        await self._owners.declare(owner)
        return bool(await self._connection.run("lead", owner, int(for_s * 1_000), self._ahead_ms()))

    async def edges(self) -> QueueEdges:
        return await reading.edges(self._connection)

    async def forget_project(self, project_id: str) -> None:
        await reading.forget_project(self._connection, project_id)

    async def purge(self, *, acknowledged_before_us: int, limit: int) -> int:
        old = await reading.list_old_refusals(
            self._connection, self._clock.now_us() - self._rejected_us, PRUNED_AT_ONCE
        )
        if old:
            await self._connection.run("prune_rejected", *old)
        return await self._connection.run("purge", acknowledged_before_us, limit)

    async def list_unchecked(self, *, acknowledged_before_us: int, max_events: int) -> list[SettledBundle]:
        return await reading.list_unchecked(self._connection, acknowledged_before_us, max_events)

    async def read_settled(self, bundle_id: str) -> list[Entry]:
        first, last = await self._connection.call("HMGET", key(f"bundle:{_number_of(bundle_id)}"), "first", "last")
        if first is None:
            return []
        heads, bodies = await reading.read_range(self._connection, first, last)
        return await self._in_thread(lambda: unpack(rows.rows_of(heads, bodies)))

    async def mark_checked(self, bundle_ids: Sequence[str], touched: Sequence[TouchedTrace]) -> None:
        numbers = [_number_of(bundle_id) for bundle_id in bundle_ids]
        packed = rows.packed_traces(touched)
        await self._connection.run_patiently("mark_checked", self._clock.now_us(), packed, *numbers)

    async def uncheck(self) -> None:
        await self._connection.run_patiently("uncheck")

    async def list_losses(self) -> list[Loss]:
        return await reading.list_losses(self._connection)

    async def mend(self, loss: Loss, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]) -> bool:
        found = sum(each.stored + each.dead_lettered for each in settlements)
        settled, traces = rows.packed_settlements(settlements), rows.packed_traces(touched)
        return bool(await self._connection.run("mend", self._clock.now_us(), loss.number, found, settled, traces))

    async def depth(self) -> QueueDepth:
        return await reading.depth(self._connection)

    async def list_ledger(self, project_id: str, *, from_us: int, to_us: int) -> list[LedgerMinute]:
        return await reading.list_ledger(self._connection, project_id, from_us, to_us)

    async def find_event(self, project_id: str, event_id: str) -> QueuedEvent | None:
        return await reading.find_event(self._connection, project_id, event_id, self._ahead_ms())

    async def imbalance(self, *, from_us: int) -> int:
        return await reading.imbalance(self._connection, from_us)

    async def count_dead_lettered(self, *, from_us: int) -> int:
        return await reading.count_dead_lettered(self._connection, from_us)

    async def wait_failed(self) -> str:
        # Redis answers only for what it has synced; whatever fails is an answer of that call.
        await asyncio.Event().wait()
        return ""

    async def _in_thread(self, run: Callable[..., Any], *values: Any) -> Any:
        # Compression lets go of the interpreter lock: two threads keep the event loop free.
        return await asyncio.get_running_loop().run_in_executor(self._compressors, run, *values)

    async def close(self) -> None:
        await self._owners.close()
        await self._connection.close()
        await asyncio.to_thread(self._compressors.shutdown)


def _number_of(bundle_id: str) -> str:
    return bundle_id.rpartition(".")[2]
