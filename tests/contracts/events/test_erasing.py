"""What every event store must do when something is to be gone: found by no read, and by none again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest
from tests.contracts.events.scrubbing import scrubbed
from tests.partitions import change

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.trace import summarise
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventQuery, LetterQuery, TraceQuery
from watchllm_server.stores.events.contract.stats import StatsQuery
from watchllm_server.stores.events.eraser import ClickHouseEraser
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.stats_reader import ClickHouseStats
from watchllm_server.stores.events.writer import ClickHouseWriter

NOW_US: Final = 1_795_000_000_000_000
OTEL_TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN: Final[dict[str, Any]] = {"from_us": NOW_US - 10**9, "to_us": NOW_US + 10**9}


def event(project_id: str, event_id: str, trace_id: str = "t", **changes: Any) -> Event:
    fields: dict[str, Any] = {"type": "span", "version": 5, "accepted_at_us": NOW_US, "start_us": NOW_US, **changes}
    return Event(project_id=project_id, trace_id=trace_id, event_id=event_id, **fields)


def letter(project_id: str, event_id: str, content: str = "", body: bytes = b"", version: int = 5) -> UnreadableEvent:
    return UnreadableEvent(
        project_id=project_id, event_id=event_id, version=version, accepted_at_us=NOW_US, code="unmappable",
        message="bad", content=content, body=body,
    )  # fmt: skip


@pytest.fixture
def eraser(event_store: Client, writer: ClickHouseWriter) -> ClickHouseEraser:
    return ClickHouseEraser(event_store, writer)


async def store(writer: ClickHouseWriter, events: Sequence[Event], token: str) -> None:
    """Store events with the summaries of their traces."""
    await writer.insert_events(events, token)
    await summarise_again(writer, {(e.project_id, e.trace_id) for e in events}, 1)


async def summarise_again(writer: ClickHouseWriter, traces: set[tuple[str, str]], version: int) -> None:
    read = await writer.read_trace_events(sorted(traces))
    await writer.insert_summaries([summarise(*key, found) for key, found in read.events.items()], version, read)


async def listed(reader: ClickHouseReader, project_id: str) -> tuple[list[str], list[str]]:
    """Return the ids of traces and of events that the lists have."""
    traces = await reader.list_traces(project_id, TraceQuery(**SPAN))
    events = await reader.list_events(project_id, EventQuery(**SPAN))
    return sorted(r["trace_id"] for r in traces.rows), sorted(r["event_id"] for r in events.rows)


async def scrub(eraser: ClickHouseEraser) -> None:
    """Rewrite the parts, and wait for it."""
    await eraser.begin_scrub()
    await scrubbed(eraser)


async def test_an_erased_trace_is_in_no_read_and_no_other_is_touched(
    event_store: Client, writer: ClickHouseWriter, reader: ClickHouseReader, letters: ClickHouseLetters,
    eraser: ClickHouseEraser, project: str,
) -> None:  # fmt: skip
    other = project + "x"
    await store(writer, [event(p, f"{t}{n}", t) for p in (project, other) for t in "ab" for n in "12"], project)
    stats = ClickHouseStats(event_store)
    await eraser.erase_trace(project, "a")
    assert await listed(reader, project) == (["b"], ["b1", "b2"])
    assert await listed(reader, other) == (["a", "b"], ["a1", "a2", "b1", "b2"])
    assert await reader.get_trace(project, "a") is None
    assert (await reader.get_trace_columns(project, "a")).event_id == []
    assert await reader.find_event(project, "a1") is None
    assert (await stats.read_totals(project, StatsQuery(**SPAN)))[0].events == 2
    # Whoever looks for lost events finds these: they are not lost.
    assert await writer.find_known_ids(project, ["a1", "a2", "b1", "zz"]) == {"a1", "a2", "b1"}
    assert await reader.find_erased(project, "a1") is not None
    assert await reader.find_erased(project, "b1") is None
    assert await reader.find_erased(other, "a1") is None
    await eraser.erase_trace(project, "a")
    await scrub(eraser)
    assert await listed(reader, project) == (["b"], ["b1", "b2"])
    masked = await event_store.read_rows(
        "SELECT name FROM system.parts WHERE active AND table = 'events' AND has_lightweight_delete"
    )
    assert masked == []


async def test_letters_that_name_an_erased_trace_go_with_it(
    writer: ClickHouseWriter, letters: ClickHouseLetters, eraser: ClickHouseEraser, project: str
) -> None:
    await writer.insert_dead_letters([
        letter(project, "json", f'{{"traceId": "{OTEL_TRACE}"}}'),
        letter(project, "protobuf", "{}", b"\x0a\x10" + bytes.fromhex(OTEL_TRACE)),
        letter(project, OTEL_TRACE, "{}"),
        letter(project, "another", '{"traceId": "' + OTEL_TRACE[:-1] + 'd"}'),
        letter(project, "a_part", f'{{"text": "see {OTEL_TRACE} there"}}'),
        letter(project + "x", "json", f'{{"traceId": "{OTEL_TRACE}"}}'),
    ])  # fmt: skip
    await eraser.erase_trace(project, OTEL_TRACE)
    for event_id, is_there in (("json", False), ("protobuf", False), (OTEL_TRACE, False), ("another", True)):
        assert (await letters.find_letter(project, event_id) is not None) == is_there, event_id
    # A text in which the id stands somewhere is no letter of the trace.
    assert await letters.find_letter(project, "a_part") is not None
    assert await letters.find_letter(project + "x", "json") is not None
    assert await writer.find_known_ids(project, ["json", "another"]) == {"json", "another"}


async def test_an_end_users_events_go_and_those_of_others_stay(
    writer: ClickHouseWriter, reader: ClickHouseReader, eraser: ClickHouseEraser, project: str
) -> None:
    await store(writer, [
        # All of it is the user's: the child says nothing and has it from the trace.
        event(project, "r1", "mine", user_id="ü 1"), event(project, "c1", "mine", parent_event_id="r1"),
        # Another's trace in which the user has one event.
        event(project, "r2", "shared", user_id="bob"), event(project, "c2", "shared", parent_event_id="r2"),
        event(project, "m2", "shared", parent_event_id="r2", user_id="ü 1"),
        event(project, "r3", "theirs", user_id="bob"),
        # Accepted after the deletion was asked for.
        event(project, "r4", "later", user_id="ü 1", version=9),
        event(project + "x", "r1", "mine", user_id="ü 1"),
    ], project)  # fmt: skip
    traces = await eraser.find_traces_of_end_user(project, "ü 1", 5)
    assert traces == ["mine", "shared"]
    await eraser.erase_end_user(project, "ü 1", traces, 5)
    await summarise_again(writer, {(project, trace_id) for trace_id in traces}, 2)
    assert await listed(reader, project) == (["later", "shared", "theirs"], ["c2", "r2", "r3", "r4"])
    shared = await reader.get_trace(project, "shared")
    assert shared is not None
    assert (shared["event_count"], shared["user_id"]) == (2, "bob")
    assert await listed(reader, project + "x") == (["mine"], ["r1"])
    assert await eraser.find_traces_of_end_user(project, "ü 1", 5) == []
    assert await eraser.find_traces_of_end_user(project, "ü 1", 9) == ["later"]


async def test_letters_that_name_an_end_user_go(
    writer: ClickHouseWriter, letters: ClickHouseLetters, eraser: ClickHouseEraser, project: str
) -> None:
    await writer.insert_dead_letters([
        letter(project, "json", '{"userId": "ü1"}'),
        letter(project, "escaped", '{"userId": "\\u00fc1"}'),
        letter(project, "protobuf", "{}", b"\x0a\x07user.id\x12\x05\x0a\x03" + "ü1".encode()),
        letter(project, "longer", '{"userId": "ü12"}'),
        letter(project, "later", '{"userId": "ü1"}', version=6),
    ])  # fmt: skip
    await eraser.erase_end_user(project, "ü1", [], 5)
    left = [
        name for name in ("json", "escaped", "protobuf", "longer", "later") if await letters.find_letter(project, name)
    ]
    assert left == ["longer", "later"]


async def test_of_an_erased_project_nothing_is_left_in_any_table(
    event_store: Client, writer: ClickHouseWriter, letters: ClickHouseLetters, reader: ClickHouseReader,
    eraser: ClickHouseEraser, project: str,
) -> None:  # fmt: skip
    other = project + "x"
    await store(writer, [event(p, "e", "t", user_id="u") for p in (project, other)], project)
    await writer.insert_dead_letters([letter(project, "dead", "{}"), letter(other, "dead", "{}")])
    await letters.end(project, await letters.select(project, LetterQuery()), "discarded")
    await eraser.erase_trace(project, "t")
    await eraser.erase_project(project)
    await scrub(eraser)
    tables = await event_store.read_rows(
        "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project_id'"
    )
    assert len(tables) >= 7
    for row in tables:
        sql = f"SELECT count() AS n FROM {row['table']} WHERE project_id = {{p:String}}"
        assert await event_store.read_rows(sql, {"p": project}) == [{"n": 0}], row
    assert await listed(reader, other) == (["t"], ["e"])
    assert await letters.find_letter(other, "dead") is not None


async def test_summaries_of_traces_without_events_are_taken_out(
    event_store: Client, writer: ClickHouseWriter, reader: ClickHouseReader, project: str
) -> None:
    await store(writer, [event(project, "e1", "a"), event(project, "e2", "b")], project)
    await change(event_store, f"DELETE FROM events WHERE project_id = '{project}' AND trace_id = 'a'")
    assert (await listed(reader, project))[0] == ["a", "b"]
    await writer.remove_summaries([(project, "a"), (project, "never")], 2)
    assert (await listed(reader, project))[0] == ["b"]
    assert (await ClickHouseStats(event_store).read_totals(project, StatsQuery(**SPAN)))[0].events == 1
