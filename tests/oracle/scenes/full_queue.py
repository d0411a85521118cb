"""D-13 and D-14: more comes than can be stored: refused before accepting, or stored to the last event."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from tests.oracle.run import Run
from tests.oracle.server import Server
from watchllm_server.clock import SystemClock

MAX_RSS_BYTES: Final = 512 * 1024 * 1024
RETRY_S: Final = (1, 30)


async def overfill(folder: Path, seconds: float, *, capacity: int) -> str:
    """D-13: the queue is at its cap for minutes, while clients send as fast as they can."""
    server = Server(folder / "data", environment={"WATCHLLM_QUEUE_MAX_EVENTS": str(capacity)})
    run = Run(folder, server.base_url, seed=13, events_per_s=0, clients=16)
    most_rss = [0]

    async def press() -> None:
        clock = SystemClock()
        until_s = clock.monotonic_s() + seconds
        engine = server.engine_pid()
        while clock.monotonic_s() < until_s:
            # The store is slow in turns, so that the cap is reached whatever the machine can do.
            os.kill(engine, signal.SIGSTOP)
            await asyncio.sleep(1)
            os.kill(engine, signal.SIGCONT)
            await asyncio.sleep(1)
            most_rss[0] = max(most_rss[0], rss_bytes(server.pid))

    try:
        await server.start()
        await run.send_while(press())
        verdict = await run.judge()
    finally:
        await server.kill_tree()
    refused = run.answered(429)
    assert refused, "the cap was never reached"
    assert not run.answered(500)
    waits = {attempt.retry_after_s for attempt in run.answered(429, 503)}
    assert None not in waits, "a refusal had no Retry-After"
    assert all(RETRY_S[0] <= (wait or 0) <= RETRY_S[1] for wait in waits), waits
    assert len(waits) > 1, f"every client is told to come back at once: {waits}"
    assert most_rss[0] <= MAX_RSS_BYTES, f"{most_rss[0]} bytes"
    return (
        f"D-13: {seconds:.0f} s against a cap of {capacity} events, {len(refused)} refusals with Retry-After "
        f"{min(w or 0 for w in waits):.0f} to {max(w or 0 for w in waits):.0f} s, ingest at most "
        f"{most_rss[0] / 1024 / 1024:.0f} MiB, {verdict.stored} events stored once"
    )


async def burst(folder: Path, events: int, times: int) -> str:
    """D-14: events as fast as 16 clients can send them; every one is there, the first ones too."""
    rates: list[str] = []
    for number in range(times):
        server = Server(folder / f"data{number}")
        run = Run(folder, server.base_url, seed=140 + number, events_per_s=0, clients=16)
        clock = SystemClock()
        try:
            await server.start()
            began_s = clock.monotonic_s()
            await run.send_while(run.issued(events))
            sent_s = clock.monotonic_s() - began_s
            verdict = await run.judge(texts=200)
        finally:
            await server.kill_tree()
        assert verdict.stored >= events
        rates.append(
            f"{verdict.stored} in {sent_s:.0f} s, all there {verdict.drained_after_s:.0f} s later "
            f"({verdict.outcomes.get('429', 0)} refusals)"
        )
    return f"D-14: {times} bursts: {'; '.join(rates)}"


def rss_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
