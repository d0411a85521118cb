"""D-06, D-18 and D-19: the connection to the event store is cut, answers nothing, is slow, or comes and goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.oracle.engine import EngineProcess
from tests.oracle.proxy import Insert, Proxy
from tests.oracle.run import Run, p99_ms
from tests.oracle.scenes.apart import Apart
from tests.oracle.server import Server
from watchllm_server.clock import SystemClock
from watchllm_server.settings import load_settings
from watchllm_server.wiring.events import event_client

# What is promised while the store is away, on a machine that runs nothing else.
INGEST_P99_MS: Final = 250.0
_GIVEN_BACK: Final = re.compile(r"bundle given back.*?attempts=(\d+).*?retry_in_s=([0-9.]+)")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


class Store:
    """An engine behind a proxy, and a server (or roles apart) that knows only the proxy."""

    def __init__(self, folder: Path, server: Server | Apart | None = None, **environment: str) -> None:
        self.engine = EngineProcess(folder / "engine")
        self.proxy = Proxy(lambda: self.engine.address)
        self.server = server or Server(folder / "data")
        self.server.environment.update(environment)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Store]:
        """Start all three, and stop them after."""
        try:
            await self.engine.start()
            await self.proxy.start()
            self.server.environment["WATCHLLM_EVENT_STORE"] = self.proxy.event_store
            await self.server.start()
            yield self
        finally:
            if self.server.is_running:
                await self.server.kill_tree()
            await self.proxy.close()
            await self.engine.kill()

    async def count_rows(self) -> int:
        """Return how many rows of events the engine has, before any merge takes repetitions together."""
        client = event_client(load_settings(data_dir=self.engine.data_dir))
        (row,) = await client.read_rows("SELECT count() AS n FROM events")
        await client.close()
        return int(row["n"])

    async def stop_merging(self) -> None:
        """Keep every inserted row as it is, so that a repetition could be seen."""
        client = event_client(load_settings(data_dir=self.engine.data_dir))
        await client.write("SYSTEM STOP MERGES events")
        await client.close()


async def cut_inserts(folder: Path, times: int, *, events: int, server: Server | Apart | None = None) -> str:
    """D-06: reset after the insert was sent and before the answer; a third of the way also a restart in between."""
    store = Store(
        folder,
        server,
        WATCHLLM_BUNDLE_MAX_EVENTS="100",
        WATCHLLM_BUNDLE_INTERVAL_MS="0",
        WATCHLLM_RETRY_MIN_S="0.02",
        WATCHLLM_RETRY_MAX_S="0.1",
    )
    async with store.running():
        proxy, server = store.proxy, store.server
        await store.stop_merging()
        run = Run(
            folder, server.base_url, ingest_url=server.ingest_urls, seed=6, events_per_s=0, is_repeating=False
        )  # fmt: skip
        proxy.cuts_left, proxy.mode = times, "cut"
        await run.send_while(run.issued(events))
        await _until(lambda: proxy.cuts >= times // 3, 300)
        await server.kill_tree()
        # Every insert was cut until here: what came last is open, and only the restarted server can repeat it.
        doubtful, sent = proxy.inserts[-1].token, len(proxy.inserts)
        await server.start()
        await _until(lambda: proxy.cuts >= times, 900)
        verdict = await run.judge()
        rows = await store.count_rows()
        # The fresh event of the judgement is one more.
        assert rows == verdict.stored + 1, f"{rows} rows for {verdict.stored} events"
        assert proxy.cuts == times
        assert 0 < proxy.cuts_after_answer < times, "an insert must be cut before and after it was carried out"
        repeated = {insert.token for insert in proxy.inserts if _attempts(proxy.inserts, insert.token) > 1}
        assert _attempts(proxy.inserts[sent:], doubtful), "no insert was repeated over the restart"
    return (
        f"D-06: {times} cuts ({proxy.cuts_after_answer} after the engine had answered), {len(repeated)} bundles sent "
        f"again, {verdict.stored} events in {rows - 1} rows, 0 doubled"
    )


async def never_answer(folder: Path, seconds: float, *, timeout_s: float) -> str:
    """D-18: the event store accepts connections and never answers."""
    store = Store(folder, WATCHLLM_INSERT_TIMEOUT_S=str(timeout_s), WATCHLLM_RETRY_MIN_S="0.2")
    async with store.running():
        proxy, server = store.proxy, store.server
        run = Run(folder, server.base_url, seed=18, events_per_s=100)

        async def silence() -> None:
            await asyncio.sleep(2)
            before = proxy.connections
            proxy.mode = "swallow"
            await asyncio.sleep(seconds)
            proxy.mode = "pass"
            # Whoever still waits for an answer of then must not wait for it for ever.
            assert proxy.connections > before

        await run.send_while(silence())
        verdict = await run.judge()
        backs = given_back(server)
        assert backs, "no bundle was given back: nothing was swallowed"
        assert "TimeoutError" in server.log()
        # What was asked on a connection without an answer is not asked on it again.
        assert proxy.swallowed
        assert max(proxy.swallowed.values()) == 1, proxy.swallowed
        ingest_ms = p99_ms(run.answered(200, 202))
        assert ingest_ms <= INGEST_P99_MS, f"ingest p99 {ingest_ms:.0f} ms"
        assert not run.answered(500)
    return (
        f"D-18: {seconds:.0f} s without an answer, {len(proxy.swallowed)} connections swallowed, {len(backs)} "
        f"attempts given up after {timeout_s:.0f} s, ingest p99 {ingest_ms:.0f} ms, {verdict.stored} events stored "
        f"once, drained {verdict.drained_after_s:.1f} s later"
    )


async def slow_and_flapping(folder: Path, seconds: float, *, delay_s: float, period_s: float) -> str:
    """D-19: inserts take 5 s; then the event store comes and goes."""
    store = Store(folder)
    async with store.running():
        proxy, server = store.proxy, store.server
        run = Run(folder, server.base_url, seed=19, events_per_s=200)

        async def flap() -> None:
            proxy.delay_s = delay_s
            await asyncio.sleep(seconds / 3)
            proxy.delay_s = 0.0
            clock = SystemClock()
            until_s = clock.monotonic_s() + seconds * 2 / 3
            while clock.monotonic_s() < until_s:
                await proxy.refuse()
                await asyncio.sleep(period_s)
                await proxy.start()
                await asyncio.sleep(period_s)

        await run.send_while(flap())
        verdict = await run.judge()
        backs = given_back(server)
        assert backs, "no bundle was given back: nothing flapped"
        for attempts, wait_s in backs:
            usual_s = min(30.0, 2.0 ** (attempts - 1))
            # Half to one and a half of it; the log has one decimal.
            assert usual_s * 0.5 - 0.06 <= wait_s <= usual_s * 1.5 + 0.06, (attempts, wait_s)
        # Without jitter, every wait would be the usual one.
        usual = [wait_s == min(30.0, 2.0 ** (attempts - 1)) for attempts, wait_s in backs]
        assert not all(usual) or len(backs) < 3, f"the waits have no jitter: {backs}"
        ingest_ms = p99_ms(run.answered(200, 202))
        assert ingest_ms <= INGEST_P99_MS, f"ingest p99 {ingest_ms:.0f} ms"
    return (
        f"D-19: {seconds:.0f} s of {delay_s:.0f} s inserts and {period_s:.0f} s up, {period_s:.0f} s down: "
        f"{len(backs)} attempts given back, most at one bundle {max(attempts for attempts, _ in backs)}, ingest p99 "
        f"{ingest_ms:.0f} ms, {verdict.stored} events stored once, drained {verdict.drained_after_s:.1f} s later"
    )


def given_back(server: Server | Apart) -> list[tuple[int, float]]:
    """Return (attempts, wait in seconds) of every bundle that the processor gave back."""
    text = _COLOURS.sub("", server.log())
    return [(int(attempts), float(wait_s)) for attempts, wait_s in _GIVEN_BACK.findall(text)]


def _attempts(inserts: list[Insert], token: str) -> int:
    return sum(1 for insert in inserts if insert.token == token)


async def _until(condition: object, timeout_s: float) -> None:
    assert callable(condition)
    clock = SystemClock()
    give_up_s = clock.monotonic_s() + timeout_s
    while not condition():
        assert clock.monotonic_s() < give_up_s, f"not within {timeout_s:.0f} s"
        await asyncio.sleep(0.02)
