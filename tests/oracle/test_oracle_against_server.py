"""The oracle against a real server: an honest run is clean, and each lie about it is found through the public API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.oracle.api import Api
from tests.oracle.bodies import encode, native_body
from tests.oracle.checker import Checker
from tests.oracle.content import EVENTS_PER_TRACE, Content, Expected
from tests.oracle.record import Batch, Header, Record
from tests.oracle.verdict import Verdict
from tests.running import Server
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import MICROSECONDS

JSON: Final = {"Content-Type": "application/json"}
BATCHES: Final = (
    Batch(0, 0, 2 * EVENTS_PER_TRACE, "native", False),
    Batch(1, 2 * EVENTS_PER_TRACE, EVENTS_PER_TRACE, "otlp", True),
)
# Never issued and of no trace that was: between the fourth trace and the fresh event.
UNKNOWN: Final = 10 * EVENTS_PER_TRACE
Lie = Callable[[Api, Content, Record], Awaitable[None]]


async def _lose(api: Api, content: Content, record: Record) -> None:
    """Believe in an acknowledgement of a batch that was never sent."""
    record.issued(Batch(2, 3 * EVENTS_PER_TRACE, EVENTS_PER_TRACE, "native", False))
    record.tried(2, 202)


async def _send(api: Api, event: Expected) -> None:
    await api.post("/api/v1/events/batch", native_body([event]), JSON)


async def _double(api: Api, content: Content, record: Record) -> None:
    """Store an event once more where the store keeps it apart: in another trace."""
    await _send(api, msgspec.structs.replace(content.event(3), trace_id="d" * 32))


async def _change_text(api: Api, content: Content, record: Record) -> None:
    event = content.event(5)
    await _send(api, msgspec.structs.replace(event, output_text=event.output_text + "!"))


async def _change_usage(api: Api, content: Content, record: Record) -> None:
    event = content.event(1)
    await _send(api, msgspec.structs.replace(event, input_tokens=event.input_tokens + 1))


async def _invent(api: Api, content: Content, record: Record) -> None:
    await _send(api, content.event(UNKNOWN))


async def _nothing(api: Api, content: Content, record: Record) -> None:
    """Tell no lie."""


# What is done, which count must say so, its value, and words of an example; `wrong` is told by its words, since
# the ledger of one server counts the runs before too.
LIES: Final[tuple[tuple[Lie, str, int, str], ...]] = (
    (_lose, "missing", EVENTS_PER_TRACE, "missing: "),
    (_double, "duplicates", 1, "duplicates: "),
    (_invent, "spurious", 1, "was never issued"),
    (_change_text, "wrong", 0, "output is not what was sent"),
    (_change_usage, "wrong", 0, "usage is {"),
)


async def _drained(api: Api, start_us: int) -> None:
    async with asyncio.timeout(20):
        while True:
            if (await api.ledger(start_us, SystemClock().now_us()))["totals"]["queued"] == 0:
                return
            await asyncio.sleep(0.05)


async def _run(server: Server, path: Path, lie: Lie, *, seed: int) -> Verdict:
    # Hours apart, so that no run sees the events of another.
    start_us = SystemClock().now_us() - seed * 3_600 * MICROSECONDS
    record, content = Record.create(path, Header(seed=seed, start_us=start_us)), Content(seed, start_us)
    try:
        async with Api(server.base_url, server.api_key) as api:
            for batch in BATCHES:
                record.issued(batch)
                where, headers, body = encode(content, batch)
                await api.post(where, body, headers)
                record.tried(batch.number, 202)
            # One bundle keeps one row of an event id: a lie must come when the truth is stored.
            await _drained(api, start_us)
            await lie(api, content, record)
            return await Checker(content, record, api).check()
    finally:
        record.close()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose project holds nothing but the runs of this module."""
    running = Server(tmp_path_factory.mktemp("oracle")).start()
    yield running
    running.stop()


async def test_an_honest_run_is_clean_and_each_lie_is_found(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = await _run(own_server, tmp_path / "honest", _nothing, seed=1)
    assert verdict.is_clean, verdict.report()
    assert (verdict.stored, verdict.texts_checked, verdict.traces_checked) == (36, 36, 3)
    # A quiet server settles in a second; what is wrong from here on stays wrong.
    monkeypatch.setattr("tests.oracle.checker.DRAIN_S", 2.0)
    for seed, (lie, kind, count, words) in enumerate(LIES, start=2):
        verdict = await _run(own_server, tmp_path / lie.__name__, lie, seed=seed)
        found = verdict.missing, verdict.duplicates, verdict.spurious
        wanted = tuple(count if name == kind else 0 for name in ("missing", "duplicates", "spurious"))
        assert found == wanted, (lie.__name__, verdict.report())
        assert any(words in example for example in verdict.examples), (lie.__name__, verdict.report())
