"""Bundles become rows exactly once: the real queue, the real engine, failures in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.processor.pipe import AT_US, Pipe

from watchllm_server.model.event import Event
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.stores.queue.contract import NewEntry


class FailingWriter:
    """The real writer, but the insert of events fails before or after it has happened."""

    def __init__(self, writer: ClickHouseWriter, *, after: bool) -> None:
        self._writer = writer
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        if self._after:
            await self._writer.insert_events(events, token)
        raise StoreUnavailable("the connection was reset")


class HeldWriter:
    """The real writer, but it inserts, and answers what it has found, only when told."""

    def __init__(self, writer: ClickHouseWriter) -> None:
        self._writer = writer
        self.planned, self.insert = asyncio.Event(), asyncio.Event()
        self.found, self.answer = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def find_versions(self, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
        found = await self._writer.find_versions(keys)
        self.found.set()
        await self.answer.wait()
        return found

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        self.planned.set()
        await self.insert.wait()
        await self._writer.insert_events(events, token)


async def test_what_was_queued_is_stored_priced_and_acknowledged(pipe: Pipe) -> None:
    usage = {"input_tokens": 1_000, "output_tokens": 100}
    await pipe.send(
        {"event_id": "e1", "type": "model_response", "model": "gpt-4o-mini", "usage": usage}, {"event_id": "e2"}
    )
    await pipe.work(pipe.worker())
    rows = await pipe.stored("event_id, cost_usd, cost_status")
    assert [row["event_id"] for row in rows] == ["e1", "e2"]
    assert Decimal(rows[0]["cost_usd"]) == Decimal("0.00021")
    assert await pipe.ledger() == (0, 2, 0, 0)
    assert (await pipe.queue.depth()).entries == 0


@pytest.mark.parametrize("after", [False, True], ids=["before the insert", "after the insert"])
async def test_a_failure_around_the_insert_stores_once_and_counts_once(pipe: Pipe, after: bool) -> None:
    await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    await pipe.work(pipe.worker(FailingWriter(pipe.writer, after=after)))
    assert await pipe.ledger() == (2, 0, 0, 0)
    pipe.clock.advance(60)
    await pipe.work(pipe.worker())
    (row,) = await pipe.client.read_rows(
        "SELECT count() AS n FROM events WHERE project_id = {p:String}", {"p": pipe.project_id}
    )
    assert row["n"] == 2
    assert await pipe.ledger() == (0, 2, 0, 0)


async def test_an_event_sent_again_counts_as_a_duplicate_and_its_last_version_stands(pipe: Pipe) -> None:
    worker = pipe.worker()
    await pipe.send({"event_id": "e1", "name": "first"})
    await pipe.work(worker)
    await pipe.send({"event_id": "e1", "name": "second"}, {"event_id": "e2"})
    await pipe.work(worker)
    assert [row["name"] for row in await pipe.stored()] == ["second", ""]
    assert await pipe.ledger() == (0, 2, 1, 0)


async def test_a_duplicate_is_known_to_a_new_processor_before_and_after_the_summary(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    for expected in ((0, 1, 1, 0), (0, 1, 2, 0)):
        worker = pipe.worker()
        await worker.take_over()
        await pipe.send({"event_id": "e1"})
        await pipe.work(worker)
        assert await pipe.ledger() == expected
        await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()


async def test_an_event_twice_in_one_bundle_is_one_row(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1", "name": "first"})
    await pipe.send({"event_id": "e1", "name": "second"})
    await pipe.work(pipe.worker())
    assert [row["name"] for row in await pipe.stored()] == ["second"]
    assert await pipe.ledger() == (0, 1, 1, 0)


async def test_bad_events_become_dead_letters_and_hold_back_no_other(pipe: Pipe) -> None:
    items: list[dict[str, Any]] = [{"event_id": f"e{n:03}"} for n in range(200)]
    items[17]["bad"] = True
    items[101] |= {"usage": {"input_tokens": -5}}
    await pipe.send(*items)
    await pipe.work(pipe.worker())
    assert len(await pipe.stored()) == 198
    assert await pipe.ledger() == (0, 198, 0, 2)
    letters = await pipe.client.read_rows(
        "SELECT event_id, code FROM dead_letters FINAL WHERE project_id = {p:String} ORDER BY event_id",
        {"p": pipe.project_id},
    )
    assert letters == [{"event_id": "e017", "code": "unmappable"}, {"event_id": "e101", "code": "store_refused"}]


async def test_a_holder_whose_lease_ran_out_changes_nothing_when_it_comes_back(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    late = await pipe.queue.lease("late", max_events=10, max_bytes=1 << 20, lease_s=1)
    assert late is not None
    pipe.clock.advance(2)
    await pipe.work(pipe.worker())
    await pipe.worker(owner="late").work(late)
    assert await pipe.ledger() == (0, 1, 0, 0)
    assert len(await pipe.stored()) == 1


async def test_an_entry_of_an_unknown_format_is_kept_whole_as_dead_letters(pipe: Pipe) -> None:
    entry = NewEntry(
        project_id=pipe.project_id, format="from.the.future", body=b"\xff\x00", event_ids=["e1"], accepted_at_us=AT_US
    )
    await pipe.queue.enqueue(entry)
    await pipe.work(pipe.worker())
    assert await pipe.ledger() == (0, 0, 0, 1)


async def test_summaries_are_those_of_the_unique_events(pipe: Pipe) -> None:
    worker = pipe.worker()
    usage = {"input_tokens": 10, "output_tokens": 5}
    call = {"event_id": "c", "type": "model_response", "parent_event_id": "r", "usage": usage, "model": "gpt-4o"}
    for _ in range(3):
        await pipe.send({"event_id": "r", "name": "root", "status": "ok"}, call, {"event_id": "alone", "trace_id": ""})
        await pipe.work(worker)
        await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
        pipe.clock.advance(1)
    sql = (
        "SELECT trace_id, name, event_count, input_tokens, models FROM traces FINAL"
        " WHERE project_id = {p:String} ORDER BY trace_id"
    )
    assert await pipe.client.read_rows(sql, {"p": pipe.project_id}) == [
        {"trace_id": "alone", "name": "", "event_count": 1, "input_tokens": 0, "models": []},
        {"trace_id": "t", "name": "root", "event_count": 2, "input_tokens": 10, "models": ["gpt-4o"]},
    ]
    assert (await pipe.queue.depth()).touched_traces == 0


async def test_run_stops_after_the_bundle_at_hand(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    stop = asyncio.Event()
    running = asyncio.create_task(pipe.worker().run(stop))
    while (await pipe.queue.depth()).entries:  # noqa: ASYNC110 - a queue tells nobody that it is empty
        await asyncio.sleep(0.01)
    stop.set()
    await running
    assert len(await pipe.stored()) == 1


async def test_a_repeat_that_overtakes_a_bundle_that_was_given_back_is_counted_once(pipe: Pipe) -> None:
    # The first bundle has its plan ("nothing is stored yet") and no rows when the repeat comes, and another stores it.
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker(FailingWriter(pipe.writer, after=False)))
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    pipe.clock.advance(60)
    await pipe.work(pipe.worker())
    assert [row["event_id"] for row in await pipe.stored()] == ["e1"]
    assert await pipe.ledger() == (0, 1, 1, 0)


async def test_a_repeat_is_counted_once_when_its_event_is_acknowledged_while_the_store_is_asked(pipe: Pipe) -> None:
    writer = HeldWriter(pipe.writer)
    await pipe.send({"event_id": "e0"})
    await pipe.work(pipe.worker())
    await pipe.send({"event_id": "e1"})
    writer.answer.set()
    first = asyncio.create_task(pipe.work(pipe.worker(writer)))
    await writer.planned.wait()
    writer.found.clear()
    writer.answer.clear()
    await pipe.send({"event_id": "e1"})
    second = asyncio.create_task(pipe.work(pipe.worker(writer)))
    # The store has answered that it has no such event, and the answer is on its way while the first bundle ends.
    await writer.found.wait()
    writer.insert.set()
    await first
    writer.answer.set()
    await second
    assert await pipe.ledger() == (0, 2, 1, 0)


async def test_a_new_process_takes_up_what_was_given_back_before_a_repeat_of_it(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker(FailingWriter(pipe.writer, after=False)))
    await pipe.send({"event_id": "e1"})
    successor = pipe.worker()
    await successor.take_over()
    await pipe.work(successor)
    await pipe.work(successor)
    assert await pipe.ledger() == (0, 1, 1, 0)
