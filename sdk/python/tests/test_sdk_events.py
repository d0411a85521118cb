"""The eleven types of events and their envelope, as the server's API names them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

import watchllm
from watchllm.testing import Recording


def test_every_type_has_a_helper_with_the_body_that_the_server_reads(recorded: Recording) -> None:
    watchllm.log("careful", level="WARNING", metadata={"a": 1})
    watchllm.error("broken", type="Timeout", stack="at x", fingerprint=["f"])
    watchllm.token_usage("m", input_tokens=5, output_tokens=6, cache_read_tokens=1, cost_usd="0.01")
    watchllm.message("user", "hi")
    watchllm.model_response(
        "m", prompt="p", response="r", usage={"inputTokens": 1}, latency_ms=20, finish_reason="stop"
    )
    watchllm.agent_action("plan", name="bob", step_index=2, reasoning="hm", state={"memory": {}}, state_patch=[1])
    watchllm.tool_call("search", arguments={"q": 1}, result=[2], latency_ms=3)
    watchllm.retrieval("q", [{"id": "d1", "score": 0.5}, "text alone"], vector_dimensions=3)
    watchllm.eval_metric("helpful", 0.9, suite_id="s", comment="good")
    watchllm.score("tone", label="kind")
    watchllm.custom("mine", {"any": "thing"})
    watchllm.capture_event("span", {"name": "raw", "durationMs": 3})
    assert [(event["type"], event["body"]) for event in recorded.events] == [
        ("log", {"level": "warn", "message": "careful", "metadata": {"a": 1}}),
        ("error", {"message": "broken", "type": "Timeout", "stack": "at x", "fingerprint": ["f"]}),
        ("token_usage", {"model": "m", "inputTokens": 5, "outputTokens": 6, "cacheReadTokens": 1, "costUSD": "0.01"}),
        ("message", {"role": "user", "content": "hi"}),
        (
            "model_response",
            {
                "model": "m",
                "prompt": "p",
                "response": "r",
                "usage": {"inputTokens": 1},
                "latencyMs": 20,
                "finishReason": "stop",
            },
        ),
        (
            "agent_action",
            {
                "action": "plan",
                "agentName": "bob",
                "reasoning": "hm",
                "stepIndex": 2,
                "state": {"memory": {}},
                "statePatch": [1],
            },
        ),
        ("tool_call", {"toolName": "search", "arguments": {"q": 1}, "result": [2], "latencyMs": 3}),
        (
            "retrieval",
            {"query": "q", "results": [{"id": "d1", "score": 0.5}, {"text": "text alone"}], "vectorDimensions": 3},
        ),
        ("eval_metric", {"metric": "helpful", "value": 0.9, "suiteId": "s", "comment": "good"}),
        ("eval_metric", {"metric": "tone", "label": "kind"}),
        ("custom", {"name": "mine", "payload": {"any": "thing"}}),
        ("span", {"name": "raw", "durationMs": 3}),
    ]


def test_an_event_carries_the_envelope_it_was_given(recorded: Recording) -> None:
    with watchllm.span("around"), watchllm.context(session_id="s0", tags=["a"]):
        event_id = watchllm.capture_event(
            "log",
            {"level": "info", "message": "m"},
            event_id="e1",
            trace_id="t1",
            parent_event_id="p1",
            timestamp=datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=UTC),
            user_id="u1",
            tags=["b"],
        )
    event = recorded.events[0]
    assert event_id == event["eventId"] == "e1"
    assert (event["traceId"], event["parentEventId"]) == ("t1", "p1")
    assert event["timestamp"] == "2026-02-03T04:05:06.789012Z"
    assert (event["sessionId"], event["userId"], event["tags"]) == ("s0", "u1", ["a", "b"])


def test_a_finished_call_is_dated_at_its_start(recorded: Recording) -> None:
    watchllm.model_response("m", latency_ms=1500)
    watchllm.tool_call("t", latency_ms=float("nan"), timestamp=1_767_225_600.5)
    first, second = recorded.events
    assert first["timestamp"] == "2025-12-31T23:59:58.500000Z"
    assert second["timestamp"] == "2026-01-01T00:00:00.500000Z"
    assert "latencyMs" not in second["body"]


def test_a_call_outside_any_span_is_a_trace_of_its_own_and_a_log_line_is_not(recorded: Recording) -> None:
    for send in (watchllm.model_response, watchllm.tool_call, watchllm.agent_action, watchllm.retrieval):
        send("x")
    watchllm.log("x")
    watchllm.score("x", 1)
    *calls, log, score = recorded.events
    assert len({event["traceId"] for event in calls}) == 4
    assert "traceId" not in log
    assert "traceId" not in score


def test_a_score_can_be_put_on_an_earlier_span(recorded: Recording) -> None:
    with watchllm.span("work") as span:
        pass
    watchllm.score("ok", True, trace_id=span.trace_id, parent_event_id=span.event_id)
    score = recorded.events[1]
    assert (score["traceId"], score["parentEventId"]) == (span.trace_id, span.event_id)
    assert score["body"]["value"] == 1.0


def test_a_score_that_is_no_number_stays_visible_as_a_label(recorded: Recording) -> None:
    watchllm.score("judge", float("nan"))
    assert recorded.bodies("eval_metric") == [{"metric": "judge", "label": "nan"}]


def test_an_exception_becomes_an_error_event_with_its_stack(recorded: Recording) -> None:
    try:
        raise LookupError
    except LookupError as problem:
        watchllm.error(problem)
    body = recorded.bodies("error")[0]
    assert (body["message"], body["type"]) == ("LookupError", "LookupError")
    assert "in test_an_exception_becomes_an_error_event" in body["stack"]


class _Details(BaseModel):
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class _ChatUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: _Details
    completion_tokens_details: _Details


@pytest.mark.parametrize(
    ("usage", "sent"),
    [
        ({"inputTokens": 1, "outputTokens": 2}, {"inputTokens": 1, "outputTokens": 2}),
        ({"input_tokens": 1, "cache_read_tokens": 2}, {"inputTokens": 1, "cacheReadTokens": 2}),
        (
            _ChatUsage(
                prompt_tokens=10,
                completion_tokens=5,
                total_tokens=15,
                prompt_tokens_details=_Details(cached_tokens=4),
                completion_tokens_details=_Details(reasoning_tokens=3),
            ),
            {"inputTokens": 10, "outputTokens": 5, "cacheReadTokens": 4, "reasoningTokens": 3, "total_tokens": 15},
        ),
        (
            {
                "input_tokens": 2,
                "output_tokens": 7,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 10,
            },
            {"inputTokens": 112, "outputTokens": 7, "cacheReadTokens": 100, "cacheWriteTokens": 10},
        ),
        (
            {"input_tokens": 8, "input_tokens_details": {"cached_tokens": 3}, "output_tokens_details": None},
            {"inputTokens": 8, "cacheReadTokens": 3},
        ),
    ],
    ids=["ours", "snake case", "chat completions", "anthropic", "responses"],
)
def test_usage_is_read_in_the_names_of_the_providers(recorded: Recording, usage: Any, sent: dict[str, int]) -> None:
    watchllm.model_response("m", usage=usage)
    with watchllm.model_call("m") as call:
        call.response("x", usage=usage)
    assert [body["usage"] for body in recorded.bodies("model_response")] == [sent, sent]


def test_the_whole_answer_of_a_client_brings_its_usage(recorded: Recording) -> None:
    answer = {"choices": [{"message": {"role": "assistant", "content": "x"}}], "usage": {"prompt_tokens": 3}}
    with watchllm.model_call("m") as call:
        call.response(answer)
    with watchllm.model_call("m") as call:
        call.response(answer, usage={"inputTokens": 5})
    first, second = recorded.bodies("model_response")
    assert first["response"] == answer
    assert (first["usage"], second["usage"]) == ({"inputTokens": 3}, {"inputTokens": 5})


def test_usage_that_is_no_mapping_is_left_out(recorded: Recording) -> None:
    watchllm.model_response("m", usage=SimpleNamespace(input_tokens=1))
    assert recorded.bodies("model_response") == [{"model": "m"}]


def test_an_argument_that_does_not_exist_is_said_and_the_event_is_sent(
    recorded: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    watchllm.log("x", colour="red")  # type: ignore[call-arg]
    assert "colour" in caplog.text
    assert recorded.bodies("log") == [{"level": "info", "message": "x"}]
