"""A thousand SDKs whose server goes away and comes back, each on a clock of its own that costs no time.

The real worker, delivery, pacing and outbox; simulated are the time, the host that sends an event a second, and the
server, whose answer depends on the time alone. So each SDK can be run from its start to its end before the next.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from queue import Empty

from watchllm._entry import Entry
from watchllm._outbox import Outbox
from watchllm._scope import NO_SCOPE
from watchllm._settings import Settings
from watchllm._worker import Worker
from watchllm.testing import Answer, MemoryTransport

DOWN_S, BACK_S, END_S = 20.0, 200.0, 320.0
EVENT_EVERY_S = 1.0


class Herd:
    """What the server saw of all of them, by second."""

    def __init__(self) -> None:
        self.requests: Counter[int] = Counter()
        self.sent = 0
        self.dropped = 0

    def run(self, count: int) -> None:
        """Let so many SDKs live, each starting at a moment of its own."""
        for number in range(count):
            _Sdk(self, random.Random(number).random()).live()

    def between(self, first_s: float, last_s: float) -> int:
        """Return how many requests came in a span of time."""
        return sum(count for second, count in self.requests.items() if first_s <= second < last_s)


class _Server(MemoryTransport):
    def __init__(self, sdk: _Sdk) -> None:
        super().__init__()
        self._sdk = sdk

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._sdk.herd.requests[int(self._sdk.now_s)] += 1
        if DOWN_S <= self._sdk.now_s < BACK_S:
            raise ConnectionRefusedError
        return super().send(body, headers)


class _Outbox(Outbox):
    """An outbox whose worker sleeps by letting the host live on until then."""

    def __init__(self, sdk: _Sdk) -> None:
        super().__init__(lambda: sdk.now_s)
        self._sdk = sdk

    def sleep(self, seconds: float | None) -> None:
        sdk, until_s = self._sdk, END_S if seconds is None else self._sdk.now_s + seconds
        while sdk.next_event_s <= min(until_s, END_S):
            sdk.now_s = max(sdk.now_s, sdk.next_event_s)
            sdk.next_event_s += EVENT_EVERY_S
            self.put(sdk.entry())
            try:
                self._wake.get_nowait()
            except Empty:
                continue
            return
        sdk.now_s = until_s
        if until_s >= END_S:
            sdk.end()


class _Sdk:
    def __init__(self, herd: Herd, start_s: float) -> None:
        self.herd = herd
        self.now_s = self.next_event_s = start_s
        self._count = 0
        self._outbox = _Outbox(self)
        self._worker = Worker(self._outbox, lambda: _Server(self), Settings(api_key="wl_x"), lambda: self.now_s)

    def live(self) -> None:
        self._worker.run()

    def entry(self) -> Entry:
        self._count += 1
        body = {"level": "info", "message": "x"}
        return Entry("log", f"{self._count}", "", "", int(self.now_s * 1e9), None, NO_SCOPE, body, 10)

    def end(self) -> None:
        self.herd.sent += self._outbox.sent
        self.herd.dropped += sum(self._outbox.dropped.values())
        self._outbox.close()
