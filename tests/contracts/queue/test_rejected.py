"""Refused events are found by their ids for a while, and never more of them than allowed."""

from __future__ import annotations

import pytest
from tests.contracts.queue.places import Place

from watchllm_server.clock import ManualClock
from watchllm_server.stores.queue.contract import NewEntry, Queue, RefusedEvent
from watchllm_server.stores.queue.contract.refusals import MAX_OF_REQUEST

WEEK_S = 7 * 86_400


@pytest.fixture
def clock(place: Place) -> ManualClock:
    return place.clock


@pytest.fixture
async def queue(place: Place) -> Queue:
    return await place.open(max_events=100, max_rejected=5, rejected_s=WEEK_S)


async def refuse(queue: Queue, clock: ManualClock, *events: RefusedEvent, project_id: str = "p") -> None:
    await queue.count_rejected(project_id, clock.now_us(), {"bad_time": max(1, len(events))}, events)


def refused(event_id: str, code: str = "bad_time") -> RefusedEvent:
    return RefusedEvent(event_id, code, f"why {event_id}")


async def found(queue: Queue, *event_ids: str) -> list[str]:
    return [name for name in event_ids if await queue.find_rejected("p", name) is not None]


async def test_a_refused_event_is_found_with_its_reason_and_time(queue: Queue, clock: ManualClock) -> None:
    await refuse(queue, clock, refused("e1"), refused("e2", "unknown_type"))
    event = await queue.find_rejected("p", "e2")
    assert event is not None
    assert (event.code, event.message, event.at_us) == ("unknown_type", "why e2", clock.now_us())
    assert await queue.find_rejected("q", "e2") is None
    assert await queue.find_rejected("p", "e") is None


async def test_events_refused_beside_accepted_ones_are_found_too(queue: Queue, clock: ManualClock) -> None:
    entry = NewEntry(
        project_id="p", format="otlp.traces.json", body=b"{}", event_ids=["good"], accepted_at_us=clock.now_us(),
        rejected={"bad_time": 1}, refused=[refused("bad")],
    )  # fmt: skip
    await queue.enqueue(entry)
    assert await found(queue, "good", "bad") == ["bad"]


async def test_the_newest_refusal_of_an_event_is_the_one_that_is_found(queue: Queue, clock: ManualClock) -> None:
    await refuse(queue, clock, refused("e1"))
    clock.advance(1)
    await refuse(queue, clock, refused("e1", "too_deep"))
    event = await queue.find_rejected("p", "e1")
    assert event is not None
    assert (event.code, event.at_us) == ("too_deep", clock.now_us())


async def test_the_oldest_are_forgotten_above_the_bound(queue: Queue, clock: ManualClock) -> None:
    for name in "abc":
        await refuse(queue, clock, refused(name))
    await refuse(queue, clock, refused("a"))
    await refuse(queue, clock, *(refused(name) for name in "defg"))
    assert await found(queue, *"abcdefg") == ["a", "d", "e", "f", "g"]


async def test_one_request_does_not_push_out_all_others(place: Place) -> None:
    queue, clock = await place.open(max_rejected=MAX_OF_REQUEST + 1), place.clock
    await refuse(queue, clock, refused("mine"), project_id="p")
    await refuse(queue, clock, *(refused(f"e{n}") for n in range(3 * MAX_OF_REQUEST)), project_id="q")
    assert await found(queue, "mine") == ["mine"]


async def test_a_refusal_is_forgotten_after_its_time(queue: Queue, clock: ManualClock) -> None:
    await refuse(queue, clock, refused("old"))
    clock.advance(WEEK_S - 1)
    await refuse(queue, clock, refused("new"))
    assert await found(queue, "old", "new") == ["old", "new"]
    clock.advance(2)
    assert await found(queue, "old", "new") == ["new"]
    await queue.purge(acknowledged_before_us=0, limit=1)
    # Gone from the file, not only hidden: a clock that is set back does not bring it to light.
    clock.jump(-WEEK_S)
    assert await found(queue, "old", "new") == ["new"]


@pytest.mark.parametrize("event_id", ["", "x" * 257, "é" * 129])
async def test_what_can_be_no_id_is_counted_and_not_kept(queue: Queue, clock: ManualClock, event_id: str) -> None:
    await refuse(queue, clock, refused(event_id))
    assert await queue.find_rejected("p", event_id) is None
    (row,) = await queue.list_ledger("p", from_us=0, to_us=1 << 60)
    assert row.rejected == {"bad_time": 1}


async def test_a_long_reason_is_cut_and_half_a_character_is_no_obstacle(queue: Queue, clock: ManualClock) -> None:
    await refuse(queue, clock, RefusedEvent("e1", "bad_key", "\ud800" + "x" * 10_000))
    event = await queue.find_rejected("p", "e1")
    assert event is not None
    assert event.message == "?" + "x" * 499
