"""Takes bundles from the queue and puts their events into the event store, each exactly once.

The order of steps is the promise: plan kept → rows inserted under the bundle's token → dead letters kept →
acknowledged. A kill between any two repeats the later ones with the same result.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from watchllm_server import failpoints, telemetry
from watchllm_server.clock import Clock
from watchllm_server.errors import WatchLLMError
from watchllm_server.model.event import Event
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.isolate import insert_what_can_be
from watchllm_server.processor.outage import Outage
from watchllm_server.processor.plan import Contents, contents_of, settlements_of
from watchllm_server.processor.tombstones import KnownTombstones
from watchllm_server.stores.events.contract import EventWriter, QueryLimit, StoreUnavailable
from watchllm_server.stores.queue.contract import Bundle, EventKey, LeaseLost, Queue, TouchedTrace

# Asking an empty queue is one read of one row: ten times a second is 0.2 % of a core.
IDLE_WAIT_S: Final = 0.1


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much at once and how patiently; each is a setting."""

    max_events: int = 10_000
    max_bytes: int = 32 * 1024 * 1024
    interval_s: float = 0.25
    lease_s: float = 60.0
    retry_min_s: float = 1.0
    retry_max_s: float = 30.0


class Worker:
    """One processor. `run` several times beside each other maps one bundle while another is being inserted."""

    def __init__(
        self,
        queue: Queue,
        writer: EventWriter,
        tombstones: KnownTombstones,
        handlers: Handlers,
        clock: Clock,
        owner: str,
        options: WorkerOptions,
    ) -> None:
        self._queue = queue
        self._writer = writer
        self._tombstones = tombstones
        self._handlers = handlers
        self._clock = clock
        self._owner = owner
        self._options = options
        self._leasing = asyncio.Lock()
        # In one interpreter, two bundles that are mapped at once take longer than one after the other.
        self._mapping = asyncio.Lock()
        self._last_lease_s = 0.0
        self._outage = Outage(clock)

    async def take_over(self) -> None:
        """Take up at once what an earlier process has given back: call once before `run`."""
        await self._queue.hasten()

    async def warm_up(self) -> None:
        """Load what the first bundle would otherwise wait for: the first event of all is the one that is watched."""
        with contextlib.suppress(StoreUnavailable):
            await self._writer.warm_up()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the bundle at hand is finished first."""
        while (bundle := await self._next_bundle(stop)) is not None:
            await self.work(bundle)

    async def _next_bundle(self, stop: asyncio.Event) -> Bundle | None:
        """Wait for the next bundle, one worker at a time; None when `stop` is set."""
        options = self._options
        async with self._leasing:
            # When little comes, waiting makes fewer and larger inserts; under load it costs nothing.
            wait_s = self._last_lease_s + options.interval_s - self._clock.monotonic_s()
            while not stop.is_set():
                await asyncio.sleep(max(wait_s, 0))
                wait_s = IDLE_WAIT_S
                if self._outage.is_pausing():
                    continue
                bundle = await self._queue.lease(
                    self._owner, max_events=options.max_events, max_bytes=options.max_bytes, lease_s=options.lease_s
                )
                if bundle is not None:
                    self._last_lease_s = self._clock.monotonic_s()
                    self._outage.began()
                    return bundle
        return None

    async def work(self, bundle: Bundle) -> None:
        """Store one bundle and acknowledge it, or give it back."""
        started_s = self._clock.monotonic_s()
        try:
            async with self._kept_alive(bundle):
                contents = await self._store(bundle)
        except LeaseLost:
            telemetry.lease_lost(bundle.bundle_id)
        except (StoreUnavailable, QueryLimit, WatchLLMError) as error:
            await self._give_back(bundle, error)
        else:
            self._outage.succeeded()
            damaged = sum(len(entry.event_ids) for entry in bundle.entries if entry.damage)
            if damaged:
                telemetry.queue_damaged(bundle.bundle_id, damaged)
            telemetry.bundle_stored(
                bundle.bundle_id, len(contents.events), len(contents.letters), self._clock.monotonic_s() - started_s
            )

    @asynccontextmanager
    async def _kept_alive(self, bundle: Bundle):
        async def extend() -> None:
            while True:
                await asyncio.sleep(self._options.lease_s / 3)
                await self._queue.extend(bundle, self._options.lease_s)

        extending = asyncio.create_task(extend())
        try:
            yield
        finally:
            extending.cancel()
            await asyncio.wait([extending])
            if not extending.cancelled():
                # Only LeaseLost ends it: the next step of the bundle finds the same.
                extending.exception()

    async def _store(self, bundle: Bundle) -> Contents:
        failpoints.reach("processor.leased")
        async with self._mapping:
            contents = await asyncio.to_thread(lambda: contents_of(self._handlers.read(bundle.entries)))
        await self._tombstones.drop_deleted(contents)
        repeats = await self._plan(bundle, contents)
        failpoints.reach("processor.before_insert")
        letters = await insert_what_can_be(self._writer, contents.events, f"bundle-{bundle.bundle_id}")
        failpoints.reach("processor.inserted")
        if letters:
            refused = {(letter.project_id, letter.event_id) for letter in letters}
            contents.events = [e for e in contents.events if (e.project_id, e.event_id) not in refused]
            contents.letters = contents.letters + letters
        if contents.letters:
            contents.letters = await asyncio.to_thread(self._handlers.complete, bundle.entries, contents.letters)
        failpoints.reach("processor.before_dead_letters")
        await self._writer.insert_dead_letters(contents.letters)
        failpoints.reach("processor.after_dead_letters")
        traces = {(event.project_id, event.trace_id): None for event in contents.events}
        touched = [TouchedTrace(project_id, trace_id) for project_id, trace_id in traces]
        failpoints.reach("processor.before_acknowledge")
        await self._queue.acknowledge(bundle, settlements_of(contents, repeats), touched)
        failpoints.reach("processor.acknowledged")
        return contents

    async def _plan(self, bundle: Bundle, contents: Contents) -> Collection[EventKey]:
        """Decide once which events are repeats: of stored ones, or of ones that another bundle will store."""
        if bundle.repeats is not None:
            return bundle.repeats
        events = contents.events
        known = await self._known_traces(events)
        suspects = [(e.project_id, e.trace_id, e.event_id) for e in events if (e.project_id, e.trace_id) in known]
        stored = await self._writer.find_versions(suspects) if suspects else {}
        # A row under the version of the event is its own: of an attempt whose plan was damaged or lost.
        own = {(e.project_id, e.event_id): e.version for e in events}
        repeats = [key for key, version in stored.items() if version != own[key]]
        letters = [(letter.project_id, letter.event_id) for letter in contents.letters]
        planned = await self._queue.record_plan(bundle, repeats, letters)
        failpoints.reach("processor.planned")
        return planned

    async def _known_traces(self, events: Sequence[Event]) -> set[tuple[str, str]]:
        traces = {(event.project_id, event.trace_id): None for event in events}
        # In this order: a trace that waits no more has its summary in the store.
        touched = await self._queue.find_touched(traces)
        return touched | await self._writer.find_known_traces([trace for trace in traces if trace not in touched])

    async def _give_back(self, bundle: Bundle, failure: Exception) -> None:
        error = f"{type(failure).__name__}: {failure}"
        delay_s = min(self._options.retry_max_s, self._options.retry_min_s * 2 ** (bundle.attempts - 1))
        # Half to one and a half times, so that several processors do not come back together.
        delay_s *= 0.5 + random.random()  # noqa: S311
        if isinstance(failure, StoreUnavailable):
            self._outage.failed(bundle.bundle_id, delay_s)
        telemetry.bundle_failed(bundle.bundle_id, bundle.attempts, error, delay_s)
        try:
            await self._queue.release(bundle, delay_s=delay_s, error=error)
        except LeaseLost:
            telemetry.lease_lost(bundle.bundle_id)
