"""Delivery by the answers of the server, with time that a test moves: retries, splits, pauses, drops, counts."""

from __future__ import annotations

import email.utils
import time
from typing import Any

import pytest

from watchllm._delivery import Delivery
from watchllm._entry import Entry
from watchllm._outbox import MAX_AGE_S, MAX_BYTES, MAX_EVENTS, Outbox
from watchllm._pacing import Pacing, read_retry_after
from watchllm._scope import NO_SCOPE
from watchllm._settings import Settings
from watchllm.testing import Answer, MemoryTransport


class Bench:
    """A delivery with its outbox, on a clock of its own; sleeping only moves that clock."""

    def __init__(self, **settings: Any) -> None:
        self.now_s = 1000.0
        self.slept: list[float] = []
        self.transport = MemoryTransport()
        self.outbox = Outbox(lambda: self.now_s)
        self.pacing = Pacing(lambda: self.now_s)
        chosen = Settings(api_key="wl_test")._replace(**settings)
        self.delivery = Delivery(self.outbox, self.transport, chosen, self.pacing, self._sleep)

    def put(self, *names: str, body: dict[str, Any] | None = None) -> None:
        for name in names:
            self.outbox.put(entry(name, body))

    def deliver(self) -> None:
        self.delivery.deliver(self.outbox.take(100))

    def answers(self, *answers: Answer | int | Exception) -> None:
        self.transport.answers.extend(Answer(answer) if isinstance(answer, int) else answer for answer in answers)

    def sent(self) -> list[str]:
        return [event["eventId"] for event in self.transport.accepted]

    def tried(self) -> list[list[str]]:
        return [[event["eventId"] for event in request.events] for request in self.transport.requests]

    def counts(self) -> dict[str, Any]:
        return self.outbox.counts()

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def entry(name: str, body: dict[str, Any] | None = None, size: int = 0) -> Entry:
    return Entry("log", name, "", "", 0, None, NO_SCOPE, body or {"level": "info", "message": name}, size)


@pytest.mark.parametrize("failure", [ConnectionError("x"), TimeoutError(), 408, 429, 502, 503, 504, MemoryError()])
def test_what_may_pass_is_tried_again_with_the_same_ids(failure: Any) -> None:
    bench = Bench()
    bench.put("a", "b")
    bench.answers(failure, failure)
    bench.deliver()
    assert bench.tried() == [["a", "b"]] * 3
    assert bench.counts() == {"queued": 0, "sent": 2, "dropped": {}}
    assert 0 <= bench.slept[0] <= 1
    assert 0 <= bench.slept[1] <= 2


@pytest.mark.parametrize("status", [400, 404, 405, 415, 301])
def test_what_cannot_get_better_is_dropped_and_counted_at_once(status: int) -> None:
    bench = Bench()
    bench.put("a")
    bench.answers(status)
    bench.deliver()
    assert len(bench.transport.requests) == 1
    assert bench.counts() == {"queued": 0, "sent": 0, "dropped": {"rejected": 1}}


def test_a_fault_of_the_server_is_not_repeated() -> None:
    bench = Bench()
    bench.put("a")
    bench.answers(500)
    bench.deliver()
    assert bench.counts()["dropped"] == {"server_error": 1}


def test_after_the_retries_the_batch_waits_at_the_front() -> None:
    bench = Bench()
    bench.put("a", "b")
    bench.answers(*[503] * 4)
    bench.deliver()
    bench.put("c")
    assert len(bench.transport.requests) == 4
    assert bench.counts()["queued"] == 3
    bench.deliver()
    assert bench.sent() == ["a", "b", "c"]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_the_number_of_retries_is_a_setting(retries: int) -> None:
    bench = Bench(max_retries=retries)
    bench.put("a")
    bench.answers(*[503] * 9)
    bench.deliver()
    assert len(bench.transport.requests) == 1 + retries


def test_retry_after_is_obeyed_between_two_tries_and_after_the_last() -> None:
    bench = Bench(max_retries=1)
    bench.put("a")
    bench.answers(Answer(429, "7"), Answer(503, "90"))
    bench.deliver()
    assert bench.slept == [7.0]
    assert bench.pacing.wait_s(at_the_end=True) == 90.0


