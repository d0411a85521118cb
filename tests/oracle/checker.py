"""The judgement: after the faults have stopped, waits for the system to settle and then asks about every id."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from tests.oracle.api import Api, Json
from tests.oracle.bodies import native_body
from tests.oracle.compare import row_complaints, text_complaints, trace_complaints
from tests.oracle.content import EVENTS_PER_TRACE, STEP_US, Content, Expected
from tests.oracle.record import Batch, Record
from tests.oracle.verdict import Verdict
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import MICROSECONDS

RECOVERY_S = 60.0
# Generous, since the verdict is about what is right; how long it took is a figure of its own.
DRAIN_S = 400.0
FRESH_S = 10.0
_POLL_S = 0.2
# Reads at once: as many as the server answers without making any wait.
_READERS = 4


class Checker:
    """Checks one run through the public read API. The project MUST hold nothing but the run."""

    def __init__(self, content: Content, record: Record, api: Api, *, clock_skew_s: float = 0.0) -> None:
        # How far the server's clock was from ours at most: its stamps may be that far away.
        self._skew_us = int(clock_skew_s * MICROSECONDS)
        self._content = content
        self._record = record
        self._api = api
        self._clock = SystemClock()
        self.verdict = Verdict()
        self._stored: set[int] = set()

    async def check(self, *, texts: int | None = None) -> Verdict:
        """Return the verdict. `texts`: how many events to read whole, at random; None reads every one."""
        record, verdict = self._record, self.verdict
        verdict.issued, verdict.acknowledged = record.issued_events, record.acknowledged_events
        verdict.redelivered_batches = len(record.redelivered)
        verdict.outcomes = dict(record.outcomes)
        verdict.found("complaints", record.complaints)
        await self._within(RECOVERY_S, "the server is ready", self._api.is_ready)
        verdict.drained_after_s = await self._within(DRAIN_S, "the queue is empty", self._is_drained)
        stored = await self._check_events()
        verdict.summaries_right_after_s = await self._within(DRAIN_S, "all summaries are right", self._summaries_right)
        verdict.found("wrong", await self._summary_complaints())
        await self._check_ledger(len(stored))
        await self._check_texts(self._sample(sorted(stored), texts))
        await self._check_trees(self._sample(sorted({index // EVENTS_PER_TRACE for index in stored}), texts))
        await self._check_fresh()
        return verdict

    async def check_rows(self, *, texts: int) -> Verdict:
        """Return a verdict on the events alone, for a queue that has lost a part of its memory with its disk."""
        await self._within(RECOVERY_S, "the server is ready", self._api.is_ready)
        self.verdict.drained_after_s = await self._within(DRAIN_S, "the queue is empty", self._is_drained)
        await self._check_texts(self._sample(sorted(await self._check_events()), texts))
        return self.verdict

    @property
    def _range_us(self) -> tuple[int, int]:
        start_us = self._content.start_us
        # Events last 3 s at most; a minute on both sides also shows what was stored with a wrong time.
        margin_us = 60 * MICROSECONDS
        return start_us - margin_us, start_us + self._record.issued_events * STEP_US + margin_us

    def _wanted(self) -> dict[int, Batch]:
        """Return the batch of every index that was ever issued."""
        return {index: batch for batch in self._record.batches.values() for index in batch.indices}

    async def _within(self, limit_s: float, what: str, is_true: Callable[[], Awaitable[bool]]) -> float:
        started_s = self._clock.monotonic_s()
        while not await is_true():
            if self._clock.monotonic_s() - started_s > limit_s:
                self.verdict.found("complaints", [f"after {limit_s:.0f} s it was still not true that {what}"])
                break
            await asyncio.sleep(_POLL_S)
        return round(self._clock.monotonic_s() - started_s, 2)

    async def _ledger(self) -> Json:
        # Requests are counted by the time of their acceptance: from the start of the run until now.
        from_us = self._content.start_us - 60 * MICROSECONDS - self._skew_us
        return await self._api.ledger(from_us, self._clock.now_us() + MICROSECONDS + self._skew_us)

    async def _is_drained(self) -> bool:
        totals = (await self._ledger())["totals"]
        return totals["queued"] == 0

    async def _check_events(self) -> set[int]:
        """Ask the list of events for everything; returns the indices that are there."""
        wanted = self._wanted()
        by_id = {self._content.event_id(index): index for index in wanted}
        seen: Counter[int] = Counter()
        verdict = self.verdict
        async for row in self._api.list_all("/api/v1/events", *self._range_us):
            index = by_id.get(row["event_id"])
            if index is None:
                verdict.found("spurious", [f"{row['event_id']} was never issued"])
                continue
            seen[index] += 1
            verdict.found("wrong", row_complaints(self._content.event(index), wanted[index].wire_format, row))
        acknowledged = self._record.acknowledged
        missing = [index for index, batch in wanted.items() if batch.number in acknowledged and index not in seen]
        verdict.found(
            "missing", [f"{self._content.event_id(index)} (batch {wanted[index].number})" for index in missing]
        )
        verdict.found("duplicates", [self._content.event_id(i) for i, times in seen.items() if times > 1])
        verdict.stored = len(seen)
        self._stored = set(seen)
        return self._stored

    async def _summaries_right(self) -> bool:
        return not await self._summary_complaints()

    async def _summary_complaints(self) -> list[str]:
        """Compare every trace of the list with the sum of its unique stored events."""
        by_trace: dict[str, list[Expected]] = {}
        for index in self._stored:
            event = self._content.event(index)
            by_trace.setdefault(event.trace_id, []).append(event)
        found: list[str] = []
        listed: Counter[str] = Counter()
        async for row in self._api.list_all("/api/v1/traces", *self._range_us):
            trace_id = row["trace_id"]
            listed[trace_id] += 1
            if trace_id not in by_trace:
                found.append(f"trace {trace_id} was never issued")
                continue
            found.extend(trace_complaints(trace_id, by_trace[trace_id], row))
        found.extend(f"trace {trace_id} is listed {times} times" for trace_id, times in listed.items() if times > 1)
        found.extend(f"trace {trace_id} is not listed" for trace_id in by_trace.keys() - listed.keys())
        return found

    async def _check_ledger(self, stored: int) -> None:
        ledger = await self._ledger()
        totals = ledger["totals"]
        self.verdict.ledger_duplicates = totals["duplicate"]
        found: list[str] = []
        if ledger["balanced"] is not True:
            found.append("the ledger says that it is not balanced")
        settled = sum(totals["rejected"].values()) + totals["duplicate"] + totals["stored"] + totals["dead_lettered"]
        if totals["received"] != settled + totals["queued"]:
            found.append(f"the ledger does not balance: {totals}")
        if totals["stored"] != stored or totals["dead_lettered"] or totals["rejected"]:
            found.append(f"the ledger is not that of {stored} stored events and nothing else: {totals}")
        self.verdict.found("wrong", found)

    async def _check_texts(self, indices: list[int]) -> None:
        wanted = self._wanted()

        async def check(index: int) -> None:
            expected = self._content.event(index)
            event = await self._api.event(expected.event_id)
            wire_format = wanted[index].wire_format
            self.verdict.found("wrong", text_complaints(expected, wire_format, event))
            self.verdict.texts_checked += 1

        await _in_parallel(check, indices)

    async def _check_trees(self, traces: list[int]) -> None:
        """Read traces as trees: every event once, the root above the others."""

        async def check(trace: int) -> None:
            first = trace * EVENTS_PER_TRACE
            wanted = {i for i in range(first, first + EVENTS_PER_TRACE) if i in self._stored}
            ids = {self._content.event_id(index) for index in wanted}
            said = await self._api.flat_trace(self._content.trace_id(trace))
            listed: list[str] = said["columns"]["event_id"]
            if sorted(listed) != sorted(ids):
                self.verdict.found("wrong", [f"the tree of trace {trace} has {len(listed)} events, not {len(ids)}"])
            self.verdict.traces_checked += 1

        await _in_parallel(check, traces)

    async def _check_fresh(self) -> None:
        """Send one more trace; it must be visible soon: the pipe still works."""
        first = -EVENTS_PER_TRACE
        event = self._content.event(first)
        started_s = self._clock.monotonic_s()
        await self._api.post("/api/v1/events/batch", native_body([event]), {"Content-Type": "application/json"})

        async def is_visible() -> bool:
            rows = [row async for row in self._api.list_all("/api/v1/traces", event.start_us - 1, event.start_us + 1)]
            return any(row["trace_id"] == event.trace_id for row in rows)

        await self._within(FRESH_S, "a fresh event is visible", is_visible)
        self.verdict.fresh_visible_after_s = round(self._clock.monotonic_s() - started_s, 2)

    def _sample(self, indices: list[int], size: int | None) -> list[int]:
        if size is None or size >= len(indices):
            return indices
        return random.Random(self._content.seed).sample(indices, size)


async def _in_parallel(check: Callable[[int], Awaitable[None]], items: Iterable[int]) -> None:
    """Run `check` for every item, a few at once."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await check(item)

    await asyncio.gather(*(work() for _ in range(_READERS)))
