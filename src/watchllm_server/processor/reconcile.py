"""Looks again for what was stored: the ids of acknowledged bundles must be in the event store or the dead letters.

An engine may lose what it said it had stored: near a full disk one did, and a power cut may take what a disk's cache
held. So entries stay in the queue for a period of grace; after half of it, and after every start, their ids are looked
for, and what is missing is stored again under its old version. By ids, never by counts of rows: a row that replaced
another leaves the count alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from watchllm_server import failpoints, telemetry
from watchllm_server.clock import Clock
from watchllm_server.errors import Unavailable
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.isolate import insert_what_can_be
from watchllm_server.processor.tombstones import KnownTombstones
from watchllm_server.stores.events.contract import EventWriter, QueryLimit, StoreUnavailable
from watchllm_server.stores.queue.contract import Queue, SettledBundle, TouchedTrace

# Small bundles are looked for together: about as many ids as a full one has.
EVENTS_PER_ROUND: Final = 10_000
INTERVAL_S: Final = 5.0


class Reconciler:
    """The loop that looks for the events of acknowledged bundles."""

    def __init__(
        self,
        queue: Queue,
        writer: EventWriter,
        tombstones: KnownTombstones,
        handlers: Handlers,
        clock: Clock,
        *,
        grace_s: float,
    ) -> None:
        self._queue = queue
        self._writer = writer
        self._tombstones = tombstones
        self._handlers = handlers
        self._clock = clock
        self._grace_us = int(grace_s * MICROSECONDS)
        # Whether events were missing: then summaries may be missing too, also of traces all of whose events are there.
        self._has_lost = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await self._queue.uncheck()
        started_us = self._clock.now_us()
        while not stop.is_set():
            before_us = max(started_us, self._clock.now_us() - self._grace_us // 2)
            try:
                found = await self.check_round(before_us)
            except (StoreUnavailable, QueryLimit, Unavailable) as error:
                telemetry.reconciliation_failed(str(error))
                found = 0
            with contextlib.suppress(TimeoutError):
                # A round as long as a pause: after a start, new events come before old ones.
                await asyncio.wait_for(stop.wait(), 0.1 if found else INTERVAL_S)

    async def check_round(self, acknowledged_before_us: int) -> int:
        """Look for the events of some bundles and store what is missing; returns how many bundles there were."""
        settled = await self._queue.list_unchecked(
            acknowledged_before_us=acknowledged_before_us, max_events=EVENTS_PER_ROUND
        )
        if not settled:
            self._has_lost = False
            return 0
        missing = await self._missing(settled)
        touched: list[TouchedTrace] = []
        for bundle in settled:
            ids = {(p, e) for p, events in bundle.event_ids.items() for e in events if (p, e) in missing}
            if ids:
                touched += await self._store_again(bundle, ids)
        if self._has_lost:
            touched += [TouchedTrace(*trace) for bundle in settled for trace in bundle.traces]
        await self._queue.mark_checked([bundle.bundle_id for bundle in settled], touched)
        if missing and not self._has_lost:
            # Those that were looked at before come again: their summaries may be of what the store had lost.
            self._has_lost = True
            await self._queue.uncheck()
        return len(settled)

    async def _missing(self, settled: list[SettledBundle]) -> set[tuple[str, str]]:
        """Return the (project, event id) of bundles that no store has."""
        missing: set[tuple[str, str]] = set()
        first, last = min(b.first_sequence for b in settled), max(b.last_sequence for b in settled)
        deleted = await self._tombstones.current()
        for project_id in {project_id for bundle in settled for project_id in bundle.event_ids} - deleted.projects:
            wanted = {event_id for bundle in settled for event_id in bundle.event_ids.get(project_id, ())}
            traces = {trace_id for bundle in settled for project, trace_id in bundle.traces if project == project_id}
            # Nearly all are there with the versions of these bundles; only for the rest are ids asked one by one.
            wanted -= await self._writer.find_ids_of_versions(project_id, sorted(traces), first, last)
            if wanted:
                wanted -= await self._writer.find_known_ids(project_id, sorted(wanted))
            missing |= {(project_id, event_id) for event_id in wanted}
        return missing

    async def _store_again(self, bundle: SettledBundle, ids: set[tuple[str, str]]) -> list[TouchedTrace]:
        entries = await self._queue.read_settled(bundle.bundle_id)
        results = await asyncio.to_thread(self._handlers.read, entries)
        lost = [item for _, mapped in results for item in mapped if (item.project_id, item.event_id) in ids]
        deleted = await self._tombstones.current()
        events = [item for item in lost if isinstance(item, Event)]
        for event in events:
            event.trace_id = event.trace_id or event.event_id
        events = [event for event in events if not deleted.cover(event.project_id, event.trace_id)]
        letters = [item for item in lost if isinstance(item, UnreadableEvent)]
        failpoints.reach("reconcile.before_insert")
        # A new token each time: the bundle's own would be taken for a repetition. The same row twice is one row.
        token = f"again-{bundle.bundle_id}-{self._clock.now_us()}"
        letters += await insert_what_can_be(self._writer, events, token)
        await self._writer.insert_dead_letters(self._handlers.complete(entries, letters))
        failpoints.reach("reconcile.inserted")
        telemetry.stored_again(bundle.bundle_id, len(events), len(letters))
        return [TouchedTrace(event.project_id, event.trace_id) for event in events]
