"""Acknowledged events that the event store lost come back, and those that it has are left alone."""

from __future__ import annotations

import pytest
from tests.processor.pipe import LineFormat, Pipe

from watchllm_server.dialects.contract import Limits
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.reconcile import Reconciler

LATER_US = 1 << 60


def reconciler(pipe: Pipe) -> Reconciler:
    handlers = Handlers({LineFormat.name: LineFormat()}, Limits())
    return pipe.reconciler(handlers)


async def lose(pipe: Pipe, *event_ids: str) -> None:
    """Take rows out of the event store, as a disk does that lied."""
    await pipe.client.write(
        "DELETE FROM events WHERE project_id = {p:String} AND event_id IN {e:Array(String)}",
        {"p": pipe.project_id, "e": list(event_ids)},
    )


async def settle_summaries(pipe: Pipe) -> None:
    await pipe.queue.settle_touched(await pipe.queue.list_touched(100))


async def test_what_the_store_lost_is_stored_again_under_its_old_version(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1", "name": "one"}, {"event_id": "e2", "name": "two"}, {"event_id": "e3"})
    await pipe.work(pipe.worker())
    before = await pipe.stored("event_id, name, version, trace_id")
    await settle_summaries(pipe)
    await lose(pipe, "e1", "e3")
    assert [row["event_id"] for row in await pipe.stored()] == ["e2"]
    assert await reconciler(pipe).check_round(LATER_US) == 1
    assert await pipe.stored("event_id, name, version, trace_id") == before
    # The trace's summary is computed again; the ledger counted the events when they were stored.
    touched = await pipe.queue.list_touched(10)
    assert [(t.project_id, t.trace_id) for t in touched] == [(pipe.project_id, "t")]
    assert await pipe.ledger() == (0, 3, 0, 0)


async def test_what_is_there_is_looked_for_once(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    await settle_summaries(pipe)
    assert await reconciler(pipe).check_round(LATER_US) == 1
    assert await reconciler(pipe).check_round(LATER_US) == 0
    assert await pipe.queue.list_touched(10) == []


async def test_after_a_start_everything_of_the_period_of_grace_is_looked_for_again(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    await reconciler(pipe).check_round(LATER_US)
    await lose(pipe, "e1")
    await pipe.queue.uncheck()
    assert await reconciler(pipe).check_round(LATER_US) == 1
    assert [row["event_id"] for row in await pipe.stored()] == ["e1"]


async def test_an_event_that_a_newer_one_replaced_is_not_missing(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1", "name": "old"})
    await pipe.work(pipe.worker())
    await pipe.send({"event_id": "e1", "name": "new"})
    await pipe.work(pipe.worker())
    # The old row is gone as after a merge: its id is there, under a newer version.
    await pipe.client.write("DELETE FROM events WHERE project_id = {p:String} AND name = 'old'", {"p": pipe.project_id})
    await settle_summaries(pipe)
    await reconciler(pipe).check_round(LATER_US)
    assert await pipe.stored() == [{"event_id": "e1", "name": "new"}]
    assert await pipe.queue.list_touched(10) == []


async def test_dead_letters_are_not_missing_and_lost_ones_come_back(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1", "bad": True}, {"event_id": "e2"})
    await pipe.work(pipe.worker())
    await settle_summaries(pipe)
    await reconciler(pipe).check_round(LATER_US)
    assert await pipe.queue.list_touched(10) == []
    where = {"p": pipe.project_id}
    await pipe.client.write("DELETE FROM dead_letters WHERE project_id = {p:String}", where)
    await pipe.queue.uncheck()
    await reconciler(pipe).check_round(LATER_US)
    rows = await pipe.client.read_rows("SELECT event_id, code FROM dead_letters WHERE project_id = {p:String}", where)
    assert rows == [{"event_id": "e1", "code": "unmappable"}]


async def test_two_losses_of_the_same_rows_are_both_made_good(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    for _ in range(2):
        await lose(pipe, "e1")
        await pipe.queue.uncheck()
        pipe.clock.advance(1)
        await reconciler(pipe).check_round(LATER_US)
        assert [row["event_id"] for row in await pipe.stored()] == ["e1"]


async def test_a_bundle_stays_in_the_queue_until_it_was_looked_for(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    assert await pipe.queue.purge(acknowledged_before_us=LATER_US, limit=10) == 0
    await reconciler(pipe).check_round(LATER_US)
    assert await pipe.queue.purge(acknowledged_before_us=LATER_US, limit=10) == 1
    assert await pipe.queue.list_unchecked(acknowledged_before_us=LATER_US, max_events=10) == []


async def test_bundles_that_were_acknowledged_just_now_wait(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    assert await reconciler(pipe).check_round(pipe.clock.now_us()) == 0
    pipe.clock.advance(1)
    assert await reconciler(pipe).check_round(pipe.clock.now_us()) == 1


@pytest.mark.parametrize("count", [1, 3])
async def test_small_bundles_are_looked_for_together(pipe: Pipe, count: int) -> None:
    for number in range(count):
        await pipe.send({"event_id": f"e{number}", "trace_id": f"t{number}"})
        await pipe.work(pipe.worker())
    assert await reconciler(pipe).check_round(LATER_US) == count


async def test_after_a_loss_every_trace_of_the_period_of_grace_is_summed_up_again(pipe: Pipe) -> None:
    # The store came back from before the summary of `whole`, whose event it has.
    await pipe.send({"event_id": "e1", "trace_id": "whole"})
    await pipe.work(pipe.worker())
    await pipe.send({"event_id": "e2", "trace_id": "lost"})
    await pipe.work(pipe.worker())
    await settle_summaries(pipe)
    await lose(pipe, "e2")
    rounds = reconciler(pipe)
    # Once for what is missing, once more for everything, and no more.
    assert [await rounds.check_round(LATER_US) for _ in range(3)] == [2, 2, 0]
    assert {t.trace_id for t in await pipe.queue.list_touched(10)} == {"whole", "lost"}
    assert [row["event_id"] for row in await pipe.stored()] == ["e1", "e2"]
    await settle_summaries(pipe)
    await pipe.queue.uncheck()
    assert await rounds.check_round(LATER_US) == 2
    assert await pipe.queue.list_touched(10) == [], "nothing was missing this time"
