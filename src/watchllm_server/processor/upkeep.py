"""What one processor alone does, of all that share a queue: summaries, looking again, mending, erasing, purging.

Two of them would do the same work twice, and one could write a summary of what the other is erasing. Who leads holds a
lease, and lets go by dying, by stopping, or by not prolonging it in time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from watchllm_server import telemetry
from watchllm_server.clock import Clock
from watchllm_server.errors import Unavailable
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.stores.queue.contract import Queue

# Longer than any statement of the parts may take, so that what a former leader has begun is over.
LEAD_S: Final = 60.0
PROLONG_S: Final = 10.0
# How soon another processor takes over.
ASK_S: Final = 1.0
PURGE_INTERVAL_S: Final = 1.0
# Bundles deleted in one transaction: a few megabytes, so that no enqueue waits long for it.
PURGE_BUNDLES: Final = 4

# Runs until the event is set.
Part = Callable[[asyncio.Event], Awaitable[None]]


class Upkeep:
    """The loop that leads, or waits to."""

    def __init__(self, queue: Queue, clock: Clock, owner: str, parts: Sequence[Part]) -> None:
        self._queue = queue
        self._clock = clock
        self._owner = owner
        self._parts = parts

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a failure of one part ends all."""
        while not stop.is_set():
            # A queue that is away for long ends the worker; there is nothing to lead meanwhile.
            with contextlib.suppress(Unavailable):
                if await self._queue.lead(self._owner, for_s=LEAD_S):
                    await self._lead(stop)
            await wait(stop, ASK_S)

    async def _lead(self, stop: asyncio.Event) -> None:
        telemetry.upkeep_begun()
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(_task_of(part, ended))
            group.create_task(self._keep(stop, ended))

    async def _keep(self, stop: asyncio.Event, ended: asyncio.Event) -> None:
        """Prolong the lease; ends the parts when it is lost, or when nobody can tell."""
        until_s = self._clock.monotonic_s() + LEAD_S
        while self._clock.monotonic_s() < until_s:
            await wait(stop, PROLONG_S)
            if stop.is_set():
                break
            with contextlib.suppress(Unavailable):
                asked_s = self._clock.monotonic_s()
                if not await self._queue.lead(self._owner, for_s=LEAD_S):
                    break
                until_s = asked_s + LEAD_S
        ended.set()


async def _task_of(part: Part, ended: asyncio.Event) -> None:
    await part(ended)


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait until `stop` is set, for so long at most."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Purger:
    """The loop that deletes what is past its period of grace from the queue."""

    def __init__(self, queue: Queue, clock: Clock, *, grace_s: float) -> None:
        self._queue = queue
        self._clock = clock
        self._grace_us = int(grace_s * MICROSECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            before_us = self._clock.now_us() - self._grace_us
            gone = await self._queue.purge(acknowledged_before_us=before_us, limit=PURGE_BUNDLES)
            await wait(stop, 0 if gone else PURGE_INTERVAL_S)
