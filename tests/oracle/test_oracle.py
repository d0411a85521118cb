"""The oracle must find what it exists to find: each kind of fault is planted in honest answers and must be reported."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.oracle.api import Api, Json
from tests.oracle.bodies import ENVIRONMENT, KINDS_WITHOUT_DURATION, NATIVE_TYPES, OTLP_TYPES, RELEASE, encode
from tests.oracle.checker import Checker
from tests.oracle.content import EVENTS_PER_TRACE, Content, Expected
from tests.oracle.record import Batch, Header, Record
from watchllm_server.model.times import to_rfc3339

START_US = 1_790_000_000_000_000
CONTENT = Content(5, START_US)
BATCHES = (Batch(0, 0, 30, "native", False), Batch(1, 30, 18, "otlp", True))
# An event with every field: the first priced model call.
PRICED = next(index for index in range(48) if CONTENT.event(index).cost_usd is not None)
Tamper = Callable[[list[Json]], None]


def row_of(event: Expected, batch: Batch) -> Json:
    """Return the event as an honest server lists it, with its texts."""
    types = NATIVE_TYPES if batch.wire_format == "native" else OTLP_TYPES
    has_none = batch.wire_format == "native" and event.kind in KINDS_WITHOUT_DURATION
    return {
        "event_id": event.event_id,
        "trace_id": event.trace_id,
        "parent_event_id": event.parent_event_id or None,
        "type": types[event.kind],
        "status": "ok",
        "session_id": event.session_id,
        "user_id": event.user_id,
        "environment": ENVIRONMENT,
        "release": RELEASE,
        "model": event.model,
        "usage": _usage(event),
        "cost_usd": None if event.cost_usd is None else str(event.cost_usd),
        "start_time": to_rfc3339(event.start_us),
        "duration_ms": None if has_none else event.duration_us / 1_000,
        "input": event.input_text,
        "output": msgspec.json.encode([event.output_text]).decode(),
    }


def _usage(event: Expected) -> dict[str, int]:
    if event.kind != "chat":
        return {}
    return {"input_tokens": event.input_tokens, "output_tokens": event.output_tokens}


class HonestApi(Api):
    """Answers from memory, until `tamper` has changed the rows of the events."""

    def __init__(self, tamper: Tamper = lambda rows: None) -> None:
        self.rows = [row_of(CONTENT.event(index), batch) for batch in BATCHES for index in batch.indices]
        self.summaries = [_summary(trace) for trace in range(48 // EVENTS_PER_TRACE)]
        self.duplicates = 0
        self._stored = len(self.rows)
        tamper(self.rows)

    async def is_ready(self) -> bool:
        return True

    async def get(self, path: str, **query: str | int) -> Json:
        if path == "/api/v1/events":
            return {"data": self.rows, "next_cursor": None}
        if path == "/api/v1/traces":
            return {"data": self.summaries, "next_cursor": None}
        if path == "/api/v1/ledger":
            received = self._stored + self.duplicates
            counts: Json = {"received": received, "rejected": {}, "duplicate": self.duplicates, "queued": 0}
            return {"totals": {**counts, "stored": self._stored, "dead_lettered": 0}, "balanced": True}
        name = path.rsplit("/", 1)[1]
        if path.startswith("/api/v1/traces/"):
            return {"columns": {"event_id": [row["event_id"] for row in self.rows if row["trace_id"] == name]}}
        return next(row for row in self.rows if row["event_id"] == name)

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        fresh = CONTENT.event(-EVENTS_PER_TRACE)
        self.summaries.append({"trace_id": fresh.trace_id})


def _summary(trace: int) -> Json:
    events = [CONTENT.event(trace * EVENTS_PER_TRACE + place) for place in range(EVENTS_PER_TRACE)]
    costs = [event.cost_usd for event in events if event.cost_usd is not None]
    return {
        "trace_id": CONTENT.trace_id(trace),
        "event_count": EVENTS_PER_TRACE,
        "error_count": 0,
        "model_call_count": 4,
        "total_tokens": sum(event.input_tokens + event.output_tokens for event in events),
        "models": sorted({event.model for event in events if event.model}),
        "total_cost_usd": str(sum(costs, Decimal(0))),
    }


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in these answers will not become right by waiting."""
    monkeypatch.setattr("tests.oracle.checker.DRAIN_S", 0.0)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record.create(tmp_path / "record.jsonl", Header(seed=5, start_us=START_US))
    for batch in BATCHES:
        record.issued(batch)
        record.tried(batch.number, 202)
    return record


async def test_honest_answers_give_a_clean_verdict(record: Record) -> None:
    verdict = await Checker(CONTENT, record, HonestApi()).check()
    assert verdict.is_clean, verdict.report()
    assert (verdict.stored, verdict.texts_checked, verdict.traces_checked) == (48, 48, 4)


def _lose(rows: list[Json]) -> None:
    del rows[17]


def _double(rows: list[Json]) -> None:
    rows.append(rows[3])


def _invent(rows: list[Json]) -> None:
    rows.append({**rows[3], "event_id": "f" * 48})


def _change(field: str, value: Any) -> Tamper:
    def change(rows: list[Json]) -> None:
        rows[PRICED] = {**rows[PRICED], field: value}

    return change


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (_lose, "missing"),
        (_double, "duplicates"),
        (_invent, "spurious"),
        (_change("type", "log"), "wrong"),
        (_change("parent_event_id", ""), "wrong"),
        (_change("usage", {"input_tokens": 1, "output_tokens": 1}), "wrong"),
        (_change("cost_usd", "0.5"), "wrong"),
        (_change("cost_usd", None), "wrong"),
        (_change("input", CONTENT.event(PRICED).input_text + " "), "wrong"),
        (_change("output", ""), "wrong"),
    ],
)
async def test_each_kind_of_fault_is_found(record: Record, tamper: Tamper, kind: str) -> None:
    verdict = await Checker(CONTENT, record, HonestApi(tamper)).check()
    assert getattr(verdict, kind) > 0, verdict.report()
    assert not verdict.is_clean


async def test_a_ledger_that_does_not_balance_is_found(record: Record) -> None:
    api = HonestApi()
    api._stored -= 1  # pyright: ignore[reportPrivateUsage]
    verdict = await Checker(CONTENT, record, api).check()
    assert verdict.wrong > 0


async def test_an_acknowledged_batch_counts_even_when_a_later_attempt_broke(record: Record) -> None:
    record.tried(1, "broken")
    assert record.acknowledged == {0, 1}
    assert record.redelivered == {1}
    verdict = await Checker(CONTENT, record, HonestApi(_lose)).check(texts=0)
    assert verdict.missing == 1


def test_a_record_says_the_same_after_loading_and_a_line_cut_short_is_not_believed(
    record: Record, tmp_path: Path
) -> None:
    record.issued(Batch(2, 48, 5, "native", False))
    record.tried(2, "broken")
    record.close()
    path = tmp_path / "record.jsonl"
    path.write_bytes(path.read_bytes() + b'{"type":"tried","number":2,"outco')
    loaded = Record.load(path)
    assert loaded.batches == record.batches
    assert loaded.acknowledged == record.acknowledged == {0, 1}
    assert loaded.issued_events == 53
    assert loaded.acknowledged_events == 48


def test_every_attempt_of_a_batch_sends_the_same_bytes() -> None:
    for batch in BATCHES:
        assert encode(Content(5, START_US), batch) == encode(CONTENT, batch)
