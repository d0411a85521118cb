"""What every queue must do; a backend joins in `places`."""

from __future__ import annotations

import asyncio

import pytest
from tests.contracts.queue.places import Place

from watchllm_server.errors import TooManyRequests
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import (
    Bundle,
    LeaseLost,
    NewEntry,
    Queue,
    QueueEdges,
    RefusedEvent,
    TouchedTrace,
)


def entry(*event_ids: str, project_id: str = "p", body: bytes = b"[]", at_us: int = 1_000_000_000_000_000) -> NewEntry:
    return NewEntry(
        project_id=project_id, format="native.json", body=body, event_ids=list(event_ids), accepted_at_us=at_us
    )


async def lease(queue: Queue, owner: str = "a", *, max_events: int = 1_000, lease_s: float = 60.0) -> Bundle:
    bundle = await queue.lease(owner, max_events=max_events, max_bytes=1 << 20, lease_s=lease_s)
    assert bundle is not None
    return bundle


async def test_a_leased_bundle_holds_the_entries_as_they_were_accepted(place: Place) -> None:
    queue = await place.open()
    body = bytes(range(256)) * 40
    first = await queue.enqueue(entry("e1", "e2", body=body))
    second = await queue.enqueue(entry("e3", project_id="q"))
    bundle = await lease(queue)
    assert [e.sequence for e in bundle.entries] == [first, second]
    assert bundle.entries[0].body == body
    assert bundle.entries[0].event_ids == ["e1", "e2"]
    assert [e.project_id for e in bundle.entries] == ["p", "q"]


async def test_sequences_grow_also_when_the_clock_jumps_back(place: Place) -> None:
    queue = await place.open()
    first = await queue.enqueue(entry("e1"))
    place.clock.jump(-86_400)
    second = await queue.enqueue(entry("e2"))
    assert second > first


async def test_entries_survive_closing_and_opening(place: Place) -> None:
    await (await place.open()).enqueue(entry("e1"))
    await place.close()
    bundle = await lease(await place.open())
    assert bundle.entries[0].event_ids == ["e1"]


