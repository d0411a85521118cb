"""Clients that send batches as real ones do: retry until acknowledged, with the same ids and the same bytes.

It records before it sends and believes only a whole 2xx answer; it never gives a batch up while time is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import random
import zlib
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.oracle.bodies import encode
from tests.oracle.content import Content
from tests.oracle.record import Batch, Record, WireFormat
from watchllm_server.clock import SystemClock

MAX_NATIVE_EVENTS = 100
MAX_OTLP_EVENTS = 500
# An answer that takes longer counts as lost, as in the exporters of OpenTelemetry.
REQUEST_TIMEOUT_S = 10.0
# Retry-After is obeyed up to here, so that a run ends.
MAX_WAIT_S = 5.0
# One acknowledged batch of this many is sent again, as by a client whose answer got lost on the way.
REPEAT_EVERY = 25


class Attempt(msgspec.Struct, frozen=True):
    """One request: when it began (monotonic), how long it took, its status (0: no whole answer), the wait asked for."""

    at_s: float
    seconds: float
    status: int
    retry_after_s: float | None = None


class Sender:
    """Issues batches from a shared counter over several clients, at `events_per_s` over all of them (0: no limit)."""

    def __init__(
        self,
        content: Content,
        record: Record,
        *,
        base_url: str | Sequence[str],
        api_key: str,
        clients: int = 8,
        events_per_s: float = 0.0,
        is_repeating: bool = True,
    ) -> None:
        self.attempts: list[Attempt] = []
        self._is_repeating = is_repeating
        self._content = content
        self._record = record
        # Several are asked in turn, as a balancer does.
        urls = [base_url] if isinstance(base_url, str) else base_url
        self._base_urls = itertools.cycle(url.rstrip("/") for url in urls)
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._clients = clients
        self._events_per_s = events_per_s
        self._random = random.Random(content.seed)
        self._clock = SystemClock()
        self._started_s = 0.0
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Begin to issue; returns at once."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        self._started_s = self._clock.monotonic_s()
        self._tasks = [asyncio.create_task(self._client()) for _ in range(self._clients)]

    async def finish(self, timeout_s: float) -> None:
        """Issue nothing more, and wait until every issued batch is acknowledged or the time is over."""
        self._stopping.set()
        await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in self._tasks:
            task.cancel()
        done = await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        for outcome in done:
            if isinstance(outcome, Exception):
                raise outcome

    async def _client(self) -> None:
        while not self._stopping.is_set():
            batch = self._next_batch()
            self._record.issued(batch)
            await self._pace(batch)
            await self.deliver(batch)
            if self._is_repeating and batch.number % REPEAT_EVERY == 0:
                await self._attempt(batch)

    def _next_batch(self) -> Batch:
        wire_format: WireFormat = "otlp" if self._random.random() < 0.5 else "native"
        largest = MAX_OTLP_EVENTS if wire_format == "otlp" else MAX_NATIVE_EVENTS
        # Mostly small, sometimes full: both ends of the range are where batching goes wrong.
        count = largest if self._random.random() < 0.1 else self._random.randint(1, largest // 4)
        is_gzipped = self._random.random() < 0.25
        number = len(self._record.batches)
        return Batch(number, self._record.issued_events, count, wire_format, is_gzipped)

    async def _pace(self, batch: Batch) -> None:
        if not self._events_per_s:
            return
        due_s = self._started_s + batch.first / self._events_per_s
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), max(0.0, due_s - self._clock.monotonic_s()))

    async def deliver(self, batch: Batch) -> None:
        """Send a batch until it is acknowledged."""
        attempts = 0
        while True:
            wait_s = await self._attempt(batch)
            if wait_s is None:
                return
            attempts += 1
            backoff_s = min(MAX_WAIT_S, 0.05 * 2 ** min(attempts, 6)) * self._random.uniform(0.5, 1.5)
            await asyncio.sleep(max(wait_s, backoff_s))

    async def _attempt(self, batch: Batch) -> float | None:
        """Send once; None when acknowledged, else the seconds that the server asked to wait."""
        if self._session is None:
            raise RuntimeError("the sender was not started")
        path, headers, body = encode(self._content, batch)
        began_s = self._clock.monotonic_s()
        try:
            # As a stream: aiohttp warns of large bodies that are given as bytes.
            url = next(self._base_urls) + path
            async with self._session.post(url, data=io.BytesIO(body), headers=headers) as response:
                answer = await response.read()
                status, retry_after = response.status, response.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._record.tried(batch.number, "broken")
            self.attempts.append(Attempt(began_s, self._clock.monotonic_s() - began_s, 0))
            return 0.0
        self._record.tried(batch.number, status)
        seconds, asked_s = self._clock.monotonic_s() - began_s, float(retry_after) if retry_after else None
        self.attempts.append(Attempt(began_s, seconds, status, asked_s))
        if 200 <= status < 300:
            complaint = check_answer(self._content, batch, answer)
            if complaint:
                self._record.complain(batch.number, complaint)
            return None
        if status not in (429, 503) or retry_after is None:
            self._record.complain(batch.number, f"answered {status}: {answer[:300]!r}")
            # Sent again all the same: a refusal must not hide a loss.
            return 1.0
        return min(float(retry_after), MAX_WAIT_S)


def check_answer(content: Content, batch: Batch, answer: bytes) -> str:
    """Return what is wrong with a 2xx answer, or an empty text."""
    if batch.wire_format == "native":
        said: dict[str, Any] = msgspec.json.decode(answer)
        wanted = [content.event_id(index) for index in batch.indices]
        if said["event_ids"] != wanted or said["count"] != batch.count or said["duplicates"] != 0:
            return f"202 does not name the {batch.count} events that were sent: {answer[:300]!r}"
        return ""
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    if partial.rejected_spans or partial.error_message:
        return f"{partial.rejected_spans} good spans were rejected: {partial.error_message}"
    return ""


def seed_of(text: str) -> int:
    """Return a seed from a name, for runs that should differ by name."""
    return zlib.crc32(text.encode())
