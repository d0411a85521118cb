"""Counters in Redis, shared by every process that has its URL. The contract says what they promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from watchllm_server.errors import Unavailable
from watchllm_server.stores.counters.contract import Count

PREFIX: Final = "watchllm:counter:"
# Longer than a sync of a busy disk takes, shorter than anybody waits for a limit.
ANSWER_TIMEOUT_S: Final = 1.0
CONNECTIONS: Final = 20


class RedisCounters:
    """One key for each window, which runs out by itself."""

    def __init__(self, url: str, *, hidden: Callable[[str], str]) -> None:
        """`hidden` makes a key of a name, which may be the address of a person, and of any length."""
        self._hidden = hidden
        pool = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=ANSWER_TIMEOUT_S, socket_timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=ANSWER_TIMEOUT_S, protocol=2, retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        self._redis = redis.Redis.from_pool(pool)

    async def count(self, name: str, *, seconds: float) -> Count:
        key = self._key(name)
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.execute_command("INCR", key)
                # Also when an earlier caller died before it could: a window without an end would never open again.
                pipeline.execute_command("PEXPIRE", key, int(seconds * 1_000), "NX")
                pipeline.execute_command("PTTL", key)
                times, _, remaining_ms = await pipeline.execute()
        except (RedisError, OSError) as error:
            raise _away(error) from None
        return Count(times, max(remaining_ms, 0) / 1_000)

    async def forget(self, name: str) -> None:
        try:
            await self._redis.execute_command("DEL", self._key(name))
        except (RedisError, OSError) as error:
            raise _away(error) from None

    def _key(self, name: str) -> str:
        return PREFIX + self._hidden(name)

    async def close(self) -> None:
        await self._redis.aclose()


def _away(error: Exception) -> Unavailable:
    return Unavailable(f"the counters do not answer ({type(error).__name__})", code="queue_unavailable")
