"""A queue, a writer and workers over one project, and a format whose bodies are fields of events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from watchllm_server.clock import ManualClock
from watchllm_server.dialects.contract import Accepted, Limits, Named, Part, Rewriter
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.ledger import minute_of
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.reconcile import Reconciler
from watchllm_server.processor.tombstones import KnownTombstones
from watchllm_server.processor.worker import Worker, WorkerOptions
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.eraser import ClickHouseEraser
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.stores.queue.sqlite import SqliteQueue

AT_US = 1_795_000_000_000_000


class LineFormat:
    """A format for these tests: a JSON list of `Event` fields; `{"bad": true}` cannot be mapped."""

    name = "test.lines"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        return Named(event_ids=[item["event_id"] for item in json.loads(body)], rejected=[])

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        return body

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return [self._event(item, accepted) for item in json.loads(body)]

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        items = json.loads(body)
        return [Part(json.dumps([items[index]]).encode(), json.dumps([items[index]])) for index in indexes]

    def _event(self, item: dict[str, Any], accepted: Accepted) -> Event | UnreadableEvent:
        stamps: dict[str, Any] = {"project_id": accepted.project_id, "accepted_at_us": accepted.accepted_at_us}
        if item.pop("bad", False):
            return UnreadableEvent(
                event_id=item["event_id"],
                version=accepted.sequence,
                code="unmappable",
                message="bad",
                content="{}",
                **stamps,
            )
        fields: dict[str, Any] = {"trace_id": "t", "type": "span", "start_us": AT_US, **item}
        return Event(version=accepted.sequence, **stamps, **fields)


class Pipe:
    """A queue, a writer and a worker over one project."""

    def __init__(self, queue: SqliteQueue, client: Client, metadata: MetadataStore, clock: ManualClock) -> None:
        self.project_id = f"proj_{uuid.uuid4().hex[:8]}"
        self.queue = queue
        self.client = client
        self.clock = clock
        self.writer = ClickHouseWriter(client)
        self.eraser = ClickHouseEraser(client, self.writer)
        self.metadata = metadata
        self.tombstones = KnownTombstones(metadata, self.eraser, clock)

    def worker(self, writer: Any = None, owner: str = "a") -> Worker:
        return self.worker_with(Handlers({LineFormat.name: LineFormat()}, Limits()), writer, owner)

    def worker_with(self, handlers: Handlers, writer: Any = None, owner: str = "a") -> Worker:
        options = WorkerOptions(interval_s=0)
        return Worker(self.queue, writer or self.writer, self.tombstones, handlers, self.clock, owner, options)

    def reconciler(self, handlers: Handlers) -> Reconciler:
        return Reconciler(self.queue, self.writer, self.tombstones, handlers, self.clock, grace_s=600)

    async def send(self, *items: dict[str, Any]) -> int:
        entry = NewEntry(
            project_id=self.project_id, format=LineFormat.name, body=json.dumps(items).encode(),
            event_ids=[item["event_id"] for item in items], accepted_at_us=AT_US,
        )  # fmt: skip
        return await self.queue.enqueue(entry)

    async def work(self, worker: Worker) -> None:
        bundle = await self.queue.lease("a", max_events=10_000, max_bytes=1 << 30, lease_s=60)
        assert bundle is not None
        await worker.work(bundle)

    async def stored(self, columns: str = "event_id, name") -> list[dict[str, Any]]:
        sql = f"SELECT {columns} FROM events FINAL WHERE project_id = {{p:String}} ORDER BY event_id"
        return await self.client.read_rows(sql, {"p": self.project_id})

    async def ledger(self) -> tuple[int, int, int, int]:
        minute = minute_of(AT_US)
        (row,) = await self.queue.list_ledger(self.project_id, from_us=minute, to_us=minute + 1)
        assert row.is_balanced, row
        return row.queued, row.stored, row.duplicate, row.dead_lettered
