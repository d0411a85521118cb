"""Spans: ids, parents, times, errors, and that the host never notices them."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import pytest

import watchllm
from watchllm.testing import Recording, recording


def by_name(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["body"]["name"]: event for event in events if event["type"] == "span"}


def test_a_span_sends_one_event_with_ids_times_input_and_output(recorded: Recording) -> None:
    with watchllm.span("work", input={"question": "why"}, customer="c1") as span:
        span.output = ["because"]
        recorded.clock.advance(2)
    (event,) = recorded.events
    assert event["type"] == "span"
    assert event["eventId"] == span.event_id
    assert event["traceId"] == span.trace_id
    assert len(event["eventId"]) == len(event["traceId"]) == 32
    assert "parentEventId" not in event
    assert event["sdk"] == {"name": "watchllm-python", "version": watchllm.__version__}
    assert event["timestamp"] == "2026-01-01T00:00:00.000000Z"
    assert event["body"] == {
        "name": "work",
        "input": {"question": "why"},
        "output": ["because"],
        "status": "ok",
        "attributes": {"customer": "c1"},
        "start": "2026-01-01T00:00:00.000000Z",
        "end": "2026-01-01T00:00:02.001000Z",
    }


def test_what_happens_inside_a_span_is_its_child(recorded: Recording) -> None:
    with watchllm.span("outer") as outer:
        with watchllm.span("inner") as inner:
            watchllm.log("hello")
        watchllm.log("after")
    log, _, after, _ = recorded.events
    assert inner.parent_event_id == outer.event_id
    assert log["parentEventId"] == inner.event_id
    assert after["parentEventId"] == outer.event_id
    assert {event["traceId"] for event in recorded.events} == {outer.trace_id}


def test_two_spans_side_by_side_are_two_traces(recorded: Recording) -> None:
    with watchllm.span("one") as one:
        pass
    with watchllm.span("two") as two:
        pass
    assert one.trace_id != two.trace_id


def test_a_trace_continues_where_ids_are_given(recorded: Recording) -> None:
    with watchllm.span("here", trace_id="t" * 32, parent_event_id="p1") as span:
        watchllm.log("inside")
    log, event = recorded.events
    assert (event["traceId"], event["parentEventId"]) == ("t" * 32, "p1")
    assert (log["traceId"], log["parentEventId"]) == ("t" * 32, span.event_id)


def test_an_exception_passes_unchanged_and_marks_the_span(recorded: Recording) -> None:
    problem = ValueError("no such thing")
    with pytest.raises(ValueError, match="no such thing") as caught, watchllm.span("bad"):
        raise problem
    assert caught.value is problem
    body = recorded.bodies("span")[0]
    assert body["status"] == "error"
    assert body["statusMessage"] == "ValueError: no such thing"
    assert body["attributes"]["exception.type"] == "ValueError"
    assert "test_an_exception_passes_unchanged" in body["attributes"]["exception.stacktrace"]


def test_a_clean_exit_is_no_error_but_a_failing_one_is(recorded: Recording) -> None:
    for code in (0, 1):
        with pytest.raises(SystemExit), watchllm.span(f"exit {code}"):
            raise SystemExit(code)
    assert [body["status"] for body in recorded.bodies("span")] == ["ok", "error"]


def test_a_recorded_value_is_a_copy_of_that_moment(recorded: Recording) -> None:
    messages = [{"role": "user", "content": "first"}]
    with watchllm.span("work", input=messages):
        messages[0]["content"] = "changed"
        messages.append({"role": "user", "content": "later"})
    assert recorded.bodies("span")[0]["input"] == [{"role": "user", "content": "first"}]


def test_attributes_can_be_assigned_like_a_mapping(recorded: Recording) -> None:
    with watchllm.span("work", attributes={"a": 1}) as span:
        span.attributes["b"] = {2}
        span.set(c=3, status="error", status_message="odd")
    body = recorded.bodies("span")[0]
    assert body["attributes"] == {"a": 1, "b": [2], "c": 3}
    assert (body["status"], body["statusMessage"]) == ("error", "odd")


def test_the_current_span_can_be_found_from_anywhere_inside(recorded: Recording) -> None:
    with watchllm.span("work") as span:
        assert watchllm.current_span() is span
        watchllm.current_span().set(tier="pro")
    watchllm.current_span().set(lost=True)
    assert recorded.bodies("span")[0]["attributes"] == {"tier": "pro"}


def test_model_calls_tools_and_agents_measure_their_time_and_have_children(recorded: Recording) -> None:
    with watchllm.agent("researcher", action="plan", step_index=1, state={"memory": {"n": 1}}) as agent:
        with watchllm.model_call(
            "gpt-4o-mini", messages=[{"role": "user", "content": "hi"}], provider="openai"
        ) as call:
            recorded.clock.advance(1.5)
            call.response("hello", usage={"input_tokens": 3, "output_tokens": 4}, finish_reason="stop")
        with watchllm.tool("search", arguments={"q": "x"}) as tool:
            tool.result([1, 2], cached=True)
        agent.output = "done"
        agent.set(reasoning="because")
    call_event, tool_event, agent_event = recorded.events
    assert call_event["parentEventId"] == tool_event["parentEventId"] == agent_event["eventId"]
    assert call_event["type"] == "model_response"
    assert call_event["body"] == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "hi"}],
        "provider": "openai",
        "response": "hello",
        "usage": {"inputTokens": 3, "outputTokens": 4},
        "finishReason": "stop",
        "status": "ok",
        "latencyMs": 1501.0,
    }
    assert tool_event["type"] == "tool_call"
    assert tool_event["body"]["toolName"] == "search"
    assert tool_event["body"]["result"] == [1, 2]
    assert tool_event["body"]["metadata"] == {"cached": True}
    assert agent_event["type"] == "agent_action"
    body = agent_event["body"]
    assert (body["action"], body["agentName"], body["stepIndex"]) == ("plan", "researcher", 1)
    assert (body["output"], body["reasoning"], body["state"]) == ("done", "because", {"memory": {"n": 1}})
    assert body["start"] < body["end"]


def test_a_failed_tool_says_so(recorded: Recording) -> None:
    with pytest.raises(KeyError), watchllm.tool("search"):
        raise KeyError("q")
    body = recorded.bodies("tool_call")[0]
    assert (body["status"], body["metadata"]["exception.type"]) == ("error", "KeyError")


async def test_a_span_works_with_async_with(recorded: Recording) -> None:
    async with watchllm.span("outer") as outer, watchllm.context(user_id="u"), watchllm.model_call("m") as call:
        call.response("x")
    call_event, outer_event = recorded.events
    assert call_event["parentEventId"] == outer.event_id
    assert call_event["userId"] == "u"
    assert "userId" not in outer_event


async def test_a_thousand_tasks_each_keep_their_own_parents(recorded: Recording) -> None:
    async def work(number: int) -> None:
        with watchllm.span(f"outer {number}"):
            await asyncio.sleep(0)
            with watchllm.span(f"inner {number}"):
                await asyncio.sleep(0)
                watchllm.log(f"log {number}")

    await asyncio.gather(*(work(number) for number in range(1000)))
    events = recorded.events
    assert len(events) == 3000
    spans = by_name(events)
    for number in range(1000):
        outer, inner = spans[f"outer {number}"], spans[f"inner {number}"]
        assert inner["parentEventId"] == outer["eventId"]
        assert inner["traceId"] == outer["traceId"]
        assert "parentEventId" not in outer
    logs = {event["body"]["message"]: event for event in events if event["type"] == "log"}
    assert all(logs[f"log {n}"]["parentEventId"] == spans[f"inner {n}"]["eventId"] for n in range(1000))


async def test_a_cancelled_task_closes_its_span(recorded: Recording) -> None:
    started = asyncio.Event()

    async def work() -> None:
        with watchllm.span("cancelled"):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorded.bodies("span")[0]["statusMessage"] == "CancelledError"


def test_a_span_left_in_another_thread_is_sent_and_harms_nothing(recorded: Recording) -> None:
    span = watchllm.span("moved")
    # In a context of its own, which keeps the span as its current one.
    copy_context().run(span.__enter__)
    thread = threading.Thread(target=span.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    assert by_name(recorded.events)["moved"]["body"]["status"] == "ok"


def test_a_span_around_a_yield_ends_when_the_generator_is_left(recorded: Recording) -> None:
    @contextmanager
    def session() -> Any:
        with watchllm.span("session"):
            yield

    with session():
        watchllm.log("inside")
    log, span = recorded.events
    assert log["parentEventId"] == span["eventId"]


def test_context_adds_up_and_the_inner_one_wins(recorded: Recording) -> None:
    with (
        watchllm.context(session_id="s1", user_id="u1", tags=["a", "b"], metadata={"x": 1, "y": 1}),
        watchllm.context(user_id="u2", tags=["b", "c"], metadata={"y": 2}, environment="test", release="r1"),
    ):
        watchllm.log("inside")
    watchllm.log("outside")
    inside, outside = recorded.events
    assert inside["sessionId"] == "s1"
    assert inside["userId"] == "u2"
    assert inside["tags"] == ["a", "b", "c"]
    assert inside["context"] == {"metadata": {"x": 1, "y": 2}}
    assert (inside["environment"], inside["release"]) == ("test", "r1")
    assert outside.keys() == {"eventId", "type", "timestamp", "sdk", "body"}


def test_settings_of_init_are_on_every_event() -> None:
    with recording(project="proj_1", environment="prod", release="v1") as seen:
        with watchllm.context(environment="canary"):
            watchllm.log("one")
        watchllm.log("two")
        one, two = seen.events
    assert (one["projectId"], one["environment"], one["release"]) == ("proj_1", "canary", "v1")
    assert two["environment"] == "prod"


def test_a_span_costs_nothing_visible_when_there_is_no_client() -> None:
    with watchllm.span("work", input=1) as span:
        span.output = 2
        span.attributes["x"] = 1
        assert watchllm.current_span().event_id == ""
    assert span.trace_id == ""
    assert span.attributes == {}
    assert watchllm.stats() == {"queued": 0, "sent": 0, "dropped": {}}
