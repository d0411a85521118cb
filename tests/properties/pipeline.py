"""Works a delivery through the real queue, processor and engine, and reads everything that came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tests.properties.deliveries import BEGAN_US, Attempt, Delivery
from watchllm_server.clock import ManualClock
from watchllm_server.dialects.contract import Limits
from watchllm_server.model.event import Event
from watchllm_server.model.ledger import minute_of
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.summaries import Summaries
from watchllm_server.processor.tombstones import KnownTombstones
from watchllm_server.processor.worker import Worker, WorkerOptions
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.stores.events.eraser import ClickHouseEraser
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.wiring.stores import formats

_PLAIN: Final = Attempt(fails="", is_overtaken=False, is_new_process=False, summarises=False)
# What a repeat may change: the acceptance, and when the engine wrote the row.
_EVENTS: Final = (
    "SELECT * EXCEPT (project_id, version, stored_at) FROM events FINAL"
    " WHERE project_id = {project:String} ORDER BY trace_id, event_id"
)
_SUMMARIES: Final = (
    "SELECT * EXCEPT (project_id, version, stored_at) FROM traces FINAL"
    " WHERE project_id = {project:String} ORDER BY trace_id"
)
_LETTERS: Final = "SELECT event_id, code, message FROM dead_letters FINAL WHERE project_id = {project:String}"


class Outcome(msgspec.Struct):
    """Everything that can be read afterwards: what of it must not depend on the delivery, and the ledger."""

    events: list[dict[str, Any]]
    summaries: list[dict[str, Any]]
    letters: list[dict[str, Any]]
    # stored, duplicate, dead-lettered, queued
    ledger: tuple[int, int, int, int]


class BreakingWriter(ClickHouseWriter):
    """The real writer; its connection breaks when told, before or after the next insert has happened."""

    breaks = ""

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        if self.breaks != "before":
            await super().insert_events(events, token)
        if self.breaks:
            raise StoreUnavailable("the connection was reset")


class Pipeline:
    """One queue and one engine; each delivery has a project of its own."""

    def __init__(self, queue: SqliteQueue, client: Client, metadata: MetadataStore, clock: ManualClock) -> None:
        self._queue = queue
        self._client = client
        self._clock = clock
        self._writer = BreakingWriter(client)
        self._tombstones = KnownTombstones(metadata, ClickHouseEraser(client, self._writer), clock)
        self._summaries = Summaries(queue, self._writer, clock)

    def _worker(self) -> Worker:
        options, handlers = WorkerOptions(interval_s=0), Handlers(formats(), Limits())
        return Worker(self._queue, self._writer, self._tombstones, handlers, self._clock, "owner", options)

    async def outcome_of(self, delivery: Delivery) -> Outcome:
        """Accept and store a delivery in a new project; returns what is there when nothing waits any more."""
        project_id = f"proj_{uuid.uuid4().hex}"
        worker = self._worker()
        attempts = list(delivery.attempts)
        for form, event_ids, body in delivery.entries():
            await self._queue.enqueue(
                NewEntry(
                    project_id=project_id, format=form, body=body, event_ids=event_ids, accepted_at_us=BEGAN_US
                )
            )  # fmt: skip
            # Half of the entries are worked on as they come, the others wait for the end.
            if len(event_ids) % 2:
                worker = await self._work(worker, delivery.bundle_events, attempts.pop(0) if attempts else _PLAIN)
        while (await self._queue.depth()).entries:
            worker = await self._work(worker, delivery.bundle_events, attempts.pop(0) if attempts else _PLAIN)
        while await self._summarise():
            pass
        return await self._read(project_id)

    async def _work(self, worker: Worker, bundle_events: int, attempt: Attempt) -> Worker:
        """Work on one bundle, with what the attempt says around it."""
        if attempt.is_new_process:
            worker = self._worker()
            await worker.take_over()
        bundle = await self._queue.lease("owner", max_events=bundle_events, max_bytes=1 << 30, lease_s=60)
        if bundle is not None:
            self._writer.breaks = attempt.fails
            await worker.work(bundle)
            self._writer.breaks = ""
        if attempt.summarises:
            await self._summarise()
        if bundle is None or not attempt.is_overtaken:
            # Beyond every pause after a failure.
            self._clock.advance(60)
        return worker

    async def _summarise(self) -> int:
        self._clock.advance(1)
        return await self._summaries.compute_round()

    async def _read(self, project_id: str) -> Outcome:
        asked = {"project": project_id}
        (minute,) = await self._queue.list_ledger(
            project_id, from_us=minute_of(BEGAN_US), to_us=minute_of(BEGAN_US) + 1
        )
        assert minute.is_balanced, minute
        return Outcome(
            events=await self._client.read_rows(_EVENTS, asked),
            summaries=await self._client.read_rows(_SUMMARIES, asked),
            letters=await self._client.read_rows(_LETTERS, asked),
            ledger=(minute.stored, minute.duplicate, minute.dead_lettered, minute.queued),
        )
