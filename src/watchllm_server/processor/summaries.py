"""Computes the summaries of touched traces again from their stored events, outside the acknowledgement path.

It takes at most half of the time, however large the traces are: so a trace that grows by a thousand batches
is read a few times and not a thousand.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Final

from watchllm_server import failpoints, telemetry
from watchllm_server.clock import Clock
from watchllm_server.model.trace import TraceEvent, TraceSummary, summarise
from watchllm_server.stores.events.contract import EventWriter, QueryLimit, StoreUnavailable
from watchllm_server.stores.queue.contract import Queue

# One round reads about this many traces: 2,000 traces of 12 events are half a second of work.
TRACES_PER_ROUND: Final = 2_000
# Below it a summary would follow its events faster than a screen asks.
SHORTEST_WAIT_S: Final = 0.2
RETRY_S: Final = 1.0


class Summaries:
    """The loop that turns touched traces into summaries."""

    def __init__(self, queue: Queue, writer: EventWriter, clock: Clock) -> None:
        self._queue = queue
        self._writer = writer
        self._clock = clock
        self._lock = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            started_s = self._clock.monotonic_s()
            try:
                count = await self.compute_round()
            except (StoreUnavailable, QueryLimit) as error:
                telemetry.summaries_failed(str(error))
                await asyncio.sleep(RETRY_S)
                continue
            spent_s = self._clock.monotonic_s() - started_s
            await asyncio.sleep(max(SHORTEST_WAIT_S, spent_s) if count < TRACES_PER_ROUND else spent_s / 4)

    @asynccontextmanager
    async def held_back(self):
        """Let no round run: for whoever takes events away, and must not have them summed up meanwhile."""
        async with self._lock:
            yield

    async def compute_round(self) -> int:
        """Compute the summaries that wait, up to a round's worth; returns how many traces there were."""
        async with self._lock:
            return await self._compute_round()

    async def _compute_round(self) -> int:
        touched = await self._queue.list_touched(TRACES_PER_ROUND)
        if not touched:
            return 0
        # Taken before the read: of two rounds over one trace, the one with later touches saw at least as much. Not the
        # clock: after a jump back, a summary of before would stand above all later ones.
        version = max(trace.mark for trace in touched)
        read = await self._writer.read_trace_events([(t.project_id, t.trace_id) for t in touched])
        failpoints.reach("summaries.read")
        summaries = await asyncio.to_thread(_summarise_all, read.events)
        await self._writer.insert_summaries(summaries, version, read)
        failpoints.reach("summaries.inserted")
        # Of a trace without an event there is no summary: it was erased.
        empty = [(t.project_id, t.trace_id) for t in touched if (t.project_id, t.trace_id) not in read.events]
        await self._writer.remove_summaries(empty, version)
        await self._queue.settle_touched(touched)
        telemetry.summaries_written(len(summaries))
        return len(touched)


def _summarise_all(events: dict[tuple[str, str], list[TraceEvent]]) -> list[TraceSummary]:
    return [summarise(project_id, trace_id, found) for (project_id, trace_id), found in events.items()]