async def test_a_bundle_is_held_by_one_owner_at_a_time(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1"))
    await lease(queue, "a")
    assert await (await place.open()).lease("b", max_events=10, max_bytes=1 << 20, lease_s=60) is None


async def test_an_expired_bundle_comes_back_with_the_same_entries_and_its_plan(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    for name in ("e1", "e2", "e3"):
        await queue.enqueue(entry(name))
    held = await lease(queue, "a", max_events=2, lease_s=10)
    assert await queue.record_plan(held, [("p", "e1")], []) == {("p", "e1")}
    await queue.enqueue(entry("e4"))
    place.clock.advance(11)
    again = await lease(other, "b")
    assert again.bundle_id == held.bundle_id
    assert [e.event_ids for e in again.entries] == [["e1"], ["e2"]]
    assert again.repeats == {("p", "e1")}
    assert again.attempts == 2


async def test_the_former_holder_of_an_expired_bundle_is_refused(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    await queue.enqueue(entry("e1"))
    held = await lease(queue, "a", lease_s=10)
    place.clock.advance(11)
    again = await lease(other, "b")
    for attempt in (
        queue.acknowledge(held, [], []),
        queue.extend(held, 10),
        queue.record_plan(held, [], []),
        queue.release(held, delay_s=0, error="late"),
    ):
        with pytest.raises(LeaseLost):
            await attempt
    await other.acknowledge(again, [], [])


async def test_a_bundle_is_bounded_by_what_its_bodies_are_when_they_are_read(place: Place) -> None:
    queue = await place.open()
    for number in range(5):
        await queue.enqueue(entry(f"e{number}", body=b" " * 1_000_000))
    bundle = await queue.lease("a", max_events=10, max_bytes=2_500_000, lease_s=60)
    assert bundle is not None
    assert [each.event_ids for each in bundle.entries] == [["e0"], ["e1"]]


async def test_the_lease_of_an_owner_that_died_is_free_at_once(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1"))
    await lease(queue, "a", lease_s=3_600)
    await place.close()
    again = await lease(await place.open(), "b")
    assert again.entries[0].event_ids == ["e1"]


async def test_a_released_bundle_waits_for_its_delay(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1"))
    await queue.release(await lease(queue), delay_s=5, error="down")
    assert await queue.lease("a", max_events=10, max_bytes=1 << 20, lease_s=60) is None
    place.clock.advance(5.1)
    assert (await lease(queue)).attempts == 2


async def test_hastening_makes_a_released_bundle_available_at_once(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1"))
    released = await lease(queue)
    await queue.release(released, delay_s=60, error="down")
    await queue.enqueue(entry("e2"))
    await queue.hasten()
    assert (await lease(queue)).bundle_id == released.bundle_id


async def test_extending_keeps_a_bundle_from_others(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    await queue.enqueue(entry("e1"))
    held = await lease(queue, "a", lease_s=10)
    place.clock.advance(8)
    await queue.extend(held, 10)
    place.clock.advance(8)
    assert await other.lease("b", max_events=10, max_bytes=1 << 20, lease_s=60) is None


async def test_a_clock_that_jumps_neither_ends_nor_prolongs_a_lease(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    await queue.enqueue(entry("e1"))
    await lease(queue, "a", lease_s=10)
    place.clock.jump(86_400)
    assert await other.lease("b", max_events=10, max_bytes=1 << 20, lease_s=60) is None
    place.clock.jump(-172_800)
    place.clock.advance(11)
    assert (await lease(other, "b")).attempts == 2


async def test_acknowledged_entries_leave_the_backlog_and_are_purged_after_the_grace_period(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1", "e2", body=b"x" * 10_000))
    assert (await queue.depth()).events == 2
    await queue.acknowledge(await lease(queue), [], [])
    depth = await queue.depth()
    assert (depth.entries, depth.events, depth.bytes) == (0, 0, 0)
    assert depth.stored_bytes > 0
    found = await queue.find_event("p", "e2")
    assert found is not None
    assert found.state == "acknowledged"
    place.clock.advance(601)
    before_us = place.clock.now_us() - 600 * 1_000_000
    assert await queue.purge(acknowledged_before_us=before_us, limit=10) == 0, "nobody has looked for it"
    (settled,) = await queue.list_unchecked(acknowledged_before_us=before_us, max_events=10)
    await queue.mark_checked([settled.bundle_id], [])
    assert await queue.purge(acknowledged_before_us=before_us, limit=10) == 1
    assert (await queue.depth()).stored_bytes == 0
    assert await queue.find_event("p", "e2") is None


async def test_a_settled_bundle_says_what_to_look_for_and_where(place: Place) -> None:
    queue = await place.open()
    first = await queue.enqueue(entry("e1", "e2", body=b"one"))
    last = await queue.enqueue(entry("e3", project_id="q", body=b"two"))
    bundle = await lease(queue)
    assert await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10) == []
    await queue.acknowledge(bundle, [], [TouchedTrace("p", "t1"), TouchedTrace("q", "t2")])
    (settled,) = await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10)
    assert settled.bundle_id == bundle.bundle_id
    assert (settled.first_sequence, settled.last_sequence) == (first, last)
    assert settled.event_ids == {"p": ["e1", "e2"], "q": ["e3"]}
    assert settled.traces == [("p", "t1"), ("q", "t2")]
    assert [e.body for e in await queue.read_settled(settled.bundle_id)] == [b"one", b"two"]
    assert await queue.list_unchecked(acknowledged_before_us=place.clock.now_us(), max_events=10) == []
    await queue.settle_touched(await queue.list_touched(10))
    await queue.mark_checked([settled.bundle_id], [TouchedTrace("p", "t1")])
    assert await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10) == []
    assert [t.trace_id for t in await queue.list_touched(10)] == ["t1"]
    await queue.uncheck()
    assert await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10) == [settled]


async def test_settled_bundles_come_in_portions_and_the_oldest_first(place: Place) -> None:
    queue = await place.open()
    for name in ("e1", "e2", "e3"):
        await queue.enqueue(entry(name, f"{name}-more"))
        await queue.acknowledge(await lease(queue), [], [])
    portion = await queue.list_unchecked(acknowledged_before_us=2**62, max_events=3)
    assert [bundle.event_ids for bundle in portion] == [{"p": ["e1", "e1-more"]}, {"p": ["e2", "e2-more"]}]


async def test_a_full_queue_refuses_before_accepting(place: Place) -> None:
    queue = await place.open(max_events=3)
    await queue.enqueue(entry("e1", "e2"))
    with pytest.raises(TooManyRequests) as refusal:
        await queue.enqueue(entry("e3", "e4"))
    assert refusal.value.code == "queue_full"
    assert refusal.value.retry_after_s
    await queue.enqueue(entry("e5"))
    assert (await queue.depth()).events == 3


async def test_the_ledger_balances_at_every_step(place: Place) -> None:
    queue = await place.open()
    accepted = entry("e1", "e2", "e3")
    accepted.rejected = {"bad_time": 2}
    minute = minute_of(accepted.accepted_at_us)

    async def balanced() -> tuple[int, int, int]:
        (row,) = await queue.list_ledger("p", from_us=minute, to_us=minute + 1)
        assert row.is_balanced, row
        return row.received, row.queued, row.stored

    await queue.enqueue(accepted)
    assert await balanced() == (5, 3, 0)
    await queue.count_rejected("p", accepted.accepted_at_us, {"bad_time": 1, "unknown_type": 1})
    assert await balanced() == (7, 3, 0)
    bundle = await lease(queue)
    assert await balanced() == (7, 3, 0)
    await queue.acknowledge(bundle, [Settlement("p", minute, stored=1, duplicate=1, dead_lettered=1)], [])
    assert await balanced() == (7, 0, 1)
    (row,) = await queue.list_ledger("p", from_us=minute, to_us=minute + 1)
    assert row.rejected == {"bad_time": 3, "unknown_type": 1}
    assert await queue.list_ledger("q", from_us=0, to_us=2**62) == []
    assert await queue.imbalance(from_us=0) == 0


async def test_the_imbalance_counts_what_the_ledger_misses(place: Place) -> None:
    queue = await place.open()
    accepted = entry("e1", "e2", "e3")
    await queue.enqueue(accepted)
    assert await queue.imbalance(from_us=0) == 0
    # A processor that counts one event twice and forgets another.
    minute = minute_of(accepted.accepted_at_us)
    settlements = [Settlement("p", minute, stored=4), Settlement("q", minute, stored=1)]
    await queue.acknowledge(await lease(queue), settlements, [])
    assert await queue.imbalance(from_us=0) == 2
    assert await queue.imbalance(from_us=minute + 60_000_000) == 0


async def test_a_trace_touched_again_while_it_is_recomputed_stays_touched(place: Place) -> None:
    queue = await place.open()
    seen: list[TouchedTrace] = []
    for name in ("e1", "e2"):
        await queue.enqueue(entry(name))
        bundle = await lease(queue)
        if name == "e2":
            seen = await queue.list_touched(10)
        await queue.acknowledge(bundle, [], [TouchedTrace("p", "t1"), TouchedTrace("p", f"only-{name}")])
    await queue.settle_touched(seen)
    assert {t.trace_id for t in await queue.list_touched(10)} == {"t1", "only-e2"}


async def test_touching_keeps_traces_as_an_acknowledgement_does(place: Place) -> None:
    queue = await place.open()
    await queue.touch([TouchedTrace("p", "t1")])
    (first,) = await queue.list_touched(10)
    await queue.touch([TouchedTrace("p", "t1"), TouchedTrace("p", "t2")])
    await queue.settle_touched([first])
    assert [t.trace_id for t in await queue.list_touched(10)] == ["t1", "t2"]


async def test_the_edges_say_how_far_what_was_accepted_has_gone(place: Place) -> None:
    queue = await place.open()
    assert await queue.edges() == QueueEdges(0, None, None)
    first, second, third = [await queue.enqueue(entry(name)) for name in ("e1", "e2", "e3")]
    assert await queue.edges() == QueueEdges(third, first, first)
    bundles = [await queue.lease("a", max_events=1, max_bytes=1 << 20, lease_s=60) for _ in range(2)]
    assert await queue.edges() == QueueEdges(third, first, first)
    assert bundles[0] is not None
    assert bundles[1] is not None
    # The second is done before the first: what was accepted up to it has not gone through.
    await queue.acknowledge(bundles[1], [], [])
    assert await queue.edges() == QueueEdges(third, first, first)
    await queue.acknowledge(bundles[0], [], [])
    assert await queue.edges() == QueueEdges(third, third, first)
    await queue.mark_checked([bundle.bundle_id for bundle in bundles if bundle], [])
    await queue.purge(acknowledged_before_us=2**62, limit=1)
    assert await queue.edges() == QueueEdges(third, third, second)
    await queue.acknowledge(await lease(queue), [], [])
    assert await queue.edges() == QueueEdges(third, None, second)


async def test_a_forgotten_project_leaves_nothing_and_takes_nothing_of_others(place: Place) -> None:
    queue = await place.open()
    for project_id in "pq":
        await queue.enqueue(entry("e1", project_id=project_id))
        await queue.count_rejected(
            project_id, place.clock.now_us(), {"bad_time": 1}, [RefusedEvent("bad", "bad_time", "why")]
        )
        await queue.touch([TouchedTrace(project_id, "t")])
    await queue.forget_project("p")
    await queue.forget_project("p")
    assert [t.project_id for t in await queue.list_touched(10)] == ["q"]
    assert await queue.find_rejected("p", "bad") is None
    assert await queue.find_rejected("q", "bad") is not None
    counted = {p: sum(m.received for m in await queue.list_ledger(p, from_us=0, to_us=2**62)) for p in "pq"}
    assert counted == {"p": 0, "q": 2}
    assert (await queue.depth()).entries == 2


async def test_find_event_names_the_stage_of_the_newest_acceptance(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry("e1", "e10"))
    newest = await queue.enqueue(entry("e1"))
    found = await queue.find_event("p", "e1")
    assert found is not None
    assert (found.state, found.sequence) == ("queued", newest)
    assert await queue.find_event("q", "e1") is None
    assert await queue.find_event("p", "e") is None
    await lease(queue)
    found = await queue.find_event("p", "e10")
    assert found is not None
    assert found.state == "leased"


async def test_a_thousand_enqueues_at_once_are_all_kept_in_distinct_places(place: Place) -> None:
    queue, other = await place.open(), await place.open()
    sequences = await asyncio.gather(*((queue if n % 2 else other).enqueue(entry(f"e{n}")) for n in range(1_000)))
    assert len(set(sequences)) == 1_000
    seen: list[str] = []
    while (bundle := await queue.lease("a", max_events=64, max_bytes=1 << 20, lease_s=60)) is not None:
        assert sum(len(e.event_ids) for e in bundle.entries) <= 64
        seen += [event_id for e in bundle.entries for event_id in e.event_ids]
        await queue.acknowledge(bundle, [], [])
    assert sorted(seen) == sorted(f"e{n}" for n in range(1_000))
