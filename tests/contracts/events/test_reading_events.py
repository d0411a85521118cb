"""What every event store must answer about events and dead letters, on the real engine over a real connection."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import pytest
from tests.contracts.events.reading_data import NOON_US, SECOND_US, event, store_events

from watchllm_server.model.filter_reading import read_filter
from watchllm_server.model.trace import HOUR_US
from watchllm_server.stores.events.contract import EventQuery
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN_EVENT = f"{TRACE}b7ad6b7169203331"


def query(**changes: Any) -> EventQuery:
    fields: dict[str, Any] = {"from_us": NOON_US, "to_us": NOON_US + 2 * HOUR_US, **changes}
    return EventQuery(**fields)


async def listed(reader: ClickHouseReader, project: str, **changes: Any) -> list[str]:
    return [row["event_id"] for row in (await reader.list_events(project, query(**changes))).rows]


async def test_the_columns_of_a_trace_have_each_event_once_in_its_newest_version(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await store_events(
        writer,
        event(project, "call", type="model_response", name="old", start_us=NOON_US + 5),
        event(
            project, "root", type="agent_action", end_us=NOON_US + 9, step_index=-3, agent_name="ada", status="running"
        ),
    )
    await store_events(
        writer,
        event(
            project, "call", version=2, type="model_response", name="new", start_us=NOON_US + 5, parent_event_id="root",
            end_us=NOON_US + 7, model="gpt-4o", usage={"input_tokens": 5, "output_tokens": 2, "reasoning_tokens": 1},
            cost_usd=Decimal("0.0100"), tool_name="look",
        ),
    )  # fmt: skip
    columns = await reader.get_trace_columns(project, "t")
    assert columns.event_id == ["root", "call"]
    assert columns.parent_event_id == ["", "root"]
    assert columns.type == ["agent_action", "model_response"]
    assert columns.name == ["", "new"]
    assert columns.start_us == [NOON_US, NOON_US + 5]
    assert columns.end_us == [NOON_US + 9, NOON_US + 7]
    assert columns.status == ["running", ""]
    assert columns.model == ["", "gpt-4o"]
    assert columns.usage == [{}, {"input_tokens": 5, "output_tokens": 2, "reasoning_tokens": 1}]
    assert (columns.input_tokens, columns.output_tokens) == ([0, 5], [0, 2])
    assert columns.cost_usd == [None, "0.01"]
    assert columns.agent_name == ["ada", ""]
    assert columns.tool_name == ["", "look"]
    assert columns.step_index == [-3, None]


async def test_an_unknown_trace_has_no_columns(reader: ClickHouseReader, project: str) -> None:
    columns = await reader.get_trace_columns(project, "unknown")
    assert (columns.event_id, columns.usage, columns.step_index) == ([], [], [])


async def test_a_list_holds_the_events_that_start_in_the_range(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await store_events(
        writer,
        event(project, "before", start_us=NOON_US - 1, end_us=NOON_US + 9),
        event(project, "first", start_us=NOON_US),
        event(project, "last", start_us=NOON_US + 2 * HOUR_US - 1),
        event(project, "after", start_us=NOON_US + 2 * HOUR_US),
    )
    assert await listed(reader, project) == ["last", "first"]
    assert await listed(reader, project, sort="start_time") == ["first", "last"]


async def test_a_list_carries_no_text_and_shows_silence_as_ok(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await store_events(writer, event(project, "e", input='"in"', output='"out"', raw="{}", attributes={"k": "v"}))
    (row,) = (await reader.list_events(project, query())).rows
    assert not {"input", "output", "raw", "attributes"} & set(row)
    assert row["status"] == "ok"


async def test_an_event_whose_start_moved_is_listed_at_its_newest_start_alone(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    month = 31 * 24 * HOUR_US
    await store_events(writer, event(project, "moved", start_us=NOON_US + 5), event(project, "gone"))
    await store_events(writer, event(project, "moved", start_us=NOON_US + HOUR_US, version=2))
    await store_events(writer, event(project, "gone", start_us=NOON_US + month, version=2))
    page = await reader.list_events(project, query())
    assert [(row["event_id"], row["start_time"]) for row in page.rows] == [("moved", "2026-11-18T13:00:00.000000Z")]
    assert await listed(reader, project, to_us=NOON_US + HOUR_US) == []


async def test_a_filter_sees_the_newest_version_alone(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await store_events(writer, event(project, "e", name="old"))
    await store_events(writer, event(project, "e", name="new", version=2))
    for name, expected in (("old", []), ("new", ["e"])):
        node = read_filter({"field": "name", "op": "=", "value": name}, "events")
        assert await listed(reader, project, filter=node) == expected


@pytest.mark.parametrize("sort", ["start_time", "-start_time"])
@pytest.mark.parametrize("limit", [1, 4, 1_000])
async def test_pages_give_every_event_once_in_order(
    reader: ClickHouseReader,
    writer: ClickHouseWriter,
    project: str,
    sort: Literal["start_time", "-start_time"],
    limit: int,
) -> None:
    written = [
        event(project, f"e{at:02}", trace_id=f"t{at % 3}", start_us=NOON_US + at % 5 * 20 * 60 * SECOND_US)
        for at in range(20)
    ]
    await store_events(writer, *written)
    # Superseded versions, at other times, stand between the others.
    await store_events(writer, *(event(project, f"e{at:02}", trace_id=f"t{at % 3}", version=0) for at in range(20)))
    expected = sorted(written, key=lambda e: (e.start_us, e.trace_id, e.event_id), reverse=sort.startswith("-"))
    seen: list[str] = []
    after = None
    while True:
        page = await reader.list_events(project, query(sort=sort, limit=limit, after=after))
        seen += [row["event_id"] for row in page.rows]
        after = page.next_after
        if after is None:
            break
        assert len(page.rows) == limit
    assert seen == [one.event_id for one in expected]


async def test_a_whole_event_comes_back_with_every_column(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    await store_events(
        writer,
        event(
            project, "e", trace_id="t", type="model_response", parent_event_id="root", end_us=NOON_US + 1_500,
            name="\u202e\u0007'\\", status="error", status_message="it broke", session_id="s", user_id="ü",
            environment="prod", release="1.2", tags=["a", "b"], model="gpt-4o", model_requested="GPT-4o",
            provider="openai", response_id="r", first_token_us=70_000, usage={"input_tokens": 2**40},
            cost_usd=Decimal("0.5"),
            cost_breakdown={"input": Decimal("0.50")}, cost_status="priced", price_revision="x",
            reported_cost_usd=Decimal("12.5"), prompt_name="greet", prompt_version="3", agent_name="ada",
            step_index=4, tool_name="look", input='["in\\n"]', output='"出力 🎉"', input_preview="in",
            attributes={"k": "v\t"}, raw='{"n": 1}', sdk_name="sdk", sdk_version="9", dialect="native", notes=["odd"],
        ),
    )  # fmt: skip
    row = await reader.find_event(project, "e", "t")
    assert row is not None
    assert row.pop("stored_at").endswith("Z")
    assert row == {
        "event_id": "e", "trace_id": "t", "parent_event_id": "root", "type": "model_response",
        "name": "\u202e\u0007'\\", "start_time": "2026-11-18T12:00:00.000000Z",
        "end_time": "2026-11-18T12:00:00.001500Z", "duration_ms": 1.5, "status": "error",
        "status_message": "it broke", "session_id": "s", "user_id": "ü", "environment": "prod", "release": "1.2",
        "tags": ["a", "b"], "model": "gpt-4o", "model_requested": "GPT-4o", "provider": "openai",
        "response_id": "r", "first_token_us": 70_000, "usage": {"input_tokens": 2**40},
        "input_tokens": 2**40, "output_tokens": 0,
        "cost_usd": "0.5", "cost_breakdown": {"input": "0.5"}, "cost_status": "priced", "price_revision": "x",
        "reported_cost_usd": "12.5", "prompt_name": "greet", "prompt_version": "3", "agent_name": "ada",
        "step_index": 4, "tool_name": "look", "input": '["in\\n"]', "output": '"出力 🎉"', "input_preview": "in",
        "output_preview": "", "attributes": {"k": "v\t"}, "raw": '{"n": 1}', "sdk_name": "sdk", "sdk_version": "9",
        "dialect": "native", "notes": ["odd"], "version": 1, "accepted_at": "2026-11-18T12:00:00.000000Z",
    }  # fmt: skip


async def test_an_event_is_found_with_its_trace_by_its_span_id_and_by_id_alone(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    looks_like_a_span = "f" * 48
    await store_events(
        writer,
        event(project, SPAN_EVENT, trace_id=TRACE, name="span"),
        event(project, "plain", trace_id="t", name="plain"),
        event(project, looks_like_a_span, trace_id="t", name="48"),
    )
    for event_id, trace_id in ((SPAN_EVENT, TRACE), ("plain", "t"), (looks_like_a_span, "t")):
        for named in (None, trace_id):
            row = await reader.find_event(project, event_id, named)
            assert row is not None
            assert row["trace_id"] == trace_id
    assert await reader.find_event(project, "plain", "another trace") is None
    assert await reader.find_event(project, "unknown") is None


async def test_the_newest_version_of_an_event_is_found(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    for version in (2, 3, 1):
        start_us = NOON_US - version * 31 * 24 * HOUR_US
        await store_events(writer, event(project, "e", version=version, name=f"v{version}", start_us=start_us))
    for trace_id in (None, "t"):
        row = await reader.find_event(project, "e", trace_id)
        assert row is not None
        assert (row["name"], row["version"]) == ("v3", 3)


async def test_no_read_of_events_crosses_a_project(
    reader: ClickHouseReader, writer: ClickHouseWriter, project: str
) -> None:
    other = f"{project}_other"
    await store_events(writer, event(other, SPAN_EVENT, trace_id=TRACE), event(other, "e"), event(project, "mine"))
    assert await listed(reader, project) == ["mine"]
    assert (await reader.get_trace_columns(project, "t")).event_id == ["mine"]
    for event_id in ("e", SPAN_EVENT):
        assert await reader.find_event(project, event_id) is None
    assert await reader.find_event(project, SPAN_EVENT, TRACE) is None
