"""A read changes nothing and reaches nothing but its project's rows, whatever is put into it."""

from __future__ import annotations

import asyncio
import os
import re
import uuid
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.conftest import RunningEngine
from tests.contracts.events.reading_data import NOON_US, event, store_events, summary

from watchllm_server.model.event import UnreadableEvent
from watchllm_server.model.filter import EVENT_FIELDS, TRACE_FIELDS, And, Not, Or
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.model.trace import HOUR_US
from watchllm_server.stores.events import (
    event_queries,
    group_queries,
    inside_queries,
    letter_queries,
    stats_queries,
    trace_queries,
    value_queries,
)
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import (
    EventQuery,
    LetterKey,
    LetterQuery,
    QueryLimit,
    RowsRefused,
    StoreUnavailable,
    TraceQuery,
    TraceSort,
)
from watchllm_server.stores.events.contract.groups import GroupQuery
from watchllm_server.stores.events.contract.stats import BreakdownQuery, SeriesQuery, StatsQuery, ValuesQuery
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.spans import Span
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.wiring.events import event_client

MARK = "d41d8cd9-secret"

HOSTILE = (
    "file('/etc/passwd', 'LineAsString')", "' OR 1=1 --", "\\' OR 1=1 --", "'; DROP TABLE events; --", "`events`",
    "/* */", "*/", "--", "{project:String}", "{limit:UInt32}", "%", "_", "\\", "\\N", "\\0", "\0", "\t", "\n", "\r\n",
    "' UNION ALL SELECT * FROM url('http://127.0.0.1:1/x') --", ") SETTINGS readonly = 0", "$$", "\x7f", "付款😀",
    "x' FORMAT Null", "../../etc/passwd", '"', "", " ", "NaN", "null",
)  # fmt: skip


@pytest.fixture
def project() -> str:
    return f"proj_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def reader(event_store: Client) -> ClickHouseReader:
    return ClickHouseReader(event_store)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM file('{path}', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'LineAsString')",
        "SELECT * FROM executable('cat {path}', 'LineAsString', 'line String')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT * FROM file('{path}', 'LineAsString') SETTINGS readonly = 0",
        "SET readonly = 0",
        "INSERT INTO dead_letters (project_id) VALUES ('x')",
        "INSERT INTO FUNCTION file('{path}.new', 'LineAsString', 'line String') SELECT 'x'",
        "CREATE TABLE planted (a UInt8) ENGINE = Memory",
        "DROP TABLE dead_letters",
        "TRUNCATE TABLE dead_letters",
        "ALTER TABLE dead_letters DELETE WHERE 1",
        "SYSTEM SHUTDOWN",
    ],
)
async def test_the_guard_refuses_a_statement_that_is_more_than_a_read(
    event_store: Client, tmp_path: Path, statement: str
) -> None:
    path = tmp_path / "secret"
    path.write_text(MARK)
    with pytest.raises((QueryLimit, RowsRefused, StoreUnavailable)) as caught:
        await event_store.read_bytes(statement.replace("{path}", str(path)), format="JSONEachRow")
    assert MARK not in str(caught.value)
    assert os.listdir(tmp_path) == ["secret"]  # noqa: PTH208 - pathlib's way counts as blocking here
    assert await event_store.read_rows("SELECT count() AS n FROM dead_letters WHERE project_id = 'x'") == [{"n": 0}]


async def test_a_read_that_returns_too_many_rows_or_takes_too_long_is_stopped(event_store: Client) -> None:
    with pytest.raises(QueryLimit):
        await event_store.read_rows("SELECT number FROM numbers(3000000)")


async def test_what_a_failed_read_had_found_is_in_no_later_answer(engine: RunningEngine, event_store: Client) -> None:
    guarded = event_client(engine.settings.model_copy(update={"query_max_rows": 100_000}))
    for _ in range(3):
        # As many at once as the engine has threads: the next reads meet every handle that saw a failure.
        failing = [guarded.read_rows("SELECT number FROM numbers(200000)") for _ in range(4)]
        assert all(isinstance(e, QueryLimit) for e in await asyncio.gather(*failing, return_exceptions=True))
        asking = [guarded.read_rows("SELECT 42 AS answer") for _ in range(8)]
        assert await asyncio.gather(*asking) == [[{"answer": 42}]] * 8
    await guarded.close()


