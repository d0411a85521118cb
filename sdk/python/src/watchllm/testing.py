"""An SDK without a network, for tests of your application and of this package: what is sent stays in memory.

    from watchllm.testing import recording

    def test_the_agent_calls_its_tool():
        with recording() as recorded:
            run_agent()
        assert [event["type"] for event in recorded.events] == ["tool_call", "agent_action"]

Everything but the transport, the clock and the ids is the real thing. It never opens a connection.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from watchllm._client import Client
from watchllm._process import swap_client
from watchllm._settings import Settings
from watchllm._transport import Answer, Transport

__all__ = ["Answer", "FixedClock", "FixedIds", "MemoryTransport", "Recording", "Request", "Transport", "recording"]

# 2026-01-01T00:00:00Z
_START_NS = 1_767_225_600_000_000_000


class FixedClock:
    """A clock that moves by one millisecond at every look, and otherwise only by `advance`."""

    def __init__(self, wall_ns: int = _START_NS, step_ns: int = 1_000_000) -> None:
        self._lock = threading.Lock()
        self._wall_ns = wall_ns
        self._passed_ns = 0
        self._step_ns = step_ns

    def wall_ns(self) -> int:
        with self._lock:
            return self._wall_ns + self._passed_ns

    def tick_ns(self) -> int:
        with self._lock:
            self._passed_ns += self._step_ns
            return self._passed_ns

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._passed_ns += int(seconds * 1e9)


class FixedIds:
    """Ids that count: 000…001, 000…002."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new_id(self) -> str:
        with self._lock:
            self._last += 1
            return f"{self._last:032x}"


class Request(NamedTuple):
    """One batch as it would have been sent."""

    events: list[dict[str, Any]]
    headers: dict[str, str]
    body: bytes


class MemoryTransport:
    """Keeps what is sent; answers 202, or what `answers` holds next (an exception there is raised)."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.accepted: list[dict[str, Any]] = []
        self.answers: deque[Answer | Exception] = deque()
        self.is_closed = False

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        plain = zlib.decompress(body, wbits=31) if headers.get("Content-Encoding") == "gzip" else body
        request = Request(json.loads(plain), dict(headers), body)
        self.requests.append(request)
        answer = self.answers.popleft() if self.answers else Answer(202)
        if isinstance(answer, Exception):
            raise answer
        if 200 <= answer.status < 300:
            self.accepted.extend(request.events)
        return answer

    def close(self) -> None:
        self.is_closed = True


class Recording:
    """What a `recording()` has seen, and the levers to its surroundings."""

    def __init__(self, client: Client, transport: MemoryTransport, clock: FixedClock) -> None:
        self._client = client
        self.transport = transport
        self.clock = clock

    @property
    def events(self) -> list[dict[str, Any]]:
        """The accepted events as the server would read them, in the order in which they were sent."""
        self._client.flush(5.0)
        return list(self.transport.accepted)

    def bodies(self, type: str) -> list[dict[str, Any]]:
        """Return the bodies of the accepted events of one type."""
        return [event["body"] for event in self.events if event["type"] == type]


@contextmanager
def recording(**settings: Any) -> Generator[Recording, None, None]:
    """Send everything inside to memory, with predictable ids and times; afterwards all is as before.

    `settings` are fields of `init()`, such as `environment="test"` or `max_retries=0`.
    """
    transport, clock = MemoryTransport(), FixedClock()
    client = Client(Settings(api_key="wl_test")._replace(**settings), lambda: transport, clock, FixedIds())
    before = swap_client(client)
    try:
        yield Recording(client, transport, clock)
        client.flush(5.0)
    finally:
        swap_client(before)
        client.close(5.0)
