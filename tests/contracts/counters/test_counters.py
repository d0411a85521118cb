"""What all counters must do, in memory, in Redis, and in Redis with a process's own to fall back on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from tests.servers.redis import RedisServer

from watchllm_server.clock import ManualClock, SystemClock
from watchllm_server.errors import Unavailable
from watchllm_server.security.tokens import keyed_hash
from watchllm_server.stores.counters.contract import Counters
from watchllm_server.stores.counters.contract.fallback import AWAY_S, FallbackCounters
from watchllm_server.stores.counters.memory import MAX_NAMES, MemoryCounters
from watchllm_server.stores.counters.redis import PREFIX, RedisCounters

WINDOW_S: Final = 0.4
CLOCK: Final = SystemClock()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for these tests, each of which uses names of its own."""
    running = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield running
    running.kill()


def redis_counters(server: RedisServer) -> RedisCounters:
    return RedisCounters(server.url, hidden=partial(keyed_hash, b"pepper"))


Maker = Callable[[RedisServer], Counters]
BACKENDS: Final[dict[str, Maker]] = {
    "memory": lambda _: MemoryCounters(CLOCK),
    "redis": lambda server: redis_counters(server),
    "fallback": lambda server: FallbackCounters(redis_counters(server), MemoryCounters(CLOCK), CLOCK),
}


@pytest.fixture(params=list(BACKENDS))
async def counters(request: pytest.FixtureRequest, server: RedisServer) -> AsyncIterator[Counters]:
    """Counters of one kind."""
    server.command("FLUSHALL")
    made = BACKENDS[request.param](server)
    yield made
    await made.close()


async def test_a_window_opens_with_the_first_count_and_ends_by_itself(counters: Counters) -> None:
    first = await counters.count("a", seconds=WINDOW_S)
    assert (first.times, 0 < first.remaining_s < WINDOW_S + 0.001) == (1, True)
    second = await counters.count("a", seconds=WINDOW_S)
    assert second.times == 2
    assert second.remaining_s <= first.remaining_s
    assert (await counters.count("b", seconds=WINDOW_S)).times == 1
    await asyncio.sleep(WINDOW_S + 0.1)
    assert (await counters.count("a", seconds=WINDOW_S)).times == 1


async def test_counts_that_come_at_once_are_all_counted(counters: Counters) -> None:
    counts = await asyncio.gather(*(counters.count("many", seconds=60) for _ in range(200)))
    assert sorted(count.times for count in counts) == list(range(1, 201))


async def test_a_name_that_is_forgotten_begins_anew_and_any_text_is_a_name(counters: Counters) -> None:
    for name in ("é\nx", "\ud800", "x" * 100_000):
        await counters.count(name, seconds=60)
        await counters.forget(name)
        await counters.forget(name)
        assert (await counters.count(name, seconds=60)).times == 1


async def test_processes_count_together_in_redis_and_a_window_without_end_gets_one(server: RedisServer) -> None:
    server.command("FLUSHALL")
    one, other = redis_counters(server), redis_counters(server)
    await one.count("shared", seconds=60)
    assert (await other.count("shared", seconds=60)).times == 2
    (key,) = server.command("KEYS", f"{PREFIX}*").split()
    # What a caller leaves behind who dies between two commands.
    server.command("PERSIST", key)
    assert 0 < (await one.count("shared", seconds=60)).remaining_s <= 60
    await one.close()
    await other.close()


async def test_without_redis_each_process_counts_for_itself_until_it_is_back(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis").start()
    clock = ManualClock()
    shared = redis_counters(server)
    counters = FallbackCounters(shared, MemoryCounters(clock), clock)
    assert (await counters.count("a", seconds=60)).times == 1
    server.kill()
    with pytest.raises(Unavailable):
        await shared.count("a", seconds=60)
    assert [(await counters.count("a", seconds=60)).times for _ in range(3)] == [1, 2, 3]
    await counters.forget("a")
    server.start()
    assert (await counters.count("a", seconds=60)).times == 1
    clock.advance(AWAY_S)
    assert (await counters.count("a", seconds=60)).times == 2, "the count of before is in Redis"
    await counters.close()
    server.kill()


async def test_names_in_memory_are_bounded() -> None:
    counters = MemoryCounters(ManualClock())
    for number in range(MAX_NAMES + 1):
        await counters.count(str(number), seconds=60)
    assert (await counters.count("0", seconds=60)).times == 1
    assert (await counters.count(str(MAX_NAMES), seconds=60)).times == 2
