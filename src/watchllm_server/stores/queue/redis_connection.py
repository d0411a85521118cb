"""Connections to the Redis of the queue: what is asked of it before it is trusted, its scripts, and its errors in ours.

A script is one step: Redis runs it alone, and its log has all of it or nothing. What only one process waits for is
asked again until Redis is back; a request that somebody waits for fails at once, so that its client comes back.
"""

from __future__ import annotations

import asyncio
import random
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, NoScriptError, OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from watchllm_server.clock import Clock
from watchllm_server.errors import SettingsError, TooManyRequests, Unavailable

# All keys share a hash slot, so that a script may touch them together.
PREFIX: Final = "{watchllm:queue}:"
OLDEST_VERSION: Final = (7, 0)
CONNECT_TIMEOUT_S: Final = 3.0
# A disk that syncs for longer is broken: the answer would come after most clients have gone.
ANSWER_TIMEOUT_S: Final = 10.0
# Connections of one process: as many requests as are decoded at once, and some of its own.
MOST_CONNECTIONS: Final = 80
# What a refused client is told to wait: long enough for a restart, and not the same for all.
RETRY_S: Final = (2, 10)
# How long a processor's step is tried again: a restart that loads gigabytes takes as long.
PATIENCE_S: Final = 60.0
_WAIT_MIN_S: Final = 0.05
_WAIT_MAX_S: Final = 2.0
# Steps that only new entries need: refused when Redis has no memory left, while everything that frees some goes on.
_NEEDS_MEMORY: Final = frozenset({"enqueue", "replay"})
_SCANNED_AT_ONCE: Final = 1_000
_AWAY: Final = (RedisConnectionError, RedisTimeoutError, OSError)


