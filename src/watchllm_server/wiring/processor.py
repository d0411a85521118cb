"""The processor's parts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.model.ids import new_owner_id
from watchllm_server.processor.erasing import Eraser
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.losses import LossMender
from watchllm_server.processor.reconcile import Reconciler
from watchllm_server.processor.summaries import Summaries
from watchllm_server.processor.tombstones import KnownTombstones
from watchllm_server.processor.upkeep import Purger, Upkeep
from watchllm_server.processor.worker import Worker, WorkerOptions
from watchllm_server.settings import Settings
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.eraser import ClickHouseEraser
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.wiring.events import event_client
from watchllm_server.wiring.stores import formats, limits_of, open_metadata, open_queue

DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class ProcessorParts:
    """What the role of the processor runs on."""

    client: Client
    worker: Worker
    upkeep: Upkeep


@asynccontextmanager
async def open_processor(settings: Settings, clock: Clock):
    """Open the stores of a processor, and close them after."""
    queue = await open_queue(settings, clock)
    client = event_client(settings)
    writer = ClickHouseWriter(client)
    metadata = await open_metadata(settings)
    eraser = ClickHouseEraser(client, writer)
    tombstones = KnownTombstones(metadata, eraser, clock)
    options = WorkerOptions(
        max_events=settings.bundle_max_events,
        max_bytes=settings.bundle_max_bytes,
        interval_s=settings.bundle_interval_ms / 1000,
        lease_s=settings.lease_s,
        retry_min_s=settings.retry_min_s,
        retry_max_s=settings.retry_max_s,
    )
    handlers = Handlers(formats(), limits_of(settings))
    summaries = Summaries(queue, writer, clock)
    erasing = Eraser(queue, eraser, metadata, summaries, clock, restore_s=settings.project_restore_days * DAY_S)
    reconciler = Reconciler(queue, writer, tombstones, handlers, clock, grace_s=settings.queue_grace_s)
    purger = Purger(queue, clock, grace_s=settings.queue_grace_s)
    mender = LossMender(queue, writer)
    owner = new_owner_id()
    parts = [part.run for part in (summaries, reconciler, mender, erasing, purger)]
    try:
        yield ProcessorParts(
            client=client,
            worker=Worker(queue, writer, tombstones, handlers, clock, owner, options),
            upkeep=Upkeep(queue, clock, owner, parts),
        )
    finally:
        await writer.close()
        await metadata.close()
        await queue.close()
