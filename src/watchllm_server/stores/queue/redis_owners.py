"""Which holders of leases are alive, as Redis knows it: each renews a key of its own that runs out without it.

So the lease of a killed processor is free seconds later and not only when it runs out. A wrong "dead" is harmless: the
fence refuses the old holder.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from watchllm_server.errors import WatchLLMError
from watchllm_server.stores.queue.redis_connection import RedisConnection, key

# A processor whose loop stands still for as long is taken for dead.
ALIVE_S: Final = 10.0
RENEW_S: Final = 2.0


class RedisOwners:
    """The owners that this process is."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._owners: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None

    async def declare(self, owner: str) -> None:
        """Say that `owner` is alive until `close`; repeating it does nothing."""
        if owner in self._owners:
            return
        await self._renew(owner)
        self._owners.add(owner)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._keep_renewing())

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for owner in self._owners:
                # Redis that is away says nothing about us: it is tried again.
                with contextlib.suppress(WatchLLMError):
                    await self._renew(owner)

    async def _renew(self, owner: str) -> None:
        await self._connection.run("renew", owner, int(ALIVE_S * 1_000))

    async def close(self) -> None:
        """Let go of every lease at once."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        for owner in self._owners:
            with contextlib.suppress(WatchLLMError):
                await self._connection.call("DEL", key(f"owner:{owner}"))
        self._owners.clear()
