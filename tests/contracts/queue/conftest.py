"""The place of a queue, once for every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.contracts.queue.places import BACKENDS, Place, opened
from tests.servers.redis import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the whole run; each test begins with an empty one."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server.start()
    server.kill()


@pytest.fixture(params=BACKENDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A queue that can be opened several times."""
    async with opened(request.param, request, tmp_path) as made:
        yield made