def test_retry_after_is_read_as_seconds_and_as_a_date_and_capped() -> None:
    now = 1_800_000_000.0
    assert read_retry_after("12", now) == 12
    assert read_retry_after("99999999999999999999", now) == 600
    assert read_retry_after(email.utils.formatdate(now + 30, usegmt=True), now) == 30
    assert read_retry_after(email.utils.formatdate(now - 30, usegmt=True), now) == 0
    for nothing in ("", "soon", "-5", "Wed, 99 Foo 2026", "٣"):
        assert read_retry_after(nothing, now) is None


def test_five_failures_in_a_row_open_the_circuit_to_one_probe_in_half_a_minute() -> None:
    bench = Bench()
    bench.put("a")
    bench.answers(*[ConnectionError()] * 6)
    bench.deliver()
    assert bench.pacing.wait_s(at_the_end=False) == 1.0
    bench.deliver()
    assert len(bench.transport.requests) == 5
    assert 22.5 <= bench.pacing.wait_s(at_the_end=False) <= 37.5
    assert bench.pacing.wait_s(at_the_end=True) == 0, "the end of the process tries once more"
    bench.deliver()
    assert len(bench.transport.requests) == 6
    bench.deliver()
    assert bench.sent() == ["a"]
    assert bench.pacing.failures == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_for_five_minutes_and_keeps_the_events(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    bench.put("a")
    bench.answers(status, status)
    bench.deliver()
    bench.deliver()
    assert bench.pacing.wait_s(at_the_end=True) == 300
    assert bench.counts() == {"queued": 1, "sent": 0, "dropped": {}}
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    bench.deliver()
    assert bench.sent() == ["a"]


def test_events_older_than_ten_minutes_are_given_up_for_the_reason_that_held_them() -> None:
    for answer, reason in ((503, "expired"), (401, "auth")):
        bench = Bench(max_retries=0)
        bench.put("old")
        bench.now_s += MAX_AGE_S + 1
        bench.put("young")
        bench.answers(answer)
        bench.deliver()
        assert bench.counts() == {"queued": 1, "sent": 0, "dropped": {reason: 1}}


def refusal(*indexes: object) -> Answer:
    errors = ",".join(f'{{"index":{index},"code":"missing"}}' for index in indexes)
    return Answer(422, "", f'{{"error":{{"code":"invalid","errors":[{errors}]}}}}'.encode())


def test_the_events_that_a_422_names_are_dropped_and_the_rest_is_sent() -> None:
    bench = Bench()
    bench.put("a", "b", "c", "d")
    bench.answers(refusal(1, 3), refusal(0))
    bench.deliver()
    assert bench.tried() == [["a", "b", "c", "d"], ["a", "c"], ["c"]]
    assert bench.counts() == {"queued": 0, "sent": 1, "dropped": {"rejected": 3}}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"error":{}}', b'{"error":{"errors":[{}]}}', b'{"error":{"errors":[{"index":[]}]}}', b"\xff"]
)
def test_a_422_that_names_nothing_readable_drops_the_batch_and_ends(body: bytes) -> None:
    bench = Bench()
    bench.put("a", "b")
    bench.answers(Answer(422, "", body))
    bench.deliver()
    assert bench.counts() == {"queued": 0, "sent": 0, "dropped": {"rejected": 2}}


def test_a_422_that_names_events_which_are_not_there_drops_the_batch_and_ends() -> None:
    bench = Bench()
    bench.put("a")
    bench.answers(refusal(5))
    bench.deliver()
    assert bench.counts()["dropped"] == {"rejected": 1}


def test_a_413_splits_in_half_down_to_the_one_that_is_too_large() -> None:
    bench = Bench()
    bench.put("a", "b", "c", "d")
    bench.answers(413, 202, 413, 413, 202)
    bench.deliver()
    assert bench.tried() == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["d"]]
    assert bench.sent() == ["a", "b", "d"]
    assert bench.counts()["dropped"] == {"too_large": 1}


