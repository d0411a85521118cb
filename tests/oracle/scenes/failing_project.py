"""D-11: every event of one project fails for a while: all of them become dead letters, and no other project notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from tests.oracle.api import Api
from tests.oracle.chaos import percentile
from tests.oracle.run import Run, p99_ms
from tests.oracle.scenes.connection import INGEST_P99_MS
from tests.oracle.sender import Attempt
from tests.oracle.server import API_KEY, Server
from watchllm_server.clock import Clock, SystemClock
from watchllm_server.model.ledger import minute_of
from watchllm_server.settings import load_settings
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.queue.contract import NewEntry, Queue
from watchllm_server.wiring.events import event_client
from watchllm_server.wiring.stores import open_queue

FAILING: Final = "proj_failing"
PROBING: Final = "proj_probing"
# The row says that nobody else may need twice as long.
MOST_SLOWER: Final = 2.0
# Seconds of (acknowledged, visible) below which a busy machine is all that can be measured.
FLOORS_S: Final = (INGEST_P99_MS / 1_000, 3.0)
_FIND: Final = "SELECT 1 AS found FROM events WHERE project_id = {project:String} AND event_id = {event:String}"
_BATCH: Final = 10
_PROBE_EVERY_S: Final = 0.5
_PROBE_TIMEOUT_S: Final = 60.0


async def fail_one_project(folder: Path, seconds: float, *, baseline_s: float, events_per_s: float = 100.0) -> str:
    """Have every event of one project fail, half at reading and half at the store, while others send and look."""
    server = Server(folder / "data")
    clock = SystemClock()
    run = Run(folder, server.base_url, seed=11, events_per_s=200.0)
    calm: list[float] = []
    troubled: list[float] = []
    turned_s: list[float] = []
    try:
        await server.start()
        async with _queue_and_store(server) as (queue, store):
            sent: list[int] = []

            async def trouble() -> None:
                await _look_for(queue, store, calm, baseline_s)
                turned_s.append(clock.monotonic_s())
                sending = asyncio.create_task(_send(queue, clock, seconds, events_per_s))
                await _look_for(queue, store, troubled, seconds)
                sent.append(await sending)

            await run.send_while(trouble())
            verdict = await run.judge()
            dead = await _settled(queue, clock, sent[0])
            shown = await _dead_lettered_shown(server)
    finally:
        await server.kill_tree()
    assert dead == sent[0], f"{sent[0]} events failed and {dead} are dead letters"
    assert shown >= dead, f"the metric says {shown} of {dead}"
    answered = run.answered(200, 202)
    before, during = _halves(answered, turned_s[0])
    for what, was, now, floor in (
        ("acknowledged", p99_ms(before) / 1_000, p99_ms(during) / 1_000, FLOORS_S[0]),
        ("visible", percentile(calm, 99), percentile(troubled, 99), FLOORS_S[1]),
    ):
        assert now <= max(floor, MOST_SLOWER * was), f"{what}: p99 {was:.3f} s before and {now:.3f} s meanwhile"
    return (
        f"D-11: {sent[0]} events of a project failed in {seconds:.0f} s, {dead} dead letters; of the other one "
        f"acknowledged p99 {p99_ms(before):.0f} ms before and {p99_ms(during):.0f} ms meanwhile, visible p99 "
        f"{percentile(calm, 99):.2f} s and {percentile(troubled, 99):.2f} s, {verdict.stored} events stored once"
    )


@asynccontextmanager
async def _queue_and_store(server: Server) -> AsyncGenerator[tuple[Queue, Client]]:
    """Give the queue and the event store of a running server: what fails has passed the checks of ingest."""
    settings = load_settings(data_dir=server.data_dir)
    client = event_client(settings)
    queue = await open_queue(settings, SystemClock())
    try:
        yield queue, client
    finally:
        await queue.close()
        await client.close()


async def _send(queue: Queue, clock: Clock, seconds: float, events_per_s: float) -> int:
    """Enqueue events of the failing project for some seconds, as ingest does; returns how many."""
    started_s = clock.monotonic_s()
    count = 0
    while (spent_s := clock.monotonic_s() - started_s) < seconds:
        if count > spent_s * events_per_s:
            await asyncio.sleep(0.01)
            continue
        ids = [f"failing-{number}" for number in range(count, count + _BATCH)]
        # In turns: a format that this version does not read, and a text that no column takes.
        form, body = ("gone.json", b"[]") if count // _BATCH % 2 else ("native.json", _unstorable(ids))
        await queue.enqueue(_entry(clock, FAILING, ids, form, body))
        count += _BATCH
    return count


def _unstorable(ids: list[str]) -> bytes:
    events = [{"eventId": event_id, "type": "log", "body": {"level": "info", "message": "m"}} for event_id in ids]
    # Half of a pair of surrogates: ingest refuses it, and it has no bytes in UTF-8.
    return msgspec.json.encode(events).replace(b'"m"', b'"\\ud800"')


def _entry(clock: Clock, project_id: str, ids: list[str], form: str, body: bytes) -> NewEntry:
    return NewEntry(project_id=project_id, format=form, body=body, event_ids=ids, accepted_at_us=clock.now_us())


async def _look_for(queue: Queue, store: Client, seconds_until_visible: list[float], seconds: float) -> None:
    """Accept an event of a third project now and then, and note how long it takes until it is stored."""
    clock = SystemClock()
    until_s = clock.monotonic_s() + seconds
    while clock.monotonic_s() < until_s:
        accepted_s = clock.monotonic_s()
        event_id = f"probe-{clock.now_us()}"
        event = {"eventId": event_id, "type": "log", "body": {"level": "info", "message": "p"}}
        await queue.enqueue(_entry(clock, PROBING, [event_id], "native.json", msgspec.json.encode([event])))
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            # What another process has stored tells nobody.
            while not await store.read_rows(_FIND, {"project": PROBING, "event": event_id}):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        seconds_until_visible.append(clock.monotonic_s() - accepted_s)
        await asyncio.sleep(_PROBE_EVERY_S)


async def _settled(queue: Queue, clock: Clock, sent: int) -> int:
    """Return how many events of the failing project are dead letters, once none of them waits any more."""
    async with asyncio.timeout(300):
        while True:
            minutes = await queue.list_ledger(FAILING, from_us=0, to_us=minute_of(clock.now_us()) + 60_000_000)
            assert all(minute.is_balanced for minute in minutes)
            if sum(minute.queued for minute in minutes) == 0:
                break
            await asyncio.sleep(0.2)
    assert sum(minute.received for minute in minutes) == sent
    return sum(minute.dead_lettered for minute in minutes)


async def _dead_lettered_shown(server: Server) -> float:
    """Return what an operator's alert is made of."""
    async with Api(server.base_url, API_KEY) as api:
        text = await api.text("/metrics")
    name = "watchllm_dead_lettered_last_hour_events "
    return next(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))


def _halves(attempts: list[Attempt], turned_s: float) -> tuple[list[Attempt], list[Attempt]]:
    before = [attempt for attempt in attempts if attempt.at_s < turned_s]
    return before, [attempt for attempt in attempts if attempt.at_s >= turned_s]
