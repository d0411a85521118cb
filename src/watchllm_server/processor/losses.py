"""Looks in the event store for events that the queue has lost with the end of its log, and enters them again.

What had been stored before the loss is right where it is; but the ledger of the queue does not know it, and its traces
were touched in transactions that are gone. What is found nowhere stays counted as lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from watchllm_server import telemetry
from watchllm_server.model.ledger import Settlement
from watchllm_server.stores.events.contract import EventWriter, QueryLimit, StoredCount, StoreUnavailable
from watchllm_server.stores.queue.contract import Loss, Queue, TouchedTrace

# A queue on several machines may notice a loss at any time; nobody waits for its count.
INTERVAL_S: Final = 5.0


class LossMender:
    """Does so once for each loss."""

    def __init__(self, queue: Queue, writer: EventWriter) -> None:
        self._queue = queue
        self._writer = writer

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            try:
                await self.mend_all()
            except (StoreUnavailable, QueryLimit) as error:
                telemetry.reconciliation_failed(str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), INTERVAL_S)

    async def mend_all(self) -> None:
        """Enter what the event store has of every loss that nobody has looked for yet."""
        for loss in await self._queue.list_losses():
            await self.mend(loss)

    async def mend(self, loss: Loss) -> None:
        """Enter what the event store has of one loss."""
        found = await self._writer.count_versions(loss.after_sequence + 1, loss.last_sequence)
        # An event without a trace is stored as its own, so only dead letters have none.
        traces = {(each.project_id, each.trace_id): None for each in found if each.trace_id}
        touched = [TouchedTrace(project_id, trace_id) for project_id, trace_id in traces]
        settlements = _settlements(found)
        if await self._queue.mend(loss, settlements, touched):
            # More are found where another queue writes into the same event store at the same time.
            telemetry.queue_mended(loss.events, min(loss.events, sum(each.events for each in found)))


def _settlements(found: Sequence[StoredCount]) -> list[Settlement]:
    return [
        Settlement(
            each.project_id,
            each.minute_us,
            stored=each.events if each.trace_id else 0,
            dead_lettered=0 if each.trace_id else each.events,
        )
        for each in found
    ]
