"""D-08: the event store is down for minutes; events are accepted all the same, and caught up with afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tests.oracle.api import Api
from tests.oracle.ledger import queued
from tests.oracle.run import Run, p99_ms
from tests.oracle.scenes.connection import INGEST_P99_MS, Store
from watchllm_server.clock import SystemClock

# What must be caught up with each second, as a multiple of what comes.
CATCHING_UP: Final = 5.0
_SETTLE_S: Final = 3.0


async def take_the_store_away(folder: Path, seconds: float, *, events_per_s: float) -> str:
    """Stop the engine's process for a while under load, and start it again."""
    store = Store(folder)
    caught_up: list[float] = []
    async with store.running():
        run = Run(folder, store.server.base_url, seed=8, events_per_s=events_per_s)
        clock = SystemClock()

        async def outage() -> None:
            await asyncio.sleep(_SETTLE_S)
            await store.engine.stop()
            await store.proxy.refuse()
            await asyncio.sleep(seconds)
            async with run.api() as api:
                before = await queued(api, run)
                assert before >= seconds * events_per_s * 0.5, f"only {before} events waited: the store was not away"
                await store.engine.start()
                await store.proxy.start()
                # While it is asked less and less often, the store is back for up to a wait before it is noticed.
                await _until_falling(api, run)
                began_s, waiting, issued = clock.monotonic_s(), await queued(api, run), run.record.issued_events
                await _until_below(api, run, events_per_s)
                came = run.record.issued_events - issued
                caught_up.append((waiting + came) / max(0.001, clock.monotonic_s() - began_s))

        await run.send_while(outage())
        verdict = await run.judge()
        assert not run.answered(0, 429, 500, 503), "the outage was noticed by senders"
        ingest_ms = p99_ms(run.answered(200, 202))
        assert ingest_ms <= INGEST_P99_MS, f"ingest p99 {ingest_ms:.0f} ms"
        # Of a short outage, little is measured but the wait until it is noticed that the store is back.
        is_long = seconds >= 60
        assert not is_long or caught_up[0] >= CATCHING_UP * events_per_s, f"{caught_up[0]:.0f} events/s"
    return (
        f"D-08: the store was away for {seconds:.0f} s at {events_per_s:.0f} events/s, ingest p99 {ingest_ms:.0f} ms, "
        f"caught up with {caught_up[0]:.0f} events/s, {verdict.stored} events stored once"
    )


async def _until_falling(api: Api, run: Run) -> None:
    highest = 0
    async with asyncio.timeout(120):
        while (waiting := await queued(api, run)) >= highest * 0.95:
            highest = max(highest, waiting)
            await asyncio.sleep(0.05)


async def _until_below(api: Api, run: Run, events: float) -> None:
    async with asyncio.timeout(600):
        # What the ledger says changes without telling anybody.
        while await queued(api, run) > events:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
