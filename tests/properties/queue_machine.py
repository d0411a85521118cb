"""Drives the real queue and its model through the same steps, with crashes and clocks between them, and compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.properties.queue_agreement import check_depth, check_ledger, check_place, newest_places
from tests.properties.queue_model import ModelBundle, ModelEntry
from tests.properties.queue_processes import MAX_BYTES, PICK, SECONDS, QueueProcesses
from watchllm_server.errors import TooManyRequests
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import Bundle, LeaseLost, NewEntry, TouchedTrace

PROJECTS: Final = st.sampled_from(["p", "q"])
EVENT_IDS: Final = st.lists(st.sampled_from(["e1", "e2", "e3", "e10", "é"]), min_size=1, max_size=4)
# Few of them, so that most are touched again.
TRACES: Final = st.sampled_from([[("p", "t1")], [("p", "t1"), ("q", "t1")], [("q", "t2")], []])
# What the event store is said to have, or cannot read.
KNOWN: Final = st.sets(st.sampled_from([("p", "e1"), ("p", "e2"), ("q", "e10")]), max_size=2)
OUTCOMES: Final = st.lists(st.sampled_from(["stored", "duplicate", "dead_lettered"]), min_size=1, max_size=4)


@dataclass(frozen=True)
class Lease:
    """A bundle as somebody holds it, perhaps no longer rightly."""

    given: Bundle
    number: int


class QueueMachine(QueueProcesses):
    """Everything that may be asked of a queue."""

    def __init__(self) -> None:
        super().__init__()
        self.leases: list[Lease] = []
        self.seen_traces: list[list[TouchedTrace]] = []
        self.last_sequence = 0

    # Accepting.

    @rule(pick=PICK, project_id=PROJECTS, event_ids=EVENT_IDS, body=st.binary(max_size=40), refused=st.integers(0, 2))
    def put(self, pick: int, project_id: str, event_ids: list[str], body: bytes, refused: int) -> None:
        _, queue = self.any_process(pick)
        at_us, before = self.clock.now_us(), self.do(queue.depth()).bytes
        rejected = {"bad_time": refused} if refused else {}
        entry = NewEntry(
            project_id=project_id, format="native.json", body=body, event_ids=event_ids, accepted_at_us=at_us,
            rejected=rejected,
        )  # fmt: skip
        if not self.model.has_room(len(event_ids)):
            with pytest.raises(TooManyRequests, match="full"):
                self.do(queue.enqueue(entry))
            return
        sequence = self.do(queue.enqueue(entry))
        assert sequence > self.last_sequence
        self.last_sequence = sequence
        size = self.do(queue.depth()).bytes - before
        assert size > 0
        self.model.waiting.append(ModelEntry(sequence, project_id, event_ids, body, at_us, size))
        self._count(project_id, at_us, received=len(event_ids) + refused, bad_time=refused)

    @rule(pick=PICK, project_id=PROJECTS, count=st.integers(1, 3))
    def count_rejected(self, pick: int, project_id: str, count: int) -> None:
        at_us = self.clock.now_us()
        self.do(self.any_process(pick)[1].count_rejected(project_id, at_us, {"unknown_type": count}))
        self._count(project_id, at_us, received=count, unknown_type=count)

    def _count(self, project_id: str, at_us: int, **counts: int) -> None:
        self.model.ledger.setdefault((project_id, minute_of(at_us)), Counter()).update(counts)

    # Working.

    @rule(
        pick=PICK, lease_s=st.sampled_from([10.0, 50.0, 600.0]), max_events=st.sampled_from([1, 3, 100]),
        max_bytes=st.sampled_from([1, 60, MAX_BYTES]),
    )  # fmt: skip
    def lease(self, pick: int, lease_s: float, max_events: int, max_bytes: int) -> None:
        owner, queue = self.any_process(pick)
        given = self.do(queue.lease(owner, max_events=max_events, max_bytes=max_bytes, lease_s=lease_s))
        self.model.owners.add(owner)
        number = self.model.lease(owner, self.clock.monotonic_s(), lease_s, max_events, max_bytes)
        assert (given is None) == (number is None)
        if given is None or number is None:
            return
        wanted = self.model.bundles[number]
        assert (given.fence, given.attempts, given.repeats) == (wanted.fence, wanted.attempts, wanted.repeats)
        assert [(e.sequence, e.project_id, e.event_ids, e.body, e.accepted_at_us) for e in given.entries] == [
            (e.sequence, e.project_id, e.event_ids, e.body, e.accepted_at_us) for e in wanted.entries
        ]
        assert all(lease.given.bundle_id == given.bundle_id for lease in self.leases if lease.number == number)
        self.leases.append(Lease(given, number))

    def _attempt(self, lease: Lease, step: Coroutine[Any, Any, None]) -> ModelBundle | None:
        """Run a step of a holder; returns the model's bundle when the holder was the rightful one."""
        held = self.model.held(lease.number, lease.given.fence)
        try:
            self.do(step)
        except LeaseLost:
            assert held is None, "the rightful holder was refused"
            return None
        assert held is not None, "a holder of an old lease was obeyed"
        return held

    @rule(pick=PICK, event_ids=EVENT_IDS, outcomes=OUTCOMES, traces=TRACES)
    def work_through(self, pick: int, event_ids: list[str], outcomes: list[str], traces: list[tuple[str, str]]) -> None:
        """The usual way of a batch in one step, so that sequences get beyond it."""
        self.put(pick=pick, project_id="p", event_ids=event_ids, body=b"[]", refused=0)
        known = len(self.leases)
        self.lease(pick=pick, lease_s=600.0, max_events=100, max_bytes=MAX_BYTES)
        if len(self.leases) > known:
            self.acknowledge(pick=pick, at=0, outcomes=outcomes, traces=traces)

    @precondition(lambda self: bool(self.leases))
    @rule(pick=PICK, at=PICK, lease_s=st.sampled_from([10.0, 600.0]))
    def extend(self, pick: int, at: int, lease_s: float) -> None:
        lease = self.leases[-1 - at % len(self.leases)]
        if held := self._attempt(lease, self.any_process(pick)[1].extend(lease.given, lease_s)):
            held.leased_until_s = self.clock.monotonic_s() + lease_s

    @precondition(lambda self: bool(self.leases))
    @rule(pick=PICK, at=PICK, repeats=KNOWN, letters=KNOWN)
    def record_plan(self, pick: int, at: int, repeats: set[tuple[str, str]], letters: set[tuple[str, str]]) -> None:
        lease = self.leases[-1 - at % len(self.leases)]
        if lease.given.repeats is not None:
            return
        step = self.any_process(pick)[1].record_plan(lease.given, repeats, letters)
        if held := self.model.held(lease.number, lease.given.fence):
            self._check_plan(held, self.do(step), repeats, letters)
        else:
            with pytest.raises(LeaseLost):
                self.do(step)

    def _check_plan(
        self, held: ModelBundle, given: frozenset[tuple[str, str]], repeats: set[tuple[str, str]],
        letters: set[tuple[str, str]],
    ) -> None:  # fmt: skip
        wanted = self.model.plan(held, repeats, letters)
        if not self.model.remembers_longer:
            assert given == wanted
            return
        known = set[tuple[str, str]]().union(*(b.new for b in self.model.bundles.values() if b is not held))
        assert wanted <= given <= wanted | known
        held.new, held.repeats = held.new - given, given

    @precondition(lambda self: bool(self.leases))
    @rule(pick=PICK, at=PICK, delay_s=SECONDS, error=st.sampled_from(["down", "é" * 1_200]))
    def release(self, pick: int, at: int, delay_s: float, error: str) -> None:
        lease = self.leases[-1 - at % len(self.leases)]
        if held := self._attempt(lease, self.any_process(pick)[1].release(lease.given, delay_s=delay_s, error=error)):
            held.leased_until_s, held.not_before_s = 0.0, self.clock.monotonic_s() + delay_s
            held.error = error[:1_000]

    @precondition(lambda self: bool(self.leases))
    @rule(pick=PICK, at=PICK, outcomes=OUTCOMES, traces=TRACES)
    def acknowledge(self, pick: int, at: int, outcomes: list[str], traces: list[tuple[str, str]]) -> None:
        lease = self.leases[-1 - at % len(self.leases)]
        counts: dict[tuple[str, int], Counter[str]] = {}
        became = cycle(outcomes)
        for entry in lease.given.entries:
            place = counts.setdefault((entry.project_id, minute_of(entry.accepted_at_us)), Counter())
            place.update(next(became) for _ in entry.event_ids)
        settlements = [Settlement(project_id, minute, **count) for (project_id, minute), count in counts.items()]
        touched = [TouchedTrace(*trace) for trace in traces]
        step = self.any_process(pick)[1].acknowledge(lease.given, settlements, touched)
        if self.model.repeats_acknowledgements and self.model.is_done(lease.number, lease.given.fence):
            # It changes nothing, as the invariants see.
            self.do(step)
            return
        if held := self._attempt(lease, step):
            held.acknowledged_at_us, held.acknowledged_step = self.clock.now_us(), self.model.next_step()
            held.traces = traces
            for place, count in counts.items():
                self.model.ledger[place].update(count)
            if traces:
                self.model.touch(traces, self.clock.now_us())

    @precondition(lambda self: any(bundle.not_before_s for bundle in self.model.bundles.values()))
    @rule(pick=PICK)
    def hasten(self, pick: int) -> None:
        self.do(self.any_process(pick)[1].hasten())
        for bundle in self.model.bundles.values():
            if bundle.acknowledged_at_us is None:
                bundle.not_before_s = 0.0

    # After the acknowledgement.

    @precondition(lambda self: bool(self.model.touched))
    @rule(pick=PICK)
    def list_touched(self, pick: int) -> None:
        found = self.do(self.any_process(pick)[1].list_touched(100))
        assert {(t.project_id, t.trace_id): t.mark for t in found} == self.model.touched
        assert [t.mark for t in found] == sorted(t.mark for t in found)
        self.seen_traces.append(found)

    @precondition(lambda self: bool(self.seen_traces))
    @rule(pick=PICK, at=PICK)
    def settle_touched(self, pick: int, at: int) -> None:
        seen = self.seen_traces[-1 - at % len(self.seen_traces)]
        self.do(self.any_process(pick)[1].settle_touched(seen))
        for trace in seen:
            if self.model.touched.get((trace.project_id, trace.trace_id)) == trace.mark:
                del self.model.touched[trace.project_id, trace.trace_id]

    @precondition(lambda self: any(bundle.acknowledged_at_us for bundle in self.model.bundles.values()))
    @rule(pick=PICK, max_events=st.sampled_from([100, 1]), is_marked=st.booleans(), traces=TRACES)
    def check(self, pick: int, max_events: int, is_marked: bool, traces: list[tuple[str, str]]) -> None:
        _, queue = self.any_process(pick)
        before_us = self.clock.now_us() + 1
        found = self.do(queue.list_unchecked(acknowledged_before_us=before_us, max_events=max_events))
        wanted = [
            b for _, b in self.model.settled()
            if b.acknowledged_at_us is not None and b.acknowledged_at_us < before_us and not b.is_checked
        ]  # fmt: skip
        assert bool(found) == bool(wanted)
        assert [(b.first_sequence, b.last_sequence, b.traces) for b in found] == [
            (b.entries[0].sequence, b.entries[-1].sequence, b.traces) for b in wanted[: len(found)]
        ]
        if is_marked and found:
            self.do(queue.mark_checked([b.bundle_id for b in found], [TouchedTrace(*t) for t in traces]))
            for bundle in wanted[: len(found)]:
                bundle.is_checked = True
            if traces:
                self.model.touch(traces, self.clock.now_us())

    @precondition(lambda self: any(bundle.is_checked for bundle in self.model.bundles.values()))
    @rule(pick=PICK)
    def uncheck(self, pick: int) -> None:
        self.do(self.any_process(pick)[1].uncheck())
        for bundle in self.model.bundles.values():
            bundle.is_checked = False

    @precondition(lambda self: any(bundle.acknowledged_at_us for bundle in self.model.bundles.values()))
    @rule(pick=PICK, age_s=st.sampled_from([0, 5]), limit=st.integers(1, 3))
    def purge(self, pick: int, age_s: int, limit: int) -> None:
        before_us = self.clock.now_us() - age_s * 1_000_000 + 1
        gone = self.do(self.any_process(pick)[1].purge(acknowledged_before_us=before_us, limit=limit))
        assert gone == self.model.purge(before_us, limit)

    # What must be equal after every step.

    @invariant()
    def what_waits_is_equal(self) -> None:
        check_depth(self.do(self.processes[-1][1].depth()), self.model)

    @invariant()
    def the_ledger_is_equal_and_balances(self) -> None:
        queue = self.processes[-1][1]
        for project_id in ("p", "q"):
            minutes = self.do(queue.list_ledger(project_id, from_us=0, to_us=2**62))
            check_ledger(minutes, project_id, self.model)
        assert self.do(queue.imbalance(from_us=0)) == 0

    @invariant()
    def every_event_is_found_where_it_is(self) -> None:
        queue, places = self.processes[-1][1], newest_places(self.model)
        for key in (("p", "e1"), ("p", "e10"), ("q", "e1"), ("q", "e10")):
            check_place(self.do(queue.find_event(*key)), places.get(key), self.clock.monotonic_s())
