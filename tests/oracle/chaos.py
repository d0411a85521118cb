"""Faults on a schedule: kills of the whole server and of its engine, at random moments, and the times back to ready.

It never touches data, and never kills a process that the server did not start.
"""

from __future__ import annotations

import asyncio
import random

import msgspec

from tests.oracle.server import Server
from watchllm_server.clock import SystemClock

# After ready, the server lives this long before the next kill.
MIN_LIFE_S, MAX_LIFE_S = 0.05, 1.5


class Faults(msgspec.Struct):
    """What was done to the server, and how long it needed each time."""

    tree_kills: int = 0
    engine_kills: int = 0
    ready_after_s: list[float] = msgspec.field(default_factory=list[float])
    engine_back_after_s: list[float] = msgspec.field(default_factory=list[float])

    def summary(self) -> str:
        """Return one line for the report."""
        return (
            f"{self.tree_kills} kills of the tree (ready again p50 {percentile(self.ready_after_s, 50):.2f} s, "
            f"p99 {percentile(self.ready_after_s, 99):.2f} s), {self.engine_kills} of the engine "
            f"(back p50 {percentile(self.engine_back_after_s, 50):.2f} s, "
            f"p99 {percentile(self.engine_back_after_s, 99):.2f} s)"
        )


async def kill_tree_repeatedly(server: Server, times: int, faults: Faults, chance: random.Random) -> None:
    """Kill -9 the whole server `times` times, each a random moment after it was ready, and start it again."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(MIN_LIFE_S, MAX_LIFE_S))
        await server.kill_tree()
        faults.tree_kills += 1
        faults.ready_after_s.append(await server.start())


async def kill_engine_repeatedly(server: Server, times: int, faults: Faults, chance: random.Random) -> None:
    """Kill -9 the engine alone `times` times, each a random moment after the server was ready."""
    clock = SystemClock()
    for _ in range(times):
        await asyncio.sleep(chance.uniform(MIN_LIFE_S, MAX_LIFE_S))
        killed_s = clock.monotonic_s()
        await server.kill_engine()
        faults.engine_kills += 1
        faults.engine_back_after_s.append(clock.monotonic_s() - killed_s)


def percentile(values: list[float], percent: float) -> float:
    """Return the value at `percent` of the sorted values (nearest rank), or 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