class RedisConnection:
    """A pool of connections to one Redis."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            protocol=2,
            # Nobody but us knows which steps may be done twice.
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = redis.Redis.from_pool(pool)
        self._digests: dict[str, str] = {}
        # Whether a power cut may take what was accepted in the last second: allowed by a setting alone.
        self.syncs_each_second = False

    async def check(self, *, accepts_one_second_loss: bool) -> None:
        """Raise SettingsError unless this Redis keeps what it was given; names the setting to change."""
        try:
            version = (await self._redis.info("server"))["redis_version"]
            kept = await self._durability()
        except _AWAY as error:
            raise Unavailable(f"the queue's Redis does not answer: {error}", code="queue_unavailable") from None
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
            raise SettingsError(f"WATCHLLM_QUEUE: Redis {version} is too old; 7.0 or newer is needed")
        _check_durability(kept, accepts_one_second_loss=accepts_one_second_loss)
        self.syncs_each_second = kept["appendfsync"] != "always"

    async def _durability(self) -> dict[str, str]:
        try:
            return await self._redis.config_get("maxmemory-policy", "appendonly", "appendfsync")
        except NoPermissionError as error:
            raise SettingsError(f"WATCHLLM_QUEUE: the user of Redis may not read its settings: {error}") from None
        except ResponseError as error:
            raise SettingsError(f"WATCHLLM_QUEUE: Redis does not tell its settings: {error}") from None

    async def run(self, name: str, *values: Any) -> Any:
        """Run a script by its name; raises Unavailable or TooManyRequests when Redis cannot."""
        try:
            try:
                return await self._evaluate(name, values)
            except NoScriptError:
                self._digests[name] = await self._redis.script_load(_source(name))
                return await self._evaluate(name, values)
        except (RedisError, OSError) as error:
            raise _translated(error) from None

    async def _evaluate(self, name: str, values: tuple[Any, ...]) -> Any:
        digest = self._digests.get(name)
        if digest is None:
            digest = self._digests[name] = await self._redis.script_load(_source(name))
        return await self._redis.evalsha(digest, 1, PREFIX, *values)

    async def call(self, *command: Any) -> Any:
        """Run one command that reads; keys are given whole, see `key`."""
        try:
            return await self._redis.execute_command(*command)
        except (RedisError, OSError) as error:
            raise _translated(error) from None

    async def call_all(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Run commands that read, in one round trip. Not as a transaction, which full memory would refuse."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                return await pipeline.execute()
        except (RedisError, OSError) as error:
            raise _translated(error) from None

    async def scan(self, name: str, cursor: int, pattern: str) -> tuple[int, list[bytes]]:
        """Return where to go on in a sorted set, 0 at its end, and some members that fit a pattern."""
        try:
            at, found = await self._redis.zscan(name, cursor, match=pattern, count=_SCANNED_AT_ONCE)
        except (RedisError, OSError) as error:
            raise _translated(error) from None
        return at, [member for member, _ in found]

    async def run_patiently(self, name: str, *values: Any) -> Any:
        """Run a script that may be run twice, again and again while Redis is away, for a while."""
        until_s, wait_s = self._clock.monotonic_s() + PATIENCE_S, _WAIT_MIN_S
        while True:
            try:
                return await self.run(name, *values)
            except Unavailable:
                if self._clock.monotonic_s() > until_s:
                    raise
            await asyncio.sleep(wait_s * (0.5 + random.random()))  # noqa: S311
            wait_s = min(wait_s * 2, _WAIT_MAX_S)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def key(name: str) -> str:
    """Return the whole name of a key."""
    return PREFIX + name


def retry_after_s() -> int:
    """Return what a refused client is told to wait."""
    return random.randint(*RETRY_S)  # noqa: S311


@cache
def _source(name: str) -> str:
    folder = files("watchllm_server.stores.queue") / "redis_scripts"
    flags = "" if name in _NEEDS_MEMORY else " flags=allow-oom"
    prelude, script = ((folder / f"{part}.lua").read_text("utf-8") for part in ("prelude", name))
    return f"#!lua{flags}\n{prelude}\n{script}"


def _check_durability(kept: dict[str, str], *, accepts_one_second_loss: bool) -> None:
    if (policy := kept.get("maxmemory-policy")) != "noeviction":
        raise SettingsError(
            f"WATCHLLM_QUEUE: Redis would forget accepted events when its memory is full (maxmemory-policy {policy}); "
            "set `maxmemory-policy noeviction`"
        )
    if kept.get("appendonly") != "yes":
        raise SettingsError(
            "WATCHLLM_QUEUE: Redis would forget accepted events at a restart (appendonly no); set `appendonly yes` and "
            "`appendfsync always`"
        )
    sync = kept.get("appendfsync")
    if sync == "always" or (sync == "everysec" and accepts_one_second_loss):
        return
    way_out = ", or accept the loss with WATCHLLM_ACCEPT_ONE_SECOND_LOSS=1" if sync == "everysec" else ""
    raise SettingsError(
        f"WATCHLLM_QUEUE: Redis answers before an event is on disk (appendfsync {sync}): a power cut would lose what "
        f"was accepted in the last moments; set `appendfsync always`{way_out}"
    )


def _translated(error: Exception) -> Exception:
    if isinstance(error, OutOfMemoryError):
        return TooManyRequests(
            "the memory of the queue is full; nothing was accepted", code="queue_full", retry_after_s=retry_after_s()
        )
    if isinstance(error, ResponseError) and str(error).startswith("MISCONF"):
        return Unavailable(
            "the queue cannot write to its disk; nothing was accepted", code="disk_full", retry_after_s=retry_after_s()
        )
    if isinstance(error, _AWAY) or str(error).startswith(("READONLY", "MASTERDOWN", "LOADING", "NOREPLICAS")):
        return Unavailable(
            f"the queue does not answer ({type(error).__name__})",
            code="queue_unavailable",
            retry_after_s=retry_after_s(),
        )
    return error


def shown_url(url: str) -> str:
    """Return a URL of Redis without its password, for people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}{parts.path}"
