"""What every event store must answer about traces, on the real engine over a real connection."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import pytest
from tests.contracts.events.reading_data import NOON_US, SECOND_US, event, store_events, summary, varied_summaries

from watchllm_server.model.trace import HOUR_US, TraceSummary
from watchllm_server.stores.events.contract import TraceQuery, TraceSort
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter

FIELDS = (
    "trace_id", "name", "start_time", "end_time", "duration_ms", "status", "event_count", "error_count",
    "model_call_count", "total_tokens", "total_cost_usd", "session_id", "user_id", "models", "tags", "environment",
    "release", "input_preview", "output_preview", "scores",
)  # fmt: skip


def query(**changes: Any) -> TraceQuery:
    fields: dict[str, Any] = {"from_us": NOON_US, "to_us": NOON_US + 2 * HOUR_US, **changes}
    return TraceQuery(**fields)


async def listed(reader: ClickHouseReader, project: str, **changes: Any) -> list[str]:
    page = await reader.list_traces(project, query(**changes))
    return [row["trace_id"] for row in page.rows]


async def test_a_row_has_the_names_and_forms_of_the_api(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    written = summary(
        project, "t", NOON_US + 1, end_us=NOON_US + 1 + 1_234_567, name="agent", status="error", event_count=4,
        error_count=2, model_call_count=1, input_tokens=30, output_tokens=7, cost_usd=Decimal("0.050000000000"),
        session_id="s", user_id="ü", environment="prod", release="1", tags=["a"], models=["gpt-4o"],
        input_preview="in", output_preview="出力", scores={"helpful": "0.9"},
    )  # fmt: skip
    await writer.insert_summaries([written], 1)
    (row,) = (await reader.list_traces(project, query())).rows
    assert tuple(row) == FIELDS
    assert row == {
        "trace_id": "t", "name": "agent", "start_time": "2026-11-18T12:00:00.000001Z",
        "end_time": "2026-11-18T12:00:01.234568Z", "duration_ms": 1234.567, "status": "error", "event_count": 4,
        "error_count": 2, "model_call_count": 1, "total_tokens": 37, "total_cost_usd": "0.05", "session_id": "s",
        "user_id": "ü", "models": ["gpt-4o"], "tags": ["a"], "environment": "prod", "release": "1",
        "input_preview": "in", "output_preview": "出力", "scores": {"helpful": "0.9"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, None), (Decimal(0), "0"), (Decimal("100"), "100"), (Decimal("0.000000000001"), "0.000000000001")],
)
async def test_money_is_exact_and_unpriced_is_null(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str, amount: Decimal | None, shown: str | None
) -> None:
    await writer.insert_summaries([summary(project, "t", cost_usd=amount)], 1)
    (row,) = (await reader.list_traces(project, query())).rows
    assert row["total_cost_usd"] == shown


async def test_a_trace_is_listed_when_its_time_touches_the_range(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    hour = 3_600 * SECOND_US
    await writer.insert_summaries(
        [
            summary(project, "ended before", NOON_US - hour, end_us=NOON_US - 1),
            summary(project, "ends with it", NOON_US - 50 * hour, end_us=NOON_US),
            summary(project, "around it", NOON_US - 50 * hour, end_us=NOON_US + 50 * hour),
            summary(project, "same hour", NOON_US - 1, end_us=NOON_US + 1),
            summary(project, "starts with it", NOON_US),
            summary(project, "last", NOON_US + 2 * hour - 1),
            summary(project, "after", NOON_US + 2 * hour),
        ],
        1,
    )
    expected = {"ends with it", "around it", "same hour", "starts with it", "last"}
    for sort in ("-start_time", "start_time", "-duration_ms"):
        assert set(await listed(reader, project, sort=sort)) == expected


async def test_a_trace_whose_start_moved_is_listed_once_with_its_newest_numbers(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_summaries([summary(project, "t", NOON_US + HOUR_US, event_count=1)], 1)
    await writer.insert_summaries([summary(project, "t", NOON_US + 1, event_count=2)], 2)
    await writer.insert_summaries([summary(project, "t", NOON_US + 1, event_count=3)], 3)
    page = await reader.list_traces(project, query())
    assert [(row["trace_id"], row["event_count"]) for row in page.rows] == [("t", 3)]
    found = await reader.get_trace(project, "t")
    assert found is not None
    assert found["event_count"] == 3


async def test_a_long_trace_that_turned_out_short_is_not_listed_by_its_former_end(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    before_us = NOON_US - 5 * HOUR_US
    await writer.insert_summaries([summary(project, "t", before_us, end_us=NOON_US + 1)], 1)
    assert await listed(reader, project) == ["t"]
    await writer.insert_summaries([summary(project, "t", before_us, end_us=before_us + 1)], 2)
    assert await listed(reader, project) == []


_ORDER: dict[str, Callable[[TraceSummary], Any]] = {
    "start_time": lambda s: s.start_us,
    "duration_ms": lambda s: s.end_us - s.start_us,
    "total_cost_usd": lambda s: Decimal(-1) if s.cost_usd is None else s.cost_usd,
    "total_tokens": lambda s: s.input_tokens + s.output_tokens,
    "event_count": lambda s: s.event_count,
}


@pytest.mark.parametrize("sort", get_args(TraceSort))
@pytest.mark.parametrize("limit", [4, 1_000])
async def test_pages_give_every_trace_once_in_order(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str, sort: TraceSort, limit: int
) -> None:
    written = varied_summaries(project)
    await writer.insert_summaries(written, 1)
    key = _ORDER[sort.removeprefix("-")]
    expected = sorted(written, key=lambda s: (key(s), s.trace_id), reverse=sort.startswith("-"))
    seen: list[str] = []
    after = None
    while True:
        page = await reader.list_traces(project, query(sort=sort, limit=limit, after=after))
        assert len(page.rows) <= limit
        seen += [row["trace_id"] for row in page.rows]
        after = page.next_after
        if after is None:
            break
        assert len(page.rows) == limit
    assert seen == [one.trace_id for one in expected]


async def test_a_page_that_ends_with_the_last_trace_has_no_next_one(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_summaries([summary(project, "a"), summary(project, "b")], 1)
    assert (await reader.list_traces(project, query(limit=2))).next_after is None
    assert (await reader.list_traces(project, query(limit=1))).next_after is not None


async def test_a_range_of_four_hundred_days_finds_a_lone_trace(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    day = 24 * HOUR_US
    await writer.insert_summaries([summary(project, "lone", NOON_US - 399 * day)], 1)
    for sort in ("-start_time", "start_time", "event_count"):
        assert await listed(reader, project, from_us=NOON_US - 400 * day, sort=sort) == ["lone"]


async def test_a_range_outside_what_the_store_can_hold_is_empty_and_no_fault(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_summaries([summary(project, "t")], 1)
    far = 250_000_000_000 * SECOND_US
    assert await listed(reader, project, from_us=far, to_us=far + HOUR_US) == []
    assert await listed(reader, project, from_us=-far, to_us=-far + HOUR_US) == []
    assert await listed(reader, project, from_us=-far, to_us=far, sort="event_count") == ["t"]


async def test_one_trace_says_what_is_not_counted_and_an_unknown_one_is_none(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_summaries(
        [summary(project, "t", input_tokens=3, output_tokens=4, uncounted={"e": "parent_has_usage"})], 1
    )
    row = await reader.get_trace(project, "t")
    assert row is not None
    assert row["uncounted"] == {"e": "parent_has_usage"}
    assert (row["input_tokens"], row["output_tokens"], row["total_tokens"]) == (3, 4, 7)
    assert set(FIELDS) <= set(row)
    assert await reader.get_trace(project, "unknown") is None


async def test_no_read_of_traces_crosses_a_project(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    other = f"{project}_other"
    await writer.insert_summaries([summary(project, "t", name="mine"), summary(other, "t", name="theirs")], 1)
    await writer.insert_summaries([summary(other, "only theirs", NOON_US - 9 * HOUR_US, end_us=NOON_US)], 1)
    await store_events(writer, event(other, "e", trace_id="only theirs"))
    assert [row["name"] for row in (await reader.list_traces(project, query())).rows] == ["mine"]
    assert await listed(reader, project, from_us=0, sort="event_count") == ["t"]
    row = await reader.get_trace(project, "t")
    assert row is not None
    assert row["name"] == "mine"
    assert await reader.get_trace(project, "only theirs") is None
    assert (await reader.get_trace_columns(project, "only theirs")).event_id == []


async def test_the_engine_says_its_version(reader: ClickHouseReader) -> None:
    assert (await reader.ping())[0].isdigit()
