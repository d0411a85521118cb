"""Summaries of new traces from what was just stored: the same as from a read, and never when a read would tell more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final

import pytest
from tests.processor.pipe import AT_US, Pipe

from watchllm_server.processor.recent import MAX_EVENTS, RecentTraces
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.events.contract import ReadTraces, TraceRows
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.stores.queue.contract import TouchedTrace

_TABLES: Final = {
    "traces": "SELECT * EXCEPT (version, stored_at) FROM traces FINAL WHERE NOT is_deleted AND project_id IN {p:Array(String)}"
    " ORDER BY project_id, trace_id",
    "figures": "SELECT * EXCEPT (version) FROM event_figures FINAL WHERE NOT is_deleted"
    " AND project_id IN {p:Array(String)} ORDER BY project_id, trace_id, event_id",
    "buckets": "SELECT * EXCEPT (version) FROM trace_buckets FINAL WHERE project_id IN {p:Array(String)}"
    " ORDER BY project_id, trace_id",
}


class CountingWriter:
    """The real writer, and how many traces it was asked to read."""

    def __init__(self, writer: ClickHouseWriter) -> None:
        self._writer = writer
        self.traces_read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def read_trace_events(self, traces: Sequence[tuple[str, str]]) -> ReadTraces:
        self.traces_read += len(traces)
        return await self._writer.read_trace_events(traces)


class HeldWriter(CountingWriter):
    """The real writer, but an insert of events waits until it is told."""

    def __init__(self, writer: ClickHouseWriter) -> None:
        super().__init__(writer)
        self.planned, self.insert = asyncio.Event(), asyncio.Event()

    async def insert_events(self, events: Sequence[Any], token: str) -> Any:
        self.planned.set()
        await self.insert.wait()
        return await self._writer.insert_events(events, token)


@pytest.fixture
def counting(pipe: Pipe) -> CountingWriter:
    return CountingWriter(pipe.writer)


def summaries(pipe: Pipe, writer: Any) -> Summaries:
    return Summaries(pipe.queue, writer, pipe.clock, pipe.recent)


async def tables(pipe: Pipe, *projects: str) -> dict[str, list[dict[str, Any]]]:
    return {name: await pipe.client.read_rows(sql, {"p": list(projects)}) for name, sql in _TABLES.items()}


async def event_counts(pipe: Pipe) -> dict[str, int]:
    found = await tables(pipe, pipe.project_id)
    figures = [row["trace_id"] for row in found["figures"]]
    counts = {row["trace_id"]: int(row["event_count"]) for row in found["traces"]}
    assert {trace_id: figures.count(trace_id) for trace_id in counts} == counts
    return counts


def some_item(chance: random.Random, number: int) -> dict[str, Any]:
    """Return the fields of an event of one of ten traces, with whatever a summary and a figure are made of."""
    kind = chance.choice(["model_response", "token_usage", "agent_action", "tool_call", "error", "span", "eval_metric"])
    start_us = AT_US + chance.randrange(-(10**10), 10**10)
    usage = {"input_tokens": chance.choice([100, 200]), "output_tokens": 10} if chance.random() < 0.5 else {}
    return {
        "event_id": f"e{number}", "trace_id": f"t{number % 10}", "type": kind, "start_us": start_us,
        "end_us": chance.choice([None, start_us, start_us + 1_500]), "name": chance.choice(["", "n", "né \U0001f600"]),
        "parent_event_id": "" if number < 10 else f"e{number - 10}", "status": chance.choice(["", "ok", "error"]),
        "usage": chance.choice([usage, {}]), "model": chance.choice(["", "gpt-4o-mini", "not priced"]),
        "tags": chance.choice([[], ["a"], ["b", "a"]]), "user_id": chance.choice(["", "u"]),
        "session_id": chance.choice(["", "s"]), "environment": chance.choice(["", "prod"]),
        "release": chance.choice(["", "1.0"]), "provider": chance.choice(["", "openai"]),
        "agent_name": chance.choice(["", "ag"]), "tool_name": chance.choice(["", "search"]),
        "prompt_name": chance.choice(["", "pr"]), "prompt_version": chance.choice(["", "2"]),
        "first_token_us": chance.choice([None, 0, 1_000]), "response_id": chance.choice(["", "r1"]),
        "input_preview": chance.choice(["", "asked"]), "output_preview": chance.choice(["", "0.5", "said\u0000"]),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_just_stored_gives_the_same_summaries_and_figures_as_a_read(
    pipe: Pipe, counting: CountingWriter, seed: int
) -> None:
    chance = random.Random(seed)
    other = f"{pipe.project_id}-other"
    await pipe.send(*(some_item(chance, number) for number in range(100)))
    mine = pipe.project_id
    pipe.project_id = other if seed % 2 else mine
    await pipe.send(*(some_item(chance, number) for number in range(100, 130)))
    await pipe.work(pipe.worker())
    assert await summaries(pipe, counting).compute_round() == (20 if seed % 2 else 10)
    assert counting.traces_read == 0
    from_memory = await tables(pipe, mine, other)
    assert len(from_memory["figures"]) == 130
    keys = [TouchedTrace(project_id, f"t{n}") for project_id in {mine, pipe.project_id} for n in range(10)]
    await pipe.queue.touch(keys)
    await summaries(pipe, counting).compute_round()
    assert counting.traces_read == len(keys)
    assert await tables(pipe, mine, other) == from_memory


async def test_a_trace_that_grows_before_its_summary_is_read(pipe: Pipe, counting: CountingWriter) -> None:
    for event_id in ("e1", "e2"):
        await pipe.send({"event_id": event_id}, {"event_id": f"alone-{event_id}", "trace_id": f"alone-{event_id}"})
        await pipe.work(pipe.worker())
    await summaries(pipe, counting).compute_round()
    assert counting.traces_read == 1
    assert await event_counts(pipe) == {"t": 2, "alone-e1": 1, "alone-e2": 1}
    await pipe.send({"event_id": "e3"})
    await pipe.work(pipe.worker())
    await summaries(pipe, counting).compute_round()
    assert counting.traces_read == 2
    assert await event_counts(pipe) == {"t": 3, "alone-e1": 1, "alone-e2": 1}


@pytest.mark.parametrize("is_summed_up", [False, True], ids=["waiting", "summed up"])
async def test_what_another_processor_has_stored_meanwhile_is_read(
    pipe: Pipe, counting: CountingWriter, is_summed_up: bool
) -> None:
    await pipe.send({"event_id": "e1"})
    held = HeldWriter(pipe.writer)
    slow = asyncio.create_task(pipe.work(pipe.worker(held)))
    await held.planned.wait()
    # Another process: it has a memory of its own.
    here, pipe.recent = pipe.recent, RecentTraces()
    await pipe.send({"event_id": "e2"})
    await pipe.work(pipe.worker(owner="b"))
    pipe.recent = here
    if is_summed_up:
        await summaries(pipe, counting).compute_round()
        assert await event_counts(pipe) == {"t": 1}
    held.insert.set()
    await slow
    await summaries(pipe, counting).compute_round()
    assert counting.traces_read == 1 + is_summed_up
    assert await event_counts(pipe) == {"t": 2}


async def test_of_what_is_erased_while_it_is_stored_nothing_is_remembered(pipe: Pipe, counting: CountingWriter) -> None:
    await pipe.send({"event_id": "e1"})
    held = HeldWriter(pipe.writer)
    slow = asyncio.create_task(pipe.work(pipe.worker(held)))
    await held.planned.wait()
    rounds = summaries(pipe, counting)
    async with rounds.held_back():
        held.insert.set()
        await slow
        await pipe.eraser.erase_trace(pipe.project_id, "t")
    await rounds.compute_round()
    assert counting.traces_read == 1
    assert await event_counts(pipe) == {}


async def test_refused_rows_are_in_no_summary(pipe: Pipe, counting: CountingWriter) -> None:
    await pipe.send({"event_id": "e1"}, {"event_id": "e2", "usage": {"input_tokens": -1}})
    await pipe.work(pipe.worker())
    await summaries(pipe, counting).compute_round()
    assert await event_counts(pipe) == {"t": 1}


async def test_a_processor_that_does_not_lead_remembers_nothing(pipe: Pipe, counting: CountingWriter) -> None:
    pipe.recent.close()
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    pipe.recent.open()
    await summaries(pipe, counting).compute_round()
    assert counting.traces_read == 1


async def test_the_loop_of_summaries_remembers_while_it_runs(pipe: Pipe) -> None:
    recent = RecentTraces()
    stop = asyncio.Event()
    running = asyncio.create_task(Summaries(pipe.queue, pipe.writer, pipe.clock, recent).run(stop))
    await asyncio.sleep(0)
    assert recent.begin() is not None
    stop.set()
    pipe.clock.advance(10)
    await running
    assert recent.begin() is None


class TestBounds:
    """What is kept never grows without end."""

    def test_a_full_memory_takes_no_more_until_some_of_it_is_taken(self) -> None:
        recent = opened()
        remember(recent, "a", mark=1, events=MAX_EVENTS - 1)
        remember(recent, "b", mark=2, events=10)
        assert recent.begin() is None
        listed = [TouchedTrace("p", "a", 1)]
        assert list(recent.take(recent.find(listed), listed).events) == [("p", "a")]
        assert recent.begin() is not None
        assert recent.find([TouchedTrace("p", "b", 2)]) == [("p", "b")]

    def test_what_was_done_before_it_was_remembered_goes_with_the_next_round(self) -> None:
        recent = opened()
        remember(recent, "late", mark=1, events=MAX_EVENTS)
        listed = [TouchedTrace("p", "other", 2)]
        assert recent.find(listed) == []
        assert recent.take([], listed).events == {}
        assert recent.begin() is not None
        assert recent.find([TouchedTrace("p", "late", 1)]) == []

    def test_a_trace_with_another_mark_is_not_found(self) -> None:
        recent = opened()
        remember(recent, "a", mark=1, events=1)
        assert recent.find([TouchedTrace("p", "a", 2)]) == []

    def test_what_began_before_it_was_forgotten_is_not_remembered(self) -> None:
        recent = opened()
        begun = recent.begin()
        recent.forget()
        assert begun is not None
        recent.remember(begun, read("a", 1), [TouchedTrace("p", "a", 1)])
        assert recent.find([TouchedTrace("p", "a", 1)]) == []


def opened() -> RecentTraces:
    recent = RecentTraces()
    recent.open()
    return recent


def read(trace_id: str, events: int) -> ReadTraces:
    return ReadTraces({("p", trace_id): [None] * events}, [TraceRows("p", [trace_id], None)])  # pyright: ignore[reportArgumentType]


def remember(recent: RecentTraces, trace_id: str, *, mark: int, events: int) -> None:
    begun = recent.begin()
    assert begun is not None
    recent.remember(begun, read(trace_id, events), [TouchedTrace("p", trace_id, mark)])
