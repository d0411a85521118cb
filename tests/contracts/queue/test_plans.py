"""Of two bundles with the same event one has it as new, whoever holds them, and whatever happens between."""

from __future__ import annotations

from collections.abc import Sequence

from tests.contracts.queue.places import Place
from tests.contracts.queue.test_queue import entry, lease

from watchllm_server.stores.queue.contract import Bundle, EventKey, Queue, TouchedTrace


async def two_bundles(place: Place) -> tuple[Queue, Bundle, Queue, Bundle]:
    """Two processes, each with a bundle in which e2 is."""
    queue, other = await place.open(), await place.open()
    await queue.enqueue(entry("e1", "e2"))
    first = await lease(queue, "a")
    await queue.enqueue(entry("e2", "e3"))
    return queue, first, other, await lease(other, "b")


def keys(*event_ids: str) -> set[EventKey]:
    return {("p", event_id) for event_id in event_ids}


async def plan(queue: Queue, bundle: Bundle, repeats: Sequence[str] = (), letters: Sequence[str] = ()) -> set[EventKey]:
    return set(await queue.record_plan(bundle, keys(*repeats), keys(*letters)))


async def test_of_two_bundles_with_an_event_the_one_that_is_planned_later_has_a_repeat(place: Place) -> None:
    queue, first, other, second = await two_bundles(place)
    assert await plan(other, second) == set()
    assert await plan(queue, first) == keys("e2")


async def test_events_of_another_project_are_others(place: Place) -> None:
    queue, first, other, _ = await two_bundles(place)
    assert await plan(queue, first) == set()
    await queue.enqueue(entry("e1", project_id="q"))
    assert await plan(other, await lease(other, "b")) == set()


async def test_what_is_a_repeat_or_a_letter_in_another_bundle_is_not_new_there(place: Place) -> None:
    queue, first, other, second = await two_bundles(place)
    assert await plan(queue, first, repeats=["e1"], letters=["e2"]) == keys("e1")
    await queue.enqueue(entry("e1"))
    assert await plan(other, second) == set()
    assert await plan(other, await lease(other, "b")) == set()


async def test_a_bundle_that_is_acknowledged_while_the_store_is_asked_still_counts(place: Place) -> None:
    queue, first, other, second = await two_bundles(place)
    await plan(queue, first)
    await queue.acknowledge(first, [], [])
    assert await plan(other, second) == keys("e2")


async def test_a_bundle_that_was_acknowledged_before_the_lease_is_the_business_of_the_store(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    await queue.enqueue(entry("e1"))
    first = await lease(queue, "a")
    await plan(queue, first)
    await queue.acknowledge(first, [], [])
    await queue.enqueue(entry("e1", "e2"))
    assert await plan(other, await lease(other, "b")) == set()


async def test_a_lease_that_ends_without_a_plan_keeps_nothing_and_the_next_one_asks_anew(place: Place) -> None:
    queue, first, other, second = await two_bundles(place)
    await other.release(second, delay_s=0, error="the store is away")
    await plan(queue, first)
    await queue.acknowledge(first, [], [])
    again = await lease(other, "b")
    assert (again.bundle_id, again.repeats) == (second.bundle_id, None)
    assert await plan(other, again, repeats=["e2"]) == keys("e2")


async def test_a_plan_outlives_its_holder_and_is_seen_by_all(place: Place) -> None:
    queue, first, _, second = await two_bundles(place)
    await plan(queue, first, repeats=["e1"])
    await queue.release(first, delay_s=0, error="the store is away")
    await place.close()
    later = await place.open()
    await later.hasten()
    again = await lease(later, "c")
    assert (again.bundle_id, again.repeats) == (first.bundle_id, keys("e1"))
    assert await plan(later, await lease(later, "c")) == keys("e2")
    assert second.repeats is None


async def test_a_plan_of_ten_thousand_events_is_recorded_whole(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    names = [f"event-{n}" for n in range(10_000)]
    await queue.enqueue(entry(*names))
    first = await lease(queue, "a", max_events=20_000)
    await queue.enqueue(entry(*names[5_000:], *(f"later-{n}" for n in range(5_000))))
    second = await lease(other, "b", max_events=20_000)
    assert await plan(queue, first, repeats=names[:10]) == keys(*names[:10])
    assert await plan(other, second) == keys(*names[5_000:])
    await queue.acknowledge(first, [], [])
    await other.acknowledge(second, [], [])
    await queue.enqueue(entry(*names))
    assert await plan(queue, await lease(queue, "a", max_events=20_000)) == set()


async def test_touched_traces_are_found_among_others(place: Place) -> None:
    queue = await place.open()
    await queue.touch([TouchedTrace("p", "t1"), TouchedTrace("p", "t\u00e92"), TouchedTrace("q", "t3")])
    wanted = [("p", "t1"), ("p", "t\u00e92"), ("p", "t3"), ("q", "t1")]
    assert await queue.find_touched(wanted) == {("p", "t1"), ("p", "t\u00e92")}
    assert await queue.find_touched([]) == set()
    await queue.settle_touched(await queue.list_touched(1))
    assert len(await queue.find_touched(wanted)) == 1


async def test_one_owner_leads_at_a_time_until_it_lets_go_or_its_time_is_over(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    assert await queue.lead("a", for_s=10)
    assert not await other.lead("b", for_s=10)
    place.clock.advance(8)
    assert await queue.lead("a", for_s=10)
    place.clock.advance(8)
    assert not await other.lead("b", for_s=10)
    place.clock.advance(3)
    assert await other.lead("b", for_s=10)
    assert not await queue.lead("a", for_s=10)
    await other.close()
    assert await queue.lead("a", for_s=10)
