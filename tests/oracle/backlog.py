"""A backlog of another project in the queue of a running server, as a long outage leaves it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from watchllm_server.clock import SystemClock
from watchllm_server.model.ledger import minute_of
from watchllm_server.settings import load_settings
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.wiring.stores import open_queue

PROJECT_ID: Final = "proj_backlog"
_BATCH: Final = 100
# As many as one commit takes.
_AT_ONCE: Final = 256
# A million events at the slowest rate that is promised, with room for a busy machine.
_SETTLED_S: Final = 900.0


async def pile_up(data_dir: Path, events: int) -> None:
    """Accept so many events as ingest does, from a process beside it."""
    clock = SystemClock()
    queue = await open_queue(load_settings(data_dir=data_dir), clock)
    try:
        for first in range(0, events, _BATCH * _AT_ONCE):
            batches = range(first, min(events, first + _BATCH * _AT_ONCE), _BATCH)
            await asyncio.gather(*(queue.enqueue(_entry(number, clock.now_us())) for number in batches))
    finally:
        await queue.close()


def _entry(first: int, now_us: int) -> NewEntry:
    ids = [f"backlog-{number}" for number in range(first, first + _BATCH)]
    events = [
        {"eventId": event_id, "traceId": f"backlog-{first}", "type": "log", "body": {"level": "info", "message": "m"}}
        for event_id in ids
    ]
    body = msgspec.json.encode(events)
    return NewEntry(project_id=PROJECT_ID, format="native.json", body=body, event_ids=ids, accepted_at_us=now_us)


async def settled_backlog(data_dir: Path, events: int) -> None:
    """Return when all of it is stored. Raises AssertionError when the ledger has it otherwise."""
    clock = SystemClock()
    queue = await open_queue(load_settings(data_dir=data_dir), clock)
    try:
        async with asyncio.timeout(_SETTLED_S):
            while True:
                minutes = await queue.list_ledger(PROJECT_ID, from_us=0, to_us=minute_of(clock.now_us()) + 60_000_000)
                if not any(minute.queued for minute in minutes):
                    break
                await asyncio.sleep(0.5)
    finally:
        await queue.close()
    found = {name: sum(getattr(minute, name) for minute in minutes) for name in ("received", "stored", "duplicate")}
    assert found == {"received": events, "stored": events, "duplicate": 0}, found
