"""The queues of the conformance suites: each backend as a place that can be opened several times."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.servers.redis import RedisServer

from watchllm_server.clock import ManualClock
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.redis import RedisQueue
from watchllm_server.stores.queue.redis_connection import RedisConnection
from watchllm_server.stores.queue.sqlite import SqliteQueue


class Place(Protocol):
    """One queue that can be opened several times, as several processes would."""

    clock: ManualClock

    async def open(self, *, max_events: int = 1_000_000, max_bytes: int = 1 << 30, **more: Any) -> Queue:
        """Open it once more."""
        ...

    async def close(self) -> None:
        """Close every opened one."""
        ...


class SqlitePlace:
    """A queue in a file."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self._folder = folder
        self._opened: list[Queue] = []

    async def open(self, *, max_events: int = 1_000_000, max_bytes: int = 1 << 30, **more: Any) -> Queue:
        queue = await SqliteQueue.open(
            self._folder / "queue.db", clock=self.clock, max_events=max_events, max_bytes=max_bytes, **more
        )
        self._opened.append(queue)
        return queue

    async def close(self) -> None:
        for queue in self._opened:
            await queue.close()
        self._opened.clear()


class RedisPlace:
    """A queue in an empty Redis. Its leases run out with the clock of the test."""

    def __init__(self, server: RedisServer) -> None:
        self.clock = ManualClock()
        self.server = server
        self._opened: list[Queue] = []

    async def open(self, *, max_events: int = 1_000_000, max_bytes: int = 1 << 30, **more: Any) -> Queue:
        queue = RedisQueue(
            RedisConnection(self.server.url, self.clock), clock=self.clock, max_events=max_events, max_bytes=max_bytes,
            ahead_ms=lambda: int(self.clock.monotonic_s() * 1_000), **more,
        )  # fmt: skip
        self._opened.append(queue)
        return queue

    async def close(self) -> None:
        for queue in self._opened:
            await queue.close()
        self._opened.clear()


Maker = Callable[[pytest.FixtureRequest, Path], Place]


def _sqlite(_: pytest.FixtureRequest, folder: Path) -> Place:
    return SqlitePlace(folder)


def _redis(request: pytest.FixtureRequest, _: Path) -> Place:
    server: RedisServer = request.getfixturevalue("redis_server")
    server.command("FLUSHALL")
    return RedisPlace(server)


# A backend joins every suite of the queue here.
BACKENDS = [pytest.param(_sqlite, id="sqlite"), pytest.param(_redis, id="redis")]


@asynccontextmanager
async def opened(maker: Maker, request: pytest.FixtureRequest, folder: Path) -> AsyncGenerator[Place]:
    """Make a place, and close what was opened there."""
    made = maker(request, folder)
    try:
        yield made
    finally:
        await made.close()
