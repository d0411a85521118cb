"""The role of the processor: workers, summaries, reconciliation and the cleaning of the queue, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.errors import WatchLLMError
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.processor.erasing import Eraser
from watchllm_server.processor.losses import LossMender
from watchllm_server.processor.reconcile import Reconciler
from watchllm_server.processor.summaries import Summaries
from watchllm_server.processor.worker import Worker
from watchllm_server.stores.queue.contract import Queue

# One bundle is being mapped while another is being planned and a third inserted; more would only wait.
WORKERS: Final = 3
PURGE_INTERVAL_S: Final = 1.0
# Bundles deleted in one transaction: a few megabytes, so that no enqueue waits long for it.
PURGE_BUNDLES: Final = 4


async def run_processor(
    worker: Worker,
    summaries: Summaries,
    reconciler: Reconciler,
    mender: LossMender,
    eraser: Eraser,
    queue: Queue,
    clock: Clock,
    *,
    grace_s: float,
    stop: asyncio.Event,
) -> None:
    """Run everything until `stop` is set; a failure of one part ends all, and the supervisor starts anew."""
    try:
        await _run_parts(worker, summaries, reconciler, mender, eraser, queue, clock, grace_s=grace_s, stop=stop)
    except ExceptionGroup as failures:
        ours = failures.subgroup(WatchLLMError)
        if ours is None:
            raise
        # All parts fail of the same: one line says it.
        raise ours.exceptions[0] from None


async def _run_parts(
    worker: Worker,
    summaries: Summaries,
    reconciler: Reconciler,
    mender: LossMender,
    eraser: Eraser,
    queue: Queue,
    clock: Clock,
    *,
    grace_s: float,
    stop: asyncio.Event,
) -> None:
    await worker.take_over()
    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker.run(stop))
        group.create_task(summaries.run(stop))
        group.create_task(reconciler.run(stop))
        group.create_task(mender.run(stop))
        group.create_task(eraser.run(stop))
        group.create_task(_purge(queue, clock, grace_s, stop))


async def _purge(queue: Queue, clock: Clock, grace_s: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        before_us = clock.now_us() - int(grace_s * MICROSECONDS)
        gone = await queue.purge(acknowledged_before_us=before_us, limit=PURGE_BUNDLES)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0 if gone else PURGE_INTERVAL_S)
