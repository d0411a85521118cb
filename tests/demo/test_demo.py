"""The demo must be what the API takes, look like real use, and be the same every time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from tests.running import Server, wait_until

from watchllm_server.clock import SystemClock
from watchllm_server.demo import DemoFailed, run_demo
from watchllm_server.demo.workload import LONG_TRACE_EVENTS, make_traces
from watchllm_server.dialects.contract import Limits
from watchllm_server.dialects.native import NativeJson
from watchllm_server.model.event import EVENT_TYPES
from watchllm_server.model.ids import new_event_id

HOUR_US = 3_600 * 1_000_000
NOW_US = SystemClock().now_us()


def silent(done: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def traces() -> list[list[dict[str, Any]]]:
    return make_traces(NOW_US, traces=120, hours=24, seed=7)


def test_every_event_is_accepted_by_the_native_format(traces: list[list[dict[str, Any]]]) -> None:
    for events in traces:
        named = NativeJson().read_names(
            msgspec.json.encode(events),
            project_id="proj_test",
            now_us=NOW_US,
            limits=Limits(max_events=LONG_TRACE_EVENTS),
            new_id=new_event_id,
        )
        assert named.rejected == []
        assert named.duplicates == 0


def test_it_has_every_event_type_several_models_errors_sessions_and_one_long_trace(
    traces: list[list[dict[str, Any]]],
) -> None:
    events = [event for trace in traces for event in trace]
    assert {event["type"] for event in events} == EVENT_TYPES
    models = {event["body"]["model"] for event in events if event["type"] == "model_response"}
    assert len(models) >= 6
    turns = Counter(trace[0].get("sessionId") for trace in traces if trace[0]["body"]["name"] == "Chat turn")
    assert max(turns.values()) > 1
    failed = [trace for trace in traces if trace[0]["body"]["status"] == "error"]
    assert 0 < len(failed) < len(traces) / 4
    assert sorted(map(len, traces))[-1] == LONG_TRACE_EVENTS


def test_every_parent_is_in_its_trace_and_every_trace_has_one_root(traces: list[list[dict[str, Any]]]) -> None:
    for events in traces:
        ids = {event["eventId"] for event in events}
        assert len(ids) == len(events)
        assert [event for event in events if "parentEventId" not in event] == events[:1]
        assert all(event["parentEventId"] in ids for event in events[1:])


def test_the_same_seed_tells_the_same_stories_and_another_seed_others(traces: list[list[dict[str, Any]]]) -> None:
    assert make_traces(NOW_US, traces=120, hours=24, seed=7) == traces
    other = make_traces(NOW_US, traces=120, hours=24, seed=8)
    assert {trace[0]["traceId"] for trace in other}.isdisjoint({trace[0]["traceId"] for trace in traces})


async def test_a_demo_sent_twice_is_there_once(server: Server) -> None:
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))

    for _ in range(2):
        await run_demo(server.base_url, server.api_key, traces=4, hours=1, seed=3, progress=progress)
    assert seen[0] == (0, 4)
    assert seen[-1] == (4, 4)
    wanted = {trace[0]["traceId"]: len(trace) for trace in make_traces(NOW_US, traces=4, hours=1, seed=3)}
    for trace_id, count in wanted.items():
        wait_until(lambda trace_id=trace_id, count=count: _count(server, trace_id) == count)


def _count(server: Server, trace_id: str) -> int:
    status, trace = server.request("GET", f"/api/v1/traces/{trace_id}?shape=flat")
    return trace["event_count"] if status == 200 else 0


async def test_a_wrong_key_ends_the_demo_with_the_servers_words(server: Server) -> None:
    with pytest.raises(DemoFailed, match="401"):
        await run_demo(server.base_url, "wl_wrong_key_of_thirty_two_characters", traces=1, progress=silent)
