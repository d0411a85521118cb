"""The queues of the conformance suites: each backend as a place that can be opened several times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.servers.redis import RedisServer

from watchllm_server.clock import ManualClock
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.redis import RedisQueue
from watchllm_server.stores.queue.redis_connection import RedisConnection
from watchllm_server.stores.queue.sqlite import SqliteQueue


class Place(ABC):
    """One queue that can be opened several times, as several processes would."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self._opened: list[Queue] = []

    async def open(self, *, max_events: int = 1_000_000, max_bytes: int = 1 << 30, **more: Any) -> Queue:
        """Open it once more."""
        queue = await self._open(max_events=max_events, max_bytes=max_bytes, **more)
        self._opened.append(queue)
        return queue

    @abstractmethod
    async def _open(self, **bounds: Any) -> Queue: ...

    async def close(self) -> None:
        """Close every opened one."""
        for queue in self._opened:
            await queue.close()
        self._opened.clear()


class SqlitePlace(Place):
    """A queue in a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    async def _open(self, **bounds: Any) -> Queue:
        return await SqliteQueue.open(self._folder / "queue.db", clock=self.clock, **bounds)


class RedisPlace(Place):
    """A queue in an empty Redis. Its leases run out with the clock of the test."""

    def __init__(self, server: RedisServer) -> None:
        super().__init__()
        self.server = server

    async def _open(self, **bounds: Any) -> Queue:
        connection = RedisConnection(self.server.url, self.clock)
        return RedisQueue(
            connection, clock=self.clock, ahead_ms=lambda: int(self.clock.monotonic_s() * 1_000), **bounds
        )


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