def _conditions(fields: dict[str, Any], text: str) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = []
    for field, kind in fields.items():
        if kind == "text":
            conditions += [{"field": field, "op": op, "value": text} for op in ("=", "contains")]
        elif kind == "list":
            conditions.append({"field": field, "op": "in", "value": [text, text]})
        elif kind == "search":
            conditions.append({"field": field, "op": "contains", "value": text})
    return conditions


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_every_value_of_every_read_is_data(
    reader: ClickHouseReader, letters: ClickHouseLetters, project: str, hostile: str
) -> None:
    for from_project in (hostile, f"{project}{hostile}"):
        assert await _everything(reader, letters, from_project, hostile) == []


async def _all_of_letters(letters: ClickHouseLetters, project_id: str, text: str) -> list[Any]:
    """Ask every question about dead letters with `text` in every place."""
    found: list[Any] = [await letters.find_letter(project_id, text)]
    key = LetterKey(text, 1, 0, 0)
    found += [*await letters.read_bodies(project_id, [key]), *await letters.find_superseded(project_id, [key])]
    for query in (
        LetterQuery(),
        LetterQuery(code=text),
        LetterQuery(event_ids=[text]),
        LetterQuery(state="discarded"),
        LetterQuery(from_us=0, to_us=NOON_US * 2, after=(str(NOON_US * 2), text)),
    ):
        found += (await letters.list_letters(project_id, query, most_bytes=9)).letters
    return found


async def _everything(reader: ClickHouseReader, letters: ClickHouseLetters, project_id: str, text: str) -> list[Any]:
    """Ask every question with `text` in every place and return all rows of all answers."""
    traces = read_filter({"or": _conditions(TRACE_FIELDS, text)[:50]}, "traces")
    conditions = _conditions(EVENT_FIELDS, text)[:48]
    if text:
        conditions.append({"field": f"attributes.{text}", "op": "=", "value": text})
    events = read_filter({"or": conditions}, "events")
    to_us = NOON_US * 2
    found: list[Any] = []
    sorts: tuple[TraceSort, TraceSort] = ("start_time", "total_cost_usd")
    for sort in sorts:
        twice_not = Not(And((Not(traces),)))
        query = TraceQuery(from_us=0, to_us=to_us, filter=twice_not, sort=sort, after=("0", text))
        found += (await reader.list_traces(project_id, query)).rows
    query = EventQuery(
        from_us=0,
        to_us=to_us,
        sort="start_time",
        filter=Or((events,)),
        after=("0", f"{text}{event_queries.PLACE_SEPARATOR}{text}"),
    )
    found += (await reader.list_events(project_id, query)).rows
    found += [await reader.get_trace(project_id, text)]
    found += (await reader.get_trace_columns(project_id, text)).event_id
    found += [await reader.find_event(project_id, text), await reader.find_event(project_id, text, text)]
    found += await _all_of_letters(letters, project_id, text)
    return [one for one in found if one is not None]


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if text])
async def test_what_looks_like_sql_is_found_as_the_text_it_is(
    event_store: Client, reader: ClickHouseReader, letters: ClickHouseLetters, project: str, hostile: str
) -> None:
    writer = ClickHouseWriter(event_store)
    # Inputs are JSON; a search is for what a person sees.
    said = orjson.dumps(hostile).decode()
    await store_events(
        writer,
        event(project, hostile, trace_id=hostile, name=hostile, input=said, attributes={hostile: hostile}),
        event(project, "other", trace_id="other"),
    )
    await writer.insert_summaries(
        [summary(project, hostile, name=hostile, tags=[hostile]), summary(project, "other")], 1
    )
    await writer.insert_dead_letters([UnreadableEvent(project, hostile, 1, NOON_US, "unmappable", hostile, hostile)])
    for condition in (
        {"field": "name", "op": "=", "value": hostile},
        {"field": "name", "op": "contains", "value": hostile},
        {"field": "event_id", "op": "in", "value": [hostile]},
        {"field": "text", "op": "contains", "value": hostile},
        {"field": f"attributes.{hostile}", "op": "=", "value": hostile},
    ):
        query = EventQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US, filter=read_filter(condition, "events"))
        assert [row["event_id"] for row in (await reader.list_events(project, query)).rows] == [hostile], condition
    for condition in ({"field": "name", "op": "=", "value": hostile}, {"field": "tags", "op": "=", "value": hostile}):
        query = TraceQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US, filter=read_filter(condition, "traces"))
        assert [row["trace_id"] for row in (await reader.list_traces(project, query)).rows] == [hostile], condition
    assert (await reader.get_trace_columns(project, hostile)).name == [hostile]
    for row in (await reader.find_event(project, hostile), await reader.find_event(project, hostile, hostile)):
        assert row is not None
        assert (row["name"], row["input"], row["attributes"]) == (hostile, said, {hostile: hostile})
    assert await reader.get_trace(project, hostile) is not None
    letter = await letters.find_letter(project, hostile)
    assert letter is not None
    assert letter.content == hostile


