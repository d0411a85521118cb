"""Live views: every new trace comes once it is stored, to those who may see it, for as long as they may."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.access.tenants import Tenants
from tests.api.reading import TRACES, Project, event, model_call, new_project
from tests.api.streams import Stream
from tests.running import Server, wait_until

from watchllm_server.ui_backend.answers import TraceRow

Opening = Callable[..., Stream]


@pytest.fixture
def opened() -> Iterator[Opening]:
    """Open streams that end with the test."""
    streams: list[Stream] = []

    def open_stream(project: Project, **query: Any) -> Stream:
        streams.append(Stream(project, **query))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.close()


def test_a_new_trace_comes_as_the_row_of_the_list(empty: Project, opened: Opening) -> None:
    empty.store(event("old", "before"))
    stream = opened(empty)
    assert stream.response.getheader("content-type", "").startswith("text/event-stream")
    polling(empty, stream)
    empty.store(model_call("one", "t1", 1, "gpt-4o"))
    (*_, sent) = stream.until("t1")
    assert TraceRow.model_validate(sent.row).model_dump() == sent.row
    assert sent.row in empty.read(TRACES)["data"]


def test_a_changed_trace_comes_again_and_nothing_comes_twice_in_quiet(empty: Project, opened: Opening) -> None:
    stream = opened(empty)
    polling(empty, stream)
    empty.store(event("a", "t"))
    assert stream.until("t")[-1].row["event_count"] == 1
    empty.store(event("a", "t"), event("b", "t", 1))
    assert stream.until("t")[-1].row["event_count"] == 2
    with pytest.raises(queue.Empty):
        stream.next(timeout_s=3)


def test_streams_share_what_is_stored_and_each_has_its_filter(empty: Project, opened: Opening) -> None:
    of_user = {"field": "user_id", "op": "=", "value": "u1"}
    of_tool = {"field": "type", "op": "=", "value": "tool_call"}
    every, mine, tools = opened(empty), opened(empty, filter=of_user), opened(empty, filter=of_tool)
    polling(empty, every)
    tool = event("tool", "t2", 1, "tool_call", body={"toolName": "search", "arguments": {}})
    empty.store(event("a", "t1", userId="u1"), tool, event("b", "t3", userId="u2"))
    every.until("t1", "t2", "t3")
    assert [one.row["trace_id"] for one in mine.until("t1")] == ["t1"]
    assert [one.row["trace_id"] for one in tools.until("t2")] == ["t2"]
    for stream in (mine, tools):
        with pytest.raises(queue.Empty):
            stream.next(timeout_s=2)


def test_one_who_comes_back_gets_what_was_missed(empty: Project, opened: Opening) -> None:
    first = opened(empty)
    polling(empty, first)
    empty.store(event("a", "t1"))
    (*_, seen) = first.until("t1")
    first.close()
    empty.store(event("b", "t2"))
    empty.store(event("c", "t3"))
    for again in (opened(empty, last_event_id=seen.id), opened(empty, after=seen.id)):
        found = [one.row["trace_id"] for one in again.until("t2", "t3")]
        assert set(found) == {"t2", "t3"}


def test_nothing_of_another_project_comes(server: Server, empty: Project, opened: Opening) -> None:
    stream, other = opened(empty), new_project(server)
    polling(empty, stream)
    other.store(event("theirs", "theirs"))
    empty.store(event("ours", "ours"))
    assert [one.row["trace_id"] for one in stream.until("ours")] == ["ours"]


def test_a_key_that_is_taken_back_ends_its_streams(server: Server, empty: Project, opened: Opening) -> None:
    tenants = Tenants(server)
    key = tenants.add_key(empty.project_id, "read")
    stream = opened(Project(server, empty.project_id, key))
    assert not stream.is_over.is_set()
    tenants.change(lambda store: store.revoke_api_key(key.split("_")[1], tenants.now_us()))
    assert stream.is_over.wait(10)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"after": "x"}, "bad_parameter"), ({"after": "-1"}, "bad_parameter"), ({"after": "9" * 18}, "bad_parameter"),
        ({"subject": "events"}, "bad_parameter"), ({"filter": "{"}, "bad_filter"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(empty: Project, query: dict[str, Any], code: str) -> None:
    assert empty.refusal("/api/v1/live", **query) == (400, code)


def test_a_stream_too_many_is_refused_and_a_closed_one_makes_room(tmp_path: Path, opened: Opening) -> None:
    running = Server(tmp_path / "data", environment={"WATCHLLM_LIVE_MAX_STREAMS": "2"}).start()
    try:
        project = new_project(running)
        first, _ = opened(project), opened(project)
        assert opened(project).response.status == 429
        first.close()
        wait_until(lambda: opened(project).response.status == 200)
    finally:
        # A stream that is open does not hold the end of the server.
        assert running.stop() == 0


def polling(project: Project, stream: Stream) -> None:
    """Wait until the poll of the stream has begun: until a trace that is changed again and again has come."""
    number = 0

    def has_come() -> bool:
        nonlocal number
        number += 1
        project.store(*(event(f"probe{at}", "probe", -60) for at in range(number)))
        try:
            return stream.next(timeout_s=1.5).row["trace_id"] == "probe"
        except queue.Empty:
            return False

    wait_until(has_come)
    while True:
        try:
            stream.next(timeout_s=2.5)
        except queue.Empty:
            return
