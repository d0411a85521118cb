"""D-21, D-22, D-47: the roles as processes of their own on Redis, of which any may die at any moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.oracle.failing import acted, armed
from tests.oracle.ledger import queued
from tests.oracle.roles import Roles
from tests.oracle.run import Run
from tests.servers.redis import RedisServer
from watchllm_server.clock import SystemClock

# Name → role, as a small installation on several machines has them.
INSTANCES: Final = {
    "ingest": "ingest",
    "ingest-2": "ingest",
    "processor-1": "processor",
    "processor-2": "processor",
    "ui-backend": "ui-backend",
    "engine": "engine",
}
# What D-22 allows: from the death of a holder until its entries are stored.
RECLAIMED_S: Final = 60.0
_LEASED_S: Final = 60.0
# Between two kills: some are hit while they start, most at work.
_PAUSE_S: Final = (0.2, 3.0)


class Apart:
    """All roles on one Redis."""

    def __init__(self, folder: Path, *redis_settings: str, **environment: str) -> None:
        self.redis = RedisServer(folder / "redis", *redis_settings)
        self.roles = Roles(folder / "data", {"WATCHLLM_QUEUE": self.redis.url, **environment})

    @property
    def ingest_urls(self) -> list[str]:
        return [self.roles.url_of(name) for name, role in INSTANCES.items() if role == "ingest"]

    @asynccontextmanager
    async def running(self, *left_out: str) -> AsyncGenerator[Apart]:
        """Start everything but what is left out, and kill what still runs after."""
        try:
            await asyncio.to_thread(self.redis.start)
            # The first project, the tables, an engine and one of each that answers.
            await self.roles.start()
            for name in INSTANCES.keys() - {"engine", "ingest", "ui-backend", *left_out}:
                self.roles.launch(INSTANCES[name], name)
            await self.roles.wait_ready()
            yield self
        finally:
            await self.roles.close()
            self.redis.kill()

    def run(self, folder: Path, seed: int, events_per_s: float) -> Run:
        """Return a run that sends to the ingests in turn."""
        return Run(folder, self.roles.reading_url, ingest_url=self.ingest_urls, seed=seed, events_per_s=events_per_s)

    async def kill(self, name: str) -> None:
        """Kill -9 one process, Redis among them, and start it again at once."""
        if name == "redis":
            self.redis.kill()
            await asyncio.to_thread(self.redis.start)
            return
        await self.roles.kill(name)
        self.roles.launch(INSTANCES[name], name)


async def kill_at_random(folder: Path, seconds: float, *, events_per_s: float, seed: int) -> str:
    """Kill one process after the other, chosen at random, for a while."""
    apart = Apart(folder)
    chance = random.Random(seed)
    kills = dict.fromkeys([*INSTANCES, "redis"], 0)
    clock = SystemClock()
    async with apart.running():
        run = apart.run(folder, seed, events_per_s)

        async def kill() -> None:
            until_s = clock.monotonic_s() + seconds
            # Each at least once, and then whoever the chance hits.
            due = list(kills)
            chance.shuffle(due)
            while clock.monotonic_s() < until_s or due:
                name = due.pop() if due else chance.choice(list(kills))
                await apart.kill(name)
                kills[name] += 1
                await asyncio.sleep(chance.uniform(*_PAUSE_S))

        await run.send_while(kill())
        await _revive(apart)
        verdict = await run.judge()
    assert verdict.outcomes.get("broken", 0) > 0, "no request was cut off"
    told = ", ".join(f"{name} {count}" for name, count in kills.items())
    return (
        f"random kills on Redis for {seconds:.0f} s ({told}): {verdict.stored} events stored once, "
        f"{verdict.ledger_duplicates} repeats counted, drained {verdict.drained_after_s:.1f} s later"
    )


async def _revive(apart: Apart) -> None:
    """Start again whoever has ended by itself, such as a role that started while a store was away."""
    for name, role in INSTANCES.items():
        if apart.roles.code(name) is not None:
            apart.roles.launch(role, name)
    await apart.roles.wait_ready()


async def die_with_entries(folder: Path, events: int) -> str:
    """D-22: a processor dies while it holds a bundle; another one stores its entries, once."""
    apart = Apart(folder)
    clock = SystemClock()
    point = "processor.leased"
    took_s: list[float] = []
    async with apart.running("processor-1", "processor-2"):
        run = apart.run(folder, 22, 0)

        async def die() -> None:
            apart.roles.launch("processor", "processor-1", **armed({point: "hang:600*1"}))
            async with asyncio.timeout(_LEASED_S):
                # The failpoint tells by a file.
                while acted(apart.roles.data_dir, point) == 0:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await apart.roles.kill("processor-1")
            died_s = clock.monotonic_s()
            apart.roles.launch("processor", "processor-2")
            async with run.api() as api:
                while await queued(api, run) > 0:
                    assert clock.monotonic_s() - died_s < RECLAIMED_S, "what the dead one held is still queued"
                    await asyncio.sleep(0.1)
            took_s.append(clock.monotonic_s() - died_s)

        await run.send_while(run.issued(events))
        await die()
        verdict = await run.judge()
    return f"D-22: what a dead processor held was stored {took_s[0]:.1f} s later, {verdict.stored} events once each"
