"""The processes of the queue's machine on a real Redis: a death is told by a key that is no more renewed."""

from __future__ import annotations

import time
from typing import ClassVar

from tests.properties.queue_machine import QueueMachine
from tests.properties.queue_processes import MAX_BYTES, MAX_EVENTS
from tests.servers.redis import RedisServer
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.redis import RedisQueue
from watchllm_server.stores.queue.redis_connection import RedisConnection, key


class RedisQueueMachine(QueueMachine):
    """The same steps and the same model; `server` is set by the test."""

    server: ClassVar[RedisServer]

    def __init__(self) -> None:
        self.server.command("FLUSHALL")
        self._began_s = time.monotonic()
        super().__init__()
        self.model.settles_by_time = self.model.repeats_acknowledgements = self.model.remembers_longer = True

    def _ahead_ms(self) -> int:
        """Leases run by Redis's clock; what passes there by itself is taken off again."""
        return int((self.clock.monotonic_s() - (time.monotonic() - self._began_s)) * 1_000)

    async def make(self) -> Queue:
        connection = RedisConnection(self.server.url, self.clock)
        return RedisQueue(
            connection, clock=self.clock, max_events=MAX_EVENTS, max_bytes=MAX_BYTES, ahead_ms=self._ahead_ms
        )

    async def die(self, owner: str, queue: Queue) -> None:
        assert isinstance(queue, RedisQueue)
        renewing = queue._owners._renewing  # pyright: ignore[reportPrivateUsage]
        if renewing is not None:
            renewing.cancel()
        queue._owners._owners.clear()  # pyright: ignore[reportPrivateUsage]
        self.server.command("DEL", key(f"owner:{owner}"))