async def test_no_other_parameter_opens_another_project(
    event_store: Client, reader: ClickHouseReader, letters: ClickHouseLetters, project: str
) -> None:
    theirs = f"{project}_theirs"
    writer = ClickHouseWriter(event_store)
    await store_events(writer, event(theirs, theirs, trace_id=theirs, name=theirs, attributes={theirs: theirs}))
    await writer.insert_summaries([summary(theirs, theirs, name=theirs)], 1)
    await writer.insert_dead_letters([UnreadableEvent(theirs, theirs, 1, NOON_US, "unmappable", "", "")])
    assert await _everything(reader, letters, project, theirs) == []
    assert len(await _everything(reader, letters, theirs, theirs)) > 0


def test_every_statement_reads_one_project_alone() -> None:
    span = Span(1, 2, with_earlier=True)
    statements = [
        trace_queries.list_statement("p", TraceQuery(from_us=1, to_us=2), span, limit=1),
        trace_queries.one_statement("p", "t"),
        event_queries.columns_statement("p", "t", with_usage=True),
        inside_queries.find_statement("p", "t", "text", limit=1),
        event_queries.candidates_statement("p", EventQuery(from_us=1, to_us=2), span, None, limit=1),
        event_queries.verified_statement("p", EventQuery(from_us=1, to_us=2), [(1, "t", "e")]),
        event_queries.one_statement("p", "e", None),
        event_queries.one_statement("p", "e", "t"),
        letter_queries.select_statement("p", LetterQuery(), limit=1),
        letter_queries.select_statement("p", LetterQuery(state="replayed", code="c", event_ids=["e"]), limit=1),
        letter_queries.letters_statement("p", [LetterKey("e", 1, 1, 1)], most_bytes=1),
        letter_queries.letters_statement("p", [LetterKey("e", 1, 1, 1)], most_bytes=None),
        letter_queries.newest_statement("p", "e"),
        letter_queries.end_statement("p", "e", 1),
        letter_queries.bodies_statement("p", [LetterKey("e", 1, 1, 1)]),
        letter_queries.stored_versions_statement("p", [LetterKey("e", 1, 1, 1)]),
        letter_queries.emptying_statement("p", [LetterKey("e", 1, 1, 1)]),
        group_queries.list_statement("p", GroupQuery(kind="sessions", from_us=1, to_us=2, sort="-start_time"), limit=1),
        group_queries.one_statement("p", "end_users", "u", span),
        group_queries.scores_statement("p", "t"),
        stats_queries.totals_statement("p", StatsQuery(from_us=1, to_us=2)),
        stats_queries.breakdown_statement("p", BreakdownQuery(from_us=1, to_us=2, by="model")),
        stats_queries.largest_statement("p", SeriesQuery(from_us=1, to_us=2, metric="events", interval_s=60), "name"),
        stats_queries.series_statement("p", SeriesQuery(from_us=1, to_us=2, metric="events", interval_s=60), []),
        stats_queries.bars_statement("p", StatsQuery(from_us=1, to_us=2), 60),
        value_queries.values_statement("p", ValuesQuery(subject="traces", field="name", from_us=1, to_us=2)),
        value_queries.values_statement("p", ValuesQuery(subject="events", field="model", from_us=1, to_us=2)),
        value_queries.values_statement("p", ValuesQuery(subject="events", field="attributes", from_us=1, to_us=2)),
    ]
    for statement in statements:
        tables = len(re.findall(r"FROM (?:events|traces|event_figures|trace_buckets|dead_letter\w*)\b", statement.sql))
        assert tables == statement.sql.count("project_id = {project:String}") > 0
        assert statement.parameters["project"] == "p"
