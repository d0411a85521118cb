"""The figures of events: whatever is sent again, later or at another time, sums over them equal those of the traces."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Final

import pytest
from tests.contracts.events.reading_data import NOON_US, SECOND_US, event, store_events
from tests.partitions import change

from watchllm_server.model.event import Event
from watchllm_server.model.trace import HOUR_US, TraceSummary, summarise
from watchllm_server.stores.events import schema
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract.stats import (
    BreakdownQuery,
    Dimension,
    Metric,
    SeriesQuery,
    StatsQuery,
    Totals,
    ValuesQuery,
)
from watchllm_server.stores.events.stats_reader import ClickHouseStats
from watchllm_server.stores.events.writer import ClickHouseWriter

ALWAYS: Final[dict[str, Any]] = {"from_us": NOON_US - 400 * 24 * HOUR_US, "to_us": NOON_US + 24 * HOUR_US}
_FIGURES: Final = (
    "SELECT * EXCEPT (version) FROM event_figures FINAL WHERE project_id = {project:String} AND is_deleted = 0"
    " ORDER BY bucket, trace_id, event_id"
)


@pytest.fixture
def stats(event_store: Client) -> ClickHouseStats:
    return ClickHouseStats(event_store)


class Recomputing:
    """What the processor does: stores events, and computes the touched traces again."""

    def __init__(self, writer: ClickHouseWriter, project: str) -> None:
        self._writer = writer
        self._project = project
        self._version = 0
        self.summaries: dict[str, TraceSummary] = {}

    async def store(self, *events: Event) -> None:
        await store_events(self._writer, *events)
        read = await self._writer.read_trace_events(list({(self._project, each.trace_id) for each in events}))
        self._version += 1
        made = [summarise(project_id, trace_id, found) for (project_id, trace_id), found in read.events.items()]
        await self._writer.insert_summaries(made, self._version, read)
        self.summaries |= {summary.trace_id: summary for summary in made}


@pytest.fixture
def store(writer: ClickHouseWriter, project: str) -> Recomputing:
    return Recomputing(writer, project)


def some_event(chance: random.Random, project: str, number: int, version: int) -> Event:
    """Return one of forty events, the same id at another time and with other figures each time it is made."""
    place = number % 40
    kind = chance.choice(["model_response", "token_usage", "agent_action", "tool_call", "error", "span"])
    start_us = NOON_US + chance.randrange(-3 * HOUR_US, 3 * HOUR_US)
    has_usage = kind in ("model_response", "token_usage") and chance.random() < 0.8
    # A pair of equal calls, one inside the other, counts once.
    tokens = {"input_tokens": chance.choice([100, 200]), "output_tokens": 10} if has_usage else {}
    cost = Decimal(chance.randrange(1, 10**9)) / 10**12 if has_usage and chance.random() < 0.7 else None
    return event(
        project, f"e{place}", trace_id=f"t{place // 5}", version=version, type=kind, start_us=start_us,
        end_us=None if chance.random() < 0.2 else start_us + chance.randrange(10 * SECOND_US),
        parent_event_id="" if place % 5 == 0 else f"e{place - 1}", usage=tokens, cost_usd=cost,
        status=chance.choice(["", "ok", "error"]), model=chance.choice(["", "gpt-4o", "o3"]), name=f"n{place % 3}",
        user_id=chance.choice(["", "u1"]), session_id=chance.choice(["", "s"]), tags=chance.choice([[], ["a", "b"]]),
        first_token_us=chance.choice([None, 1_000, 2_000]) if kind == "model_response" else None,
    )  # fmt: skip


def check_sums(totals: Totals, summaries: list[TraceSummary]) -> None:
    assert totals.events == sum(each.event_count for each in summaries)
    assert totals.traces == len(summaries)
    assert totals.errors == sum(each.error_count for each in summaries)
    assert totals.model_calls == sum(each.model_call_count for each in summaries)
    assert totals.input_tokens == sum(each.input_tokens for each in summaries)
    assert totals.output_tokens == sum(each.output_tokens for each in summaries)
    assert totals.unpriced_count == sum(each.unpriced_count for each in summaries)
    costs = [each.cost_usd for each in summaries if each.cost_usd is not None]
    assert Decimal(totals.cost_usd or 0) == sum(costs, Decimal(0))


@pytest.mark.parametrize("seed", range(6))
async def test_sums_equal_those_of_the_traces_whatever_comes_again(
    stats: ClickHouseStats, store: Recomputing, project: str, seed: int
) -> None:
    chance = random.Random(seed)
    for version in range(1, 9):
        numbers = {chance.randrange(40) for _ in range(chance.randrange(1, 25))}
        await store.store(*(some_event(chance, project, number, version) for number in numbers))
        current, previous = await stats.read_totals(project, StatsQuery(**ALWAYS))
        check_sums(current, list(store.summaries.values()))
        assert previous.events == 0
    for by in ("user_id", "session_id"):
        groups = await stats.read_breakdown(project, BreakdownQuery(**ALWAYS, by=by))
        for group in groups:
            mine = [each for each in store.summaries.values() if getattr(each, by) == (group.key or "")]
            check_sums(group.totals, mine)
        assert sum(group.totals.events for group in groups) == sum(t.event_count for t in store.summaries.values())


@pytest.mark.parametrize("by", ["type", "model", "tag", "status", "name"])
async def test_series_add_up_to_the_breakdown(
    stats: ClickHouseStats, store: Recomputing, project: str, by: Dimension
) -> None:
    chance = random.Random(by)
    await store.store(*(some_event(chance, project, number, 1) for number in range(40)))
    groups = await stats.read_breakdown(project, BreakdownQuery(**ALWAYS, by=by))
    metrics: tuple[Metric, ...] = ("events", "errors", "input_tokens")
    for metric in metrics:
        query = SeriesQuery(**ALWAYS, metric=metric, by=by, interval_s=86_400, limit=50)
        series = await stats.read_series(project, query)
        assert {one.key: sum(int(value or 0) for value in one.values) for one in series} == {
            group.key: getattr(group.totals, metric) for group in groups
        }


async def test_quantiles_are_those_of_real_events_and_of_counted_calls(
    stats: ClickHouseStats, store: Recomputing, project: str
) -> None:
    calls = [
        event(
            project, f"e{at}", trace_id=f"t{at}", type="model_response", end_us=NOON_US + (at + 1) * 10_000,
            first_token_us=(at + 1) * 1_000,
        )
        for at in range(100)
    ]  # fmt: skip
    tool = event(project, "tool", trace_id="t0", type="tool_call", end_us=NOON_US + 999_000_000)
    await store.store(*calls, tool)
    totals, _ = await stats.read_totals(project, StatsQuery(**ALWAYS))
    assert (totals.latency_ms.p50, totals.latency_ms.p95, totals.latency_ms.p99) == (510, 960, 1_000)
    assert (totals.first_token_ms.p50, totals.first_token_ms.p99) == (51, 100)


async def test_a_trace_whose_start_moves_is_counted_once(
    stats: ClickHouseStats, store: Recomputing, project: str
) -> None:
    await store.store(event(project, "late", start_us=NOON_US + 5 * HOUR_US))
    await store.store(event(project, "root", start_us=NOON_US))
    await store.store(event(project, "root", start_us=NOON_US + 5 * HOUR_US, version=2))
    totals, _ = await stats.read_totals(project, StatsQuery(**ALWAYS))
    assert (totals.events, totals.traces) == (2, 1)
    span = StatsQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US)
    assert (await stats.read_totals(project, span))[0].events == 0


async def test_events_of_a_long_trace_are_counted_where_they_start(
    stats: ClickHouseStats, store: Recomputing, project: str
) -> None:
    await store.store(
        event(project, "root", start_us=NOON_US - 9 * HOUR_US, end_us=NOON_US + HOUR_US),
        event(project, "inner", start_us=NOON_US),
    )
    span = StatsQuery(from_us=NOON_US, to_us=NOON_US + 1)
    assert (await stats.read_totals(project, span))[0].events == 1
    assert (await stats.read_bars(project, span, 3_600)).traces == [1]


async def test_the_figures_of_events_stored_before_are_those_of_a_recomputation(
    event_store: Client, store: Recomputing, project: str
) -> None:
    chance = random.Random(1)
    await store.store(*(some_event(chance, project, number, 1) for number in range(40)))
    computed = await event_store.read_rows(_FIGURES, {"project": project})
    await change(event_store, f"DELETE FROM event_figures WHERE project_id = '{project}'")
    assert await event_store.read_rows(_FIGURES, {"project": project}) == []
    await event_store.write(schema.FIRST_FIGURES)
    assert len(computed) == 40
    assert await event_store.read_rows(_FIGURES, {"project": project}) == computed


async def test_what_is_counted_is_of_the_own_project(
    stats: ClickHouseStats, store: Recomputing, writer: ClickHouseWriter, project: str
) -> None:
    other = f"{project}-other"
    theirs = Recomputing(writer, other)
    mine: dict[str, Any] = {"trace_id": "t", "name": "mine"}
    await store.store(event(project, "e", **mine))
    await theirs.store(event(other, "e", trace_id="t", name="theirs"), event(other, "f", trace_id="t", name="theirs"))
    groups = await stats.read_breakdown(project, BreakdownQuery(**ALWAYS, by="name"))
    assert [(group.key, group.totals.events) for group in groups] == [("mine", 1)]
    values = await stats.list_values(project, ValuesQuery(**ALWAYS, subject="events", field="name"))
    assert [(each.value, each.count) for each in values] == [("mine", 1)]
