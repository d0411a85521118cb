"""Promises S-03, S-10 and S-17 of the Python SDK at full count: memory, threads, and a server that comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue

import pytest
from sdk_herd import BACK_S, Herd
from test_sdk_herd import check_herd

import watchllm
from tests.sdk.test_memory import capture_without_a_server
from watchllm.testing import Answer, MemoryTransport, recording

THREADS, EACH = 32, 10_000


@pytest.mark.timeout(1_200)
def test_a_million_events_without_a_server_stay_within_the_bounds() -> None:
    said = capture_without_a_server(1_000_000)
    print(f"S-03: 1,000,000 events without a server: {said['grown_mib']} MiB more, {said['queued']:,} kept")


class _Counting(MemoryTransport):
    """Keeps the messages alone: 320,000 whole events would be all that this process is about."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: SimpleQueue[str] = SimpleQueue()

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = super().send(body, headers)
        for event in self.accepted:
            self.messages.put(event["body"]["message"])
        self.accepted.clear()
        self.requests.clear()
        return answer


@pytest.mark.timeout(1_200)
def test_thirty_two_threads_with_ten_thousand_events_each_are_counted_exactly() -> None:
    began_s = time.monotonic()
    with recording() as seen:
        counting = _Counting()
        seen.transport.send = counting.send  # type: ignore[method-assign]

        def work(name: int) -> None:
            for number in range(EACH):
                while watchllm.stats()["queued"] > 5_000:
                    time.sleep(0.01)
                assert watchllm.log(f"{name} {number}")

        threads = [threading.Thread(target=work, args=(name,)) for name in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while not watchllm.flush(30):
            time.sleep(0.1)
        counts = watchllm.stats()
    assert counts == {"queued": 0, "sent": THREADS * EACH, "dropped": {}}
    got = [counting.messages.get() for _ in range(counting.messages.qsize())]
    assert sorted(got) == sorted(f"{name} {number}" for name in range(THREADS) for number in range(EACH))
    print(f"S-10: {THREADS} threads, {len(got):,} events in {time.monotonic() - began_s:.0f} s, each sent once")


@pytest.mark.timeout(1_200)
def test_a_thousand_sdks_do_not_storm_a_server_that_comes_back() -> None:
    herd: Herd = check_herd(1_000)
    first_minute = herd.between(BACK_S, BACK_S + 60)
    usual = herd.between(5, 20) / 15
    print(f"S-17: 1,000 SDKs: {first_minute / 60:.0f} requests/s in the first minute, {usual:.0f} usually")
