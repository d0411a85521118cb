"""The processor as a process: stores accepted events until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Final

import msgspec

from watchllm_server.clock import SystemClock
from watchllm_server.garbage import keep_what_is_loaded
from watchllm_server.lifeline import bind_to_parent, wait_for_stop
from watchllm_server.processor.pricing import load_prices
from watchllm_server.processor.service import run_processor
from watchllm_server.security.private_file import write_private
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.events import event_store_is_current
from watchllm_server.wiring.processor import ProcessorParts, open_processor

START_POLL_S: Final = 0.05
# Events have no cycles. With Python's own thresholds (700, 10, 10), looking for some took a twelfth of the time.
GC_THRESHOLDS: Final = (100_000, 20, 20)


async def run(settings: Settings, parent_pid: int | None) -> None:
    """Store accepted events until told to stop; the bundle at hand is finished first."""
    if parent_pid is not None:
        bind_to_parent(parent_pid)
    clock = SystemClock()
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_stop(parent_pid))
    waiting.add_done_callback(lambda _: stop.set())
    async with open_processor(settings, clock) as parts:
        await asyncio.gather(asyncio.to_thread(load_prices), _wait_for_tables(parts, stop))
        if not stop.is_set():
            await parts.worker.warm_up()
        # What is loaded stays: without it, a collection looks at all of it again, several times in each bundle.
        keep_what_is_loaded(GC_THRESHOLDS)
        # `serve` says that it is ready when events are not only accepted but stored at once.
        write_private(settings.run_dir / "processor.json", msgspec.json.encode({"pid": os.getpid()}))
        await run_processor(parts.worker, parts.upkeep, stop=stop)
    await waiting


async def _wait_for_tables(parts: ProcessorParts, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(StoreUnavailable):
            if await event_store_is_current(parts.client):
                return
        await asyncio.sleep(START_POLL_S)
