"""D-21, D-22: the roles as processes of their own on Redis and MongoDB, of which any may die at any moment."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.oracle.failing import acted, armed
from tests.oracle.ledger import queued
from tests.oracle.roles import Roles
from tests.oracle.run import Run
from tests.oracle.stores import ScaledStores
from tests.servers.redis import DURABLE
from watchllm_server.clock import SystemClock

# Name → role, as a small installation on several machines has them.
INSTANCES: Final = {
    "ingest-1": "ingest",
    "ingest-2": "ingest",
    "processor-1": "processor",
    "processor-2": "processor",
    "ui-backend": "ui-backend",
    "engine": "engine",
}
# What D-22 allows: from the death of a holder until its entries are stored.
RECLAIMED_S: Final = 60.0
_LEASED_S: Final = 60.0
_STORES: Final = ("redis", "mongodb")
# Longer than a processor is taken for alive without a sign.
_ASLEEP_S: Final = 12.0
# Between two kills: some are hit while they start, most at work.
_PAUSE_S: Final = (0.2, 3.0)


class Apart:
    """All roles as processes on one Redis and one MongoDB, in the place of a server."""

    def __init__(self, folder: Path, *redis_settings: str, **environment: str) -> None:
        self.stores = ScaledStores(folder, *redis_settings, **environment)
        self.roles = Roles(folder / "data", self.stores.environment, ingests=self.stores.ingests)

    @property
    def environment(self) -> dict[str, str]:
        """What holds for the next start of any role."""
        return self.roles.environment

    @property
    def base_url(self) -> str:
        return self.roles.reading_url

    @property
    def ingest_urls(self) -> list[str]:
        return self.roles.ingest_urls

    @property
    def is_running(self) -> bool:
        return True

    def log(self) -> str:
        """Return what all of them have printed."""
        return "".join(self.roles.log(name) for name in self._names())

    def _names(self) -> list[str]:
        return [name for name in INSTANCES if name != "engine" or "WATCHLLM_EVENT_STORE" not in self.environment]

    async def start(self, *left_out: str) -> None:
        """Start everything but what is left out: at first, or again after `kill_tree`."""
        # All but the processors.
        await self.roles.start()
        for name in self.stores.processors:
            if name not in left_out:
                self.roles.launch("processor", name)

    async def kill_tree(self) -> None:
        """Kill -9 every role, and no store."""
        await self.roles.close()

    @asynccontextmanager
    async def running(self, *left_out: str) -> AsyncGenerator[Apart]:
        """Start everything but what is left out, and kill what still runs after."""
        async with self.stores.running():
            try:
                await self.start(*left_out)
                yield self
            finally:
                await self.kill_tree()

    def run(self, folder: Path, seed: int, events_per_s: float) -> Run:
        """Return a run that sends to the ingests in turn."""
        return Run(folder, self.base_url, ingest_url=self.ingest_urls, seed=seed, events_per_s=events_per_s)

    async def kill(self, name: str) -> None:
        """Kill -9 one process, of a store or of a role, and start it again at once."""
        if name in _STORES:
            store = self.stores.redis if name == "redis" else self.stores.ferret
            store.kill()
            await asyncio.to_thread(store.start)
            return
        await self.roles.kill(name)
        self.roles.launch(INSTANCES[name], name)

    async def pause(self, name: str, seconds: float) -> None:
        """Stop a process for a while, as a machine does that hangs: whoever wakes finds its leases gone."""
        self.roles.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.roles.signal(name, signal.SIGCONT)


async def kill_at_random(folder: Path, seconds: float, *, events_per_s: float, seed: int, pausing: float = 0.0) -> str:
    """Kill one process after the other, chosen at random, for a while; a share of processors is paused instead."""
    apart = Apart(folder)
    chance = random.Random(seed)
    kills = dict.fromkeys([*INSTANCES, *_STORES], 0)
    pauses: list[str] = []
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
                if INSTANCES.get(name) == "processor" and chance.random() < pausing and apart.roles.code(name) is None:
                    await apart.pause(name, _ASLEEP_S)
                    pauses.append(name)
                else:
                    await apart.kill(name)
                    kills[name] += 1
                await asyncio.sleep(chance.uniform(*_PAUSE_S))

        await run.send_while(kill())
        await _revive(apart)
        verdict = await run.judge()
    assert verdict.outcomes.get("broken", 0) > 0, "no request was cut off"
    told = ", ".join(f"{name} {count}" for name, count in kills.items())
    return (
        f"random kills for {seconds:.0f} s ({told}; {len(pauses)} pauses): {verdict.stored} events stored once, "
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


async def kill_redis(folder: Path, times: int, *, sync: str) -> str:
    """D-21: kill -9 of Redis under load, with `appendfsync` always or everysec; what was answered is all there."""
    apart = Apart(folder, *DURABLE, "--appendfsync", sync, WATCHLLM_ACCEPT_ONE_SECOND_LOSS=str(int(sync == "everysec")))
    async with apart.running():
        run = apart.run(folder, 21, 200.0)

        async def kill() -> None:
            for _ in range(times):
                await asyncio.sleep(2)
                await apart.kill("redis")

        await run.send_while(kill())
        await _revive(apart)
        # A kill takes no page of the kernel's: with everysec too, it takes a power cut to lose something.
        verdict = await run.judge()
    assert verdict.outcomes.get("503", 0) + verdict.outcomes.get("broken", 0) > 0, "nobody noticed"
    return (
        f"D-21 {sync}: {times} kills of Redis, {verdict.stored} events stored once, {verdict.ledger_duplicates} repeats"
    )
