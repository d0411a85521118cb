"""The stores under a scene: the files of the data folder, or servers that a scene may also kill."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.servers.ferretdb import CannotHave, Ferret
from tests.servers.redis import RedisServer
from watchllm_server.settings import Settings
from watchllm_server.stores.queue.redis_connection import key


class Stores:
    """What the roles find when nothing is set."""

    # Instances of the processor that share the queue.
    processors: tuple[str, ...] = ("processor",)
    # Instances of the ingest that fill it.
    ingests: tuple[str, ...] = ("ingest",)

    @property
    def environment(self) -> dict[str, str]:
        return {}

    def attempts(self, settings: Settings) -> list[int]:
        """Return how often each bundle that is known was leased."""
        with closing(sqlite3.connect(settings.queue_path)) as database:
            return [row[0] for row in database.execute("SELECT attempts FROM bundles")]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Have them answer for the length of a block."""
        yield


class ScaledStores(Stores):
    """A queue on Redis and metadata on a server of MongoDB's protocol."""

    processors = ("processor-1", "processor-2")
    ingests = ("ingest-1", "ingest-2")

    def __init__(self, folder: Path, *redis_settings: str, **environment: str) -> None:
        self.redis = RedisServer(folder / "redis", *redis_settings)
        self.ferret = Ferret(folder / "ferret")
        self._more = environment

    @property
    def environment(self) -> dict[str, str]:
        metadata = self.ferret.url("watchllm", "?serverSelectionTimeoutMS=2000")
        return {"WATCHLLM_QUEUE": self.redis.url, "WATCHLLM_METADATA": metadata, **self._more}

    def attempts(self, settings: Settings) -> list[int]:
        bundles = self.redis.command("--scan", "--pattern", key("bundle:*")).split()
        return [int(self.redis.command("HGET", bundle, "attempts")) for bundle in bundles]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        try:
            await asyncio.to_thread(self.redis.start)
            try:
                await asyncio.to_thread(self.ferret.start)
            except CannotHave as reason:
                pytest.skip(str(reason))
            yield
        finally:
            self.redis.kill()
            self.ferret.kill()


EMBEDDED = Stores()
