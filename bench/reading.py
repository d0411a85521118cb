"""How fast people see things: the list of traces and one trace over HTTP, beside the bare query of the engine.

The statements are those of the server's own reader, recorded and then sent to the engine as they are: the ratio
is what our code, its JSON and its checks add.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from tests.oracle.api import Api
from tests.oracle.server import Server

from bench.engine import EngineHttp
from bench.figures import Figure, judged, percentile
from bench.fill import LONG_TRACE_ID, fill
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import MICROSECONDS, to_rfc3339
from watchllm_server.settings import Settings, load_settings
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventQuery, TraceQuery
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.wiring.events import event_client

MAX_RATIO: Final = 1.5
DAY_US: Final = 86_400 * MICROSECONDS
# Enough for a p95 that one hiccup does not make.
SAMPLES: Final = 60
_WARM_UP: Final = 5
# A column in the header of a step of a plan: its name, which a table's alias may precede, and its type.
_TEXT_COLUMN: Final = re.compile(r"\b(?:input|output|raw|attributes) (?:String|Map)")
_MERGE_TIMEOUT_S: Final = 180.0


class Statement(msgspec.Struct, frozen=True):
    """One query as the reader sent it."""

    sql: str
    parameters: dict[str, object]
    settings: dict[str, str]
    format: str


class RecordingClient(Client):
    """A client that also keeps every read that went through it."""

    statements: list[Statement]

    @classmethod
    def beside(cls, settings: Settings) -> RecordingClient:
        """Return one that talks to the engine of a running server."""
        plain = event_client(settings)
        client = cls(plain._locate)
        client.statements = []
        return client

    async def read_bytes(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        format: Literal["JSONEachRow", "ArrowStream", "JSONCompactColumns", "CSVWithNames", "Parquet"],
        timeout_s: float | None = None,
    ) -> bytes:
        """Read as the client does, and remember the statement."""
        given = dict(parameters or {})
        self.statements.append(Statement(sql, given, dict(self._read_settings()), format))
        return await super().read_bytes(sql, given, format=format, timeout_s=timeout_s)


class Question(msgspec.Struct, frozen=True):
    """One read as a person asks it: over HTTP, and as the statements that the reader makes of it."""

    name: str
    path: str
    query: dict[str, str]
    statements: list[Statement]


async def measure_reading(server: Server, *, events: int, days: int) -> list[Figure]:
    """Fill an empty running server and return the ratios of list and trace at that size."""
    clock = SystemClock()
    to_us = clock.now_us()
    from_us = to_us - days * DAY_US
    async with EngineHttp(server.data_dir) as engine, Api(server.base_url, server.api_key) as api:
        await fill(engine, server.project_id, events=events, from_us=from_us, to_us=to_us)
        await _wait_for_merges(engine, clock)
        questions = await _questions(server, engine, from_us, to_us)
        lists = [question for question in questions if question.name.startswith("list")]
        return [
            *[await _figure(question, api, engine, clock, events=events, days=days) for question in questions],
            await _texts_read(lists, engine),
        ]


async def _texts_read(lists: list[Question], engine: EngineHttp) -> Figure:
    """Count the columns of whole texts that the plans of the lists read: a list that reads one waits for it."""
    found = 0
    for question in lists:
        for statement in question.statements:
            plan = await engine.run(f"EXPLAIN header = 1 {statement.sql}", statement.parameters, statement.settings)
            found += len(_TEXT_COLUMN.findall(plan.decode()))
    statements = sum(len(question.statements) for question in lists)
    return judged("texts_read_by_lists", found, "columns of whole texts", "<=", 0, statements=statements)


async def _figure(
    question: Question, api: Api, engine: EngineHttp, clock: SystemClock, *, events: int, days: int
) -> Figure:
    async def ask() -> None:
        await api.get(question.path, **question.query)

    async def ask_bare() -> None:
        for statement in question.statements:
            sql = f"{statement.sql}\nFORMAT {statement.format}"
            await engine.run(sql, statement.parameters, statement.settings)

    ours, bare = await _in_turns(clock, ask, ask_bare)
    return judged(
        f"{question.name}_p95_ratio_{events // 1_000_000}M",
        percentile(ours, 95) / percentile(bare, 95),
        "of the bare query",
        "<=",
        MAX_RATIO,
        p95_ms=round(percentile(ours, 95), 2),
        p50_ms=round(percentile(ours, 50), 2),
        bare_p95_ms=round(percentile(bare, 95), 2),
        bare_p50_ms=round(percentile(bare, 50), 2),
        queries=len(question.statements),
        events=events,
        days=days,
        samples=SAMPLES,
    )


async def _in_turns(
    clock: SystemClock, first: Callable[[], Awaitable[None]], second: Callable[[], Awaitable[None]]
) -> tuple[list[float], list[float]]:
    """Run both alternately, so that a busy moment of the machine hits both; returns milliseconds of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(SAMPLES + _WARM_UP):
        for run, kept in zip((first, second), times, strict=True):
            started_s = clock.monotonic_s()
            await run()
            if number >= _WARM_UP:
                kept.append((clock.monotonic_s() - started_s) * 1_000)
    return times


async def _questions(server: Server, engine: EngineHttp, from_us: int, to_us: int) -> list[Question]:
    """Return the reads to measure, each with the statements that our reader makes of it."""
    client = RecordingClient.beside(load_settings(data_dir=server.data_dir))
    reader, project_id = ClickHouseReader(client), server.project_id
    trace_id = await _some_trace(engine, project_id)

    async def recorded(name: str, path: str, query: dict[str, str], *reads: Awaitable[Any]) -> Question:
        client.statements.clear()
        for read in reads:
            await read
        return Question(name, path, query, list(client.statements))

    day = TraceQuery(from_us=to_us - DAY_US, to_us=to_us)
    whole = TraceQuery(from_us=from_us, to_us=to_us)
    questions = [
        await recorded("list_day", "/api/v1/traces", _range(day), reader.list_traces(project_id, day)),
        await recorded("list_whole_range", "/api/v1/traces", _range(whole), reader.list_traces(project_id, whole)),
    ]
    page = EventQuery(from_us=day.from_us, to_us=to_us)
    questions.append(
        await recorded("list_events_day", "/api/v1/events", _range(day), reader.list_events(project_id, page))
    )
    for name, wanted, shape in (
        ("trace", trace_id, {}),
        ("trace_flat", trace_id, {"shape": "flat"}),
        ("trace_of_2000_flat", LONG_TRACE_ID, {"shape": "flat"}),
    ):
        reads = (reader.get_trace(project_id, wanted), reader.get_trace_columns(project_id, wanted))
        questions.append(await recorded(name, f"/api/v1/traces/{wanted}", shape, *reads))
    await client.close()
    return questions


def _range(query: TraceQuery) -> dict[str, str]:
    return {"from": to_rfc3339(query.from_us), "to": to_rfc3339(query.to_us)}


async def _some_trace(engine: EngineHttp, project_id: str) -> str:
    sql = "SELECT any(trace_id) FROM traces WHERE project_id = {project:String} AND event_count = 12"
    return (await engine.run(sql, {"project": project_id})).decode().strip()


async def _wait_for_merges(engine: EngineHttp, clock: SystemClock) -> None:
    """Wait until the engine has merged what it wants to: a filled store, not one that is being filled."""
    give_up_s = clock.monotonic_s() + _MERGE_TIMEOUT_S
    while await engine.number("SELECT count() FROM system.merges"):
        if clock.monotonic_s() > give_up_s:
            return
        await asyncio.sleep(0.5)
