"""What every event store must do when it is written to, on the real engine over a real connection."""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.partitions import change, drop_months_of

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.trace import HOUR_US, TraceEvent, summarise
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import RowsRefused, StoreUnavailable
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter

NOW_US = 1_795_000_000_000_000


@pytest.fixture
def project() -> str:
    return f"proj_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def writer(event_store: Client) -> ClickHouseWriter:
    return ClickHouseWriter(event_store)


def event(project_id: str, event_id: str, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "trace_id": "t", "type": "span", "version": 1, "accepted_at_us": NOW_US, "start_us": NOW_US, **changes,
    }  # fmt: skip
    return Event(project_id=project_id, event_id=event_id, **fields)


async def rows(client: Client, project_id: str, columns: str = "*") -> list[dict[str, Any]]:
    sql = f"SELECT {columns} FROM events FINAL WHERE project_id = {{p:String}} ORDER BY event_id"
    return await client.read_rows(sql, {"p": project_id})


async def test_every_column_comes_back_as_it_was_written(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    written = event(
        project, "e", type="model_response", parent_event_id="root", end_us=NOW_US + 1_234_567, name="\u202e\u0007'\\",
        status="error", status_message="it broke", session_id="s", user_id="ü", environment="prod", release="1.2",
        tags=["a", "b"], model="gpt-4o", model_requested="GPT-4o", provider="openai", response_id="r",
        usage={"input_tokens": 2**40, "output_tokens": 7, "cache_read_tokens": 3}, cost_usd=Decimal("0.000000000001"),
        cost_breakdown={"input": Decimal("0.000000000001")}, cost_status="priced", price_revision="x",
        reported_cost_usd=Decimal("12.5"), prompt_name="greet", prompt_version="3", agent_name="ada", step_index=-1,
        tool_name="look", input="in\n\t\0end", output="出力 🎉", input_preview="in", output_preview="out",
        attributes={"k": "v", "__proto__": "x"}, raw="{}", sdk_name="sdk", sdk_version="9", dialect="native",
        notes=["odd"],
    )  # fmt: skip
    await writer.insert_events([written], "token-all")
    (row,) = await rows(event_store, project)
    assert row["usage"] == written.usage
    assert (row["input_tokens"], row["output_tokens"]) == (2**40, 7)
    assert Decimal(row["cost_usd"]) == written.cost_usd
    assert Decimal(row["reported_cost_usd"]) == Decimal("12.5")
    assert row["start_time"].endswith("20:40.000000".replace("20:40", row["start_time"][14:19]))
    for name in (
        "name",
        "status_message",
        "user_id",
        "tags",
        "input",
        "output",
        "attributes",
        "step_index",
        "notes",
        "raw",
    ):
        assert row[name] == getattr(written, name), name


async def test_the_same_token_and_rows_are_stored_once_even_without_merging(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    batch = [event(project, f"e{n}", start_us=NOW_US - n * 40 * 86_400 * 1_000_000) for n in range(5)]
    for _ in range(3):
        await writer.insert_events(batch, f"token-{project}")
    (row,) = await event_store.read_rows(
        "SELECT count() AS n FROM events WHERE project_id = {p:String}", {"p": project}
    )
    assert row["n"] == 5


async def test_the_highest_version_of_an_event_is_the_event_whatever_its_time(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    newer = event(project, "e", version=5, name="newer", start_us=NOW_US - 70 * 86_400 * 1_000_000)
    await writer.insert_events([newer], f"{project}-1")
    await writer.insert_events([event(project, "e", version=4, name="older")], f"{project}-2")
    assert [row["name"] for row in await rows(event_store, project)] == ["newer"]


async def test_events_of_more_than_a_hundred_months_are_one_insert(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    month_us = 31 * 86_400 * 1_000_000
    await writer.insert_events(
        [event(project, f"e{n:03}", start_us=NOW_US - n * month_us) for n in range(120)], project
    )
    assert len(await rows(event_store, project, "event_id")) == 120
    await drop_months_of(event_store, project)


async def test_a_value_out_of_its_columns_range_is_refused_and_named(writer: ClickHouseWriter, project: str) -> None:
    with pytest.raises(RowsRefused):
        await writer.insert_events([event(project, "e", usage={"input_tokens": -1})], f"{project}-a")
    with pytest.raises(RowsRefused):
        await writer.insert_events([event(project, "e", cost_usd=Decimal(10**9))], f"{project}-b")


async def test_find_versions_tells_what_is_stored_and_in_which_version(writer: ClickHouseWriter, project: str) -> None:
    await writer.insert_events([event(project, "e1", version=7), event(project, "e2", trace_id="u")], project)
    keys = [(project, "t", "e1"), (project, "u", "e2"), (project, "t", "e3"), ("other", "t", "e1")]
    assert await writer.find_versions(keys) == {(project, "e1"): 7, (project, "e2"): 1}


async def test_a_summary_computed_again_replaces_the_former_also_when_its_hour_moves(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    root = TraceEvent(
        event_id="e", parent_event_id="", type="span", name="root", status="ok", start_us=NOW_US, end_us=None
    )
    earlier = TraceEvent(
        event_id="f",
        parent_event_id="e",
        type="span",
        name="child",
        status="",
        start_us=NOW_US - 3 * HOUR_US,
        end_us=None,
    )
    await writer.insert_summaries([summarise(project, "t", [root])], 1)
    assert await writer.find_known_traces([(project, "t"), (project, "x")]) == {(project, "t")}
    await writer.insert_summaries([summarise(project, "t", [root, earlier])], 2)
    sql = "SELECT event_count, name FROM traces FINAL WHERE project_id = {p:String}"
    assert await event_store.read_rows(sql, {"p": project}) == [{"event_count": 2, "name": "root"}]


async def test_a_new_trace_in_the_list_can_be_read_at_once(
    event_store: Client, writer: ClickHouseWriter, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, insert = ClickHouseReader(event_store), event_store.insert_arrow
    seen: list[dict[str, Any] | None] = []

    async def insert_and_look(table: str, data: Any, *, token: str | None) -> None:
        await insert(table, data, token=token)
        listed = await event_store.read_rows(
            "SELECT trace_id FROM traces FINAL WHERE project_id = {p:String}", {"p": project}
        )
        seen.extend([await reader.get_trace(project, row["trace_id"]) for row in listed])

    monkeypatch.setattr(event_store, "insert_arrow", insert_and_look)
    start = TraceEvent(
        event_id="e", parent_event_id="", type="span", name="root", status="ok", start_us=NOW_US, end_us=None
    )
    later = msgspec.structs.replace(start, event_id="f", start_us=NOW_US + 1)
    await writer.insert_summaries([summarise(project, "t", [start])], 1)
    await writer.insert_summaries([summarise(project, "u", [start]), summarise(project, "t", [start, later])], 2)
    assert len(seen) > 2
    assert None not in seen


async def test_dead_letters_kept_twice_are_there_once(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    letter = UnreadableEvent(project, "e", 3, NOW_US, "unmappable", "why", '{"a": 1}')
    for _ in range(2):
        await writer.insert_dead_letters([letter])
    sql = "SELECT event_id, code, content FROM dead_letters FINAL WHERE project_id = {p:String}"
    assert await event_store.read_rows(sql, {"p": project}) == [
        {"event_id": "e", "code": "unmappable", "content": '{"a": 1}'}
    ]


async def test_a_read_can_neither_change_anything_nor_reach_a_file_or_a_url(event_store: Client) -> None:
    for sql in (
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "INSERT INTO dead_letters (event_id) VALUES ('x')",
        "DROP TABLE events",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 1000",
    ):
        with pytest.raises(StoreUnavailable, match=r"(?i)readonly|syntax error"):
            await event_store.read_rows(sql)


async def test_rows_that_the_engine_refuses_after_reading_them_are_not_said_to_be_stored(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    # chDB's streaming insert says that it wrote such rows.
    await change(event_store, "ALTER TABLE events ADD CONSTRAINT refuses CHECK CAST(name, 'String') != 'refused'")
    try:
        with pytest.raises(RowsRefused, match="VIOLATED_CONSTRAINT"):
            await writer.insert_events([event(project, "e", name="refused"), event(project, "f")], f"{project}-a")
        with pytest.raises(RowsRefused, match="VIOLATED_CONSTRAINT"):
            await writer.insert_events([event(project, "e", name="refused")], f"{project}-b")
    finally:
        await change(event_store, "ALTER TABLE events DROP CONSTRAINT refuses")
    assert await rows(event_store, project, "event_id") == []


async def test_inserts_into_several_tables_at_once_keep_to_their_columns(
    event_store: Client, writer: ClickHouseWriter, project: str
) -> None:
    for turn in range(20):
        await asyncio.gather(
            writer.insert_events([event(project, f"e{turn}", name="n")], f"{project}-{turn}"),
            writer.insert_dead_letters([UnreadableEvent(project, f"d{turn}", 1, NOW_US, "unmappable", "why", "{}")]),
        )
    assert len(await rows(event_store, project, "event_id")) == 20
    sql = "SELECT DISTINCT code, message FROM dead_letters WHERE project_id = {p:String}"
    assert await event_store.read_rows(sql, {"p": project}) == [{"code": "unmappable", "message": "why"}]