def test_when_the_server_goes_away_in_the_middle_of_a_split_the_order_is_kept() -> None:
    bench = Bench(max_retries=0)
    bench.put("a", "b", "c", "d")
    bench.answers(413, 413, 202, 503)
    bench.deliver()
    assert bench.sent() == ["a"]
    bench.deliver()
    assert bench.sent() == ["a", "b", "c", "d"]


def test_a_body_over_five_mebibytes_is_split_before_it_is_sent() -> None:
    bench = Bench()
    for name in "abcdefgh":
        bench.put(name, body={"text": "x" * 1024 * 1024})
    bench.deliver()
    assert bench.tried() == [["a", "b", "c", "d"], ["e", "f", "g", "h"]]


def test_one_event_over_four_mebibytes_is_dropped_and_the_others_are_sent() -> None:
    bench = Bench()
    bench.put("a")
    bench.put("b", body={"text": "\0" * 1024 * 1024})
    bench.put("c")
    bench.deliver()
    assert bench.sent() == ["a", "c"]
    assert bench.counts()["dropped"] == {"too_large": 1}


def test_an_event_that_cannot_be_written_is_dropped_alone() -> None:
    bench = Bench()
    bench.put("a")
    bench.put("b", body={"number": float("nan")})
    bench.deliver()
    assert bench.sent() == ["a"]
    assert bench.counts()["dropped"] == {"unserialisable": 1}


def test_drop_counts_travel_with_the_next_batch_once() -> None:
    bench = Bench(max_retries=0)
    bench.outbox.drop("queue_full")
    bench.outbox.drop("queue_full")
    bench.put("a")
    bench.answers(503, refusal(0))
    bench.deliver()
    bench.deliver()
    bench.outbox.drop("queue_full")
    for name in "bc":
        bench.put(name)
        bench.deliver()
    assert [request.headers.get("X-WatchLLM-Dropped") for request in bench.transport.requests] == [
        '{"queue_full":2}',
        '{"queue_full":2}',
        '{"queue_full":3}',
        None,
    ]


def test_large_bodies_are_compressed_and_small_ones_are_not() -> None:
    bench = Bench()
    bench.put("small")
    bench.deliver()
    bench.put("large", body={"text": "hello " * 1000})
    bench.deliver()
    small, large = bench.transport.requests
    assert "Content-Encoding" not in small.headers
    assert large.headers["Content-Encoding"] == "gzip"
    assert len(large.body) < 1000


def test_the_outbox_drops_the_newest_when_it_holds_ten_thousand_events() -> None:
    outbox = Outbox()
    for number in range(MAX_EVENTS + 5):
        outbox.put(entry(str(number)))
    first = outbox.take(100)
    assert [one.event_id for one in first] == [str(n) for n in range(100)]
    assert not outbox.put(entry("late")), "what is on its way still counts"
    outbox.settle(first)
    assert outbox.put(entry("now"))
    assert outbox.counts() == {"queued": MAX_EVENTS - 99, "sent": 100, "dropped": {"queue_full": 6}}


def test_the_outbox_drops_the_newest_when_it_holds_64_mebibytes() -> None:
    outbox = Outbox()
    accepted = sum(outbox.put(entry(str(n), size=1024 * 1024)) for n in range(100))
    assert accepted == MAX_BYTES // (1024 * 1024 + 1024)
    outbox.settle(outbox.take(10))
    assert outbox.put(entry("again", size=1024 * 1024))


def test_a_batch_is_due_when_it_is_full_old_or_asked_for() -> None:
    now_s = time.monotonic()
    outbox = Outbox(lambda: now_s)
    assert outbox.wait_s(2, 1.0) is None
    outbox.put(entry("a"))
    assert outbox.wait_s(2, 1.0) == 1.0
    outbox.put(entry("b"))
    assert outbox.wait_s(2, 1.0) == 0.0
    outbox.settle(outbox.take(2))
    outbox.put(entry("c"))
    now_s += 1.5
    assert outbox.wait_s(2, 1.0) == 0.0
    now_s -= 1.5
    assert outbox.wait_s(2, 1.0) == 1.0
    outbox.hurry()
    assert outbox.wait_s(2, 1.0) == 0.0
