"""What a server costs that nobody uses: memory and processor time of all its processes over a while."""

from __future__ import annotations

import asyncio

from tests.oracle.server import Server

from bench.figures import Figure, judged
from bench.memory import cpu_by_process, use_by_process, use_of_group
from watchllm_server.clock import SystemClock

MAX_IDLE_MB = 900.0
MAX_IDLE_CORE_PERCENT = 2.0
# After a start or a load, caches are written and parts merged; that is not idling yet.
SETTLE_S = 15.0


async def measure_idle(server: Server, *, seconds: float) -> list[Figure]:
    """Return memory and processor time of a running server that gets no requests."""
    await asyncio.sleep(SETTLE_S)
    clock = SystemClock()
    before, started_s = cpu_by_process(server.pid), clock.monotonic_s()
    await asyncio.sleep(seconds)
    used, elapsed_s = cpu_by_process(server.pid), clock.monotonic_s() - started_s
    after = use_of_group(server.pid)
    shares = {f"{name}_percent": round((used[name] - before[name]) / elapsed_s * 100, 2) for name in used}
    percent = sum(shares.values())
    parts = {f"{name}_mb": round(size / 1e6) for name, size in use_by_process(server.pid).items()}
    return [
        judged(
            "idle_memory",
            after.pss_bytes / 1e6,
            "MB (PSS, all processes)",
            "<",
            MAX_IDLE_MB,
            processes=after.processes,
            **parts,
        ),
        judged("idle_cpu", percent, "% of a core", "<", MAX_IDLE_CORE_PERCENT, seconds=round(elapsed_s), **shares),
    ]
