"""The eleven types of native events: what each needs, and where each of its fields lands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from tests.dialects.reading import NOW_US, native_event, native_refusal, typed

from watchllm_server.model.event import EVENT_TYPES

SECOND = 1_000_000
START = "2026-11-20T11:00:00Z"
START_US = NOW_US - 3_600 * SECOND

# type, body, what must be found in the event
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("log", "log", {"level": "warn", "message": "slow"},
     {"name": "warn", "output": '"slow"', "output_preview": "slow", "attributes": {"level": "warn"}}),
    ("log-metadata", "log", {"level": "info", "message": "m", "metadata": {"user": {"id": 7}, "text": "t", "no": None}},
     {"attributes": {"level": "info", "metadata.user": '{"id":7}', "metadata.text": "t"}}),
    ("log-other-level", "log", {"level": "fatal", "message": "m"}, {"name": "log", "attributes": {"level": "fatal"}}),
    ("error", "error", {"message": "boom", "type": "ValueError", "stack": "at line 1", "fingerprint": ["a", "b"]},
     {"name": "ValueError", "status": "error", "status_message": "boom", "output_preview": "boom",
      "attributes": {"exception.stacktrace": "at line 1", "fingerprint": '["a","b"]'}}),
    ("error-alone", "error", {"message": "boom"}, {"name": "error", "status": "error", "attributes": {}}),
    ("error-stacktrace", "error", {"message": "b", "stacktrace": "s"}, {"attributes": {"exception.stacktrace": "s"}}),
    ("span", "span",
     {"name": "work", "spanId": "s1", "parentSpanId": "s0", "start": START, "end": "2026-11-20T11:00:02.5Z",
      "input": {"a": 1}, "output": [1], "status": "ok", "attributes": {"k": "v", "n": 1.5}},
     {"name": "work", "start_us": START_US, "end_us": START_US + 2_500_000, "status": "ok", "input": '{"a":1}',
      "output": "[1]", "attributes": {"spanId": "s1", "parentSpanId": "s0", "k": "v", "n": "1.5"}}),
    ("span-duration", "span", {"name": "w", "start": START, "durationMs": 1.5}, {"end_us": START_US + 1_500}),
    ("span-other-status", "span", {"name": "w", "status": "odd"}, {"status": "", "attributes": {"status": "odd"}}),
    ("token_usage", "token_usage",
     {"model": "gpt-x", "inputTokens": 10, "outputTokens": 0, "cacheReadTokens": 4, "cacheWriteTokens": 2,
      "reasoningTokens": 3, "provider": "openai", "costUSD": 0.25},
     {"name": "gpt-x", "model": "gpt-x", "model_requested": "gpt-x", "provider": "openai",
      "usage": {"input_tokens": 10, "output_tokens": 0, "cache_read_tokens": 4, "cache_write_tokens": 2,
                "reasoning_tokens": 3},
      "reported_cost_usd": Decimal("0.25"), "cost_usd": None}),
    ("message-user", "message", {"role": "user", "content": "hi"},
     {"name": "user", "input": '"hi"', "input_preview": "hi", "output": "", "attributes": {"role": "user"}}),
    ("message-assistant", "message", {"role": "assistant", "content": "ho"}, {"output": '"ho"', "input": ""}),
    ("message-system", "message", {"role": "system", "content": "be"}, {"input": '"be"'}),
    ("message-tool", "message", {"role": "tool", "content": [1]}, {"output": "[1]"}),
    ("message-without-words", "message", {"role": "assistant", "content": None}, {"name": "assistant", "output": ""}),
    ("model_response", "model_response",
     {"model": "gpt-x", "prompt": "hi", "response": "ho", "finishReason": "stop", "latencyMs": 250,
      "usage": {"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}, "provider": "openai"},
     {"name": "gpt-x", "model": "gpt-x", "model_requested": "gpt-x", "provider": "openai",
      "usage": {"input_tokens": 5, "output_tokens": 6}, "end_us": NOW_US + 250_000,
      "input": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]', "input_preview": "hi",
      "output": '[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"stop"}]',
      "output_preview": "ho", "attributes": {"finish_reason": "stop", "usage.totalTokens": "11"}}),
    ("model_response-cost-of-usage", "model_response", {"model": "m", "usage": {"costUSD": "0.000001"}},
     {"reported_cost_usd": Decimal("0.000001")}),
    ("model_response-cost", "model_response", {"model": "m", "costUSD": 1, "usage": {"costUSD": 2}},
     {"reported_cost_usd": Decimal(1)}),
    ("model_response-prompt-of-a-template", "model_response",
     {"model": "m", "metadata": {"prompt": {"name": "greet", "version": 3, "template": "Hi {who}"}}},
     {"prompt_name": "greet", "prompt_version": "3"}),
    ("agent_action", "agent_action",
     {"action": "plan", "agentName": "bob", "input": "q", "output": {"ok": True}, "reasoning": "because",
      "stepIndex": 2, "state": {"context": [], "memory": {"k": 1}}, "statePatch": [{"op": "add"}]},
     {"name": "plan", "agent_name": "bob", "step_index": 2, "input": '"q"', "input_preview": "q",
      "output": '{"ok":true}',
      "attributes": {"reasoning": "because", "state": '{"context":[],"memory":{"k":1}}',
                     "statePatch": '[{"op":"add"}]'}}),
    ("agent_action-whole-float", "agent_action", {"action": "a", "stepIndex": 3.0}, {"step_index": 3}),
    ("tool_call", "tool_call", {"toolName": "search", "arguments": {"q": "x"}, "result": ["r"], "latencyMs": 12},
     {"name": "search", "tool_name": "search", "input": '{"q":"x"}', "output": '["r"]', "end_us": NOW_US + 12_000}),
    ("tool_call-duration", "tool_call", {"toolName": "t", "durationMs": 3}, {"end_us": NOW_US + 3_000}),
    ("retrieval", "retrieval",
     {"query": "why", "results": [{"id": "d1", "score": 0.5, "text": "t"}], "vectorDimensions": 768},
     {"name": "retrieval", "input": '"why"', "input_preview": "why", "output": '[{"id":"d1","score":0.5,"text":"t"}]',
      "attributes": {"vector_dimensions": "768"}}),
    ("eval_metric", "eval_metric", {"metric": "faith", "value": 0.5, "suiteId": "s", "comment": "fine"},
     {"name": "faith", "output": "0.5",
      "attributes": {"score.value": "0.5", "suite_id": "s", "comment": "fine"}}),
    ("eval_metric-zero", "eval_metric", {"metric": "m", "value": 0}, {"attributes": {"score.value": "0.0"}}),
    ("eval_metric-label", "eval_metric", {"name": "tone", "label": "kind"},
     {"name": "tone", "output": '"kind"', "attributes": {"score.label": "kind"}}),
    ("custom", "custom", {"name": "deploy", "payload": {"v": 1}}, {"name": "deploy", "output": '{"v":1}'}),
    ("custom-anything", "custom", {"name": "deploy", "colour": "red", "deep": {"a": 1}},
     {"output": "", "attributes": {"colour": "red", "deep": '{"a":1}'}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_every_field_lands_in_its_place(kind: str, body: dict[str, Any], expected: dict[str, Any]) -> None:
    event = native_event(typed(kind, **body))
    assert event.type == kind
    assert {name: getattr(event, name) for name in expected} == expected


def test_the_table_has_every_type() -> None:
    assert {case[1] for case in CASES} == EVENT_TYPES == {kind for kind, _, _ in REQUIRED}


SNAKE = {
    "spanId": "span_id", "parentSpanId": "parent_span_id", "durationMs": "duration_ms", "inputTokens": "input_tokens",
    "outputTokens": "output_tokens", "cacheReadTokens": "cache_read_tokens", "cacheWriteTokens": "cache_write_tokens",
    "reasoningTokens": "reasoning_tokens", "costUSD": "cost_usd", "finishReason": "finish_reason",
    "latencyMs": "latency_ms", "agentName": "agent_name", "stepIndex": "step_index", "statePatch": "state_patch",
    "toolName": "tool_name", "vectorDimensions": "vector_dimensions", "suiteId": "suite_id",
}  # fmt: skip


def in_snake_case(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {SNAKE.get(key, key): in_snake_case(inner) for key, inner in value.items()}  # pyright: ignore


@pytest.mark.parametrize(("kind", "body"), [pytest.param(case[1], case[2], id=case[0]) for case in CASES])
def test_snake_case_means_the_same(kind: str, body: dict[str, Any]) -> None:
    camel, snake = native_event(typed(kind, **body)), native_event(typed(kind, **in_snake_case(body)))
    assert orjson.loads(snake.raw)["body"] == in_snake_case(body)
    snake.raw = camel.raw
    assert snake == camel


REQUIRED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("log", {"level": "info", "message": "m"}, ("level", "message")),
    ("error", {"message": "m"}, ("message",)),
    ("span", {"name": "n"}, ("name",)),
    ("token_usage", {"model": "m", "inputTokens": 1, "outputTokens": 1}, ("model", "inputTokens", "outputTokens")),
    ("message", {"role": "user", "content": "c"}, ("role", "content")),
    ("model_response", {"model": "m"}, ("model",)),
    ("agent_action", {"action": "a"}, ("action",)),
    ("tool_call", {"toolName": "t"}, ("toolName",)),
    ("retrieval", {"query": "q"}, ("query",)),
    ("eval_metric", {"metric": "m"}, ("metric",)),
    ("custom", {"name": "n"}, ("name",)),
]


@pytest.mark.parametrize(("kind", "body", "names"), [pytest.param(*case, id=case[0]) for case in REQUIRED])
def test_what_is_required_is_all_that_is_required(kind: str, body: dict[str, Any], names: tuple[str, ...]) -> None:
    assert native_event(typed(kind, **body)).notes == []
    for name in names:
        refusal = native_refusal(typed(kind, **{key: value for key, value in body.items() if key != name}))
        assert (refusal.code, refusal.path) == ("missing", f"body.{name}")


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("log", {"level": 1, "message": "m"}, "wrong_type", "body.level"),
    ("log", {"level": "info", "message": ["m"]}, "wrong_type", "body.message"),
    ("log", {"level": "info", "message": "m", "metadata": []}, "wrong_type", "body.metadata"),
    ("log", {"level": "info", "message": "m", "status": 1}, "wrong_type", "body.status"),
    ("error", {"message": {}}, "wrong_type", "body.message"),
    ("error", {"message": "m", "type": 5}, "wrong_type", "body.type"),
    ("error", {"message": "m", "stack": ["a"]}, "wrong_type", "body.stack"),
    ("span", {"name": 1}, "wrong_type", "body.name"),
    ("span", {"name": "n", "start": 5}, "bad_time", "body.start"),
    ("span", {"name": "n", "end": "2026-11-20T11:00:00"}, "bad_time", "body.end"),
    ("span", {"name": "n", "durationMs": "12"}, "wrong_type", "body.durationMs"),
    ("span", {"name": "n", "durationMs": -1}, "out_of_range", "body.durationMs"),
    ("span", {"name": "n", "attributes": "a"}, "wrong_type", "body.attributes"),
    ("token_usage", {"model": 4, "inputTokens": 1, "outputTokens": 1}, "wrong_type", "body.model"),
    ("token_usage", {"model": "m", "inputTokens": -1, "outputTokens": 1}, "out_of_range", "body.inputTokens"),
    ("token_usage", {"model": "m", "inputTokens": 1.5, "outputTokens": 1}, "out_of_range", "body.inputTokens"),
    ("token_usage", {"model": "m", "inputTokens": 1, "outputTokens": 2**63}, "out_of_range", "body.outputTokens"),
    ("token_usage", {"model": "m", "inputTokens": 1, "outputTokens": 2**64}, "out_of_range", "body.outputTokens"),
    ("token_usage", {"model": "m", "inputTokens": "1", "outputTokens": 1}, "wrong_type", "body.inputTokens"),
    ("token_usage", {"model": "m", "inputTokens": True, "outputTokens": 1}, "wrong_type", "body.inputTokens"),
    ("model_response", {"model": ["m"]}, "wrong_type", "body.model"),
    ("model_response", {"model": "m", "usage": "12"}, "wrong_type", "body.usage"),
    ("model_response", {"model": "m", "usage": {"inputTokens": -1}}, "out_of_range", "body.usage.inputTokens"),
    ("model_response", {"model": "m", "finishReason": 1}, "wrong_type", "body.finishReason"),
    ("model_response", {"model": "m", "latencyMs": 1e300}, "out_of_range", "body.latencyMs"),
    ("model_response", {"model": "m", "costUSD": -1}, "out_of_range", "body.costUSD"),
    ("model_response", {"model": "m", "costUSD": 1e30}, "out_of_range", "body.costUSD"),
    ("model_response", {"model": "m", "costUSD": "NaN"}, "out_of_range", "body.costUSD"),
    ("model_response", {"model": "m", "costUSD": "free"}, "out_of_range", "body.costUSD"),
    ("model_response", {"model": "m", "costUSD": []}, "wrong_type", "body.costUSD"),
    ("message", {"role": 1, "content": "c"}, "wrong_type", "body.role"),
    ("agent_action", {"action": "a", "stepIndex": "2"}, "wrong_type", "body.stepIndex"),
    ("agent_action", {"action": "a", "stepIndex": 1.5}, "out_of_range", "body.stepIndex"),
    ("agent_action", {"action": "a", "agentName": {}}, "wrong_type", "body.agentName"),
    ("tool_call", {"toolName": 7}, "wrong_type", "body.toolName"),
    ("retrieval", {"query": {}}, "wrong_type", "body.query"),
    ("retrieval", {"query": "q", "vectorDimensions": -3}, "out_of_range", "body.vectorDimensions"),
    ("eval_metric", {"metric": "m", "value": "0.5"}, "wrong_type", "body.value"),
    ("eval_metric", {"metric": "m", "value": True}, "wrong_type", "body.value"),
    ("eval_metric", {"metric": "m", "label": 1}, "wrong_type", "body.label"),
    ("custom", {"name": []}, "wrong_type", "body.name"),
]


@pytest.mark.parametrize(
    ("kind", "body", "code", "path"), [pytest.param(*c, id=f"{c[0]}-{c[3]}-{c[2]}-{n}") for n, c in enumerate(WRONG)]
)
def test_a_wrong_field_is_refused_by_name(kind: str, body: dict[str, Any], code: str, path: str) -> None:
    """B-68, B-75, B-90."""
    refusal = native_refusal(typed(kind, **body))
    assert (refusal.code, refusal.path, refusal.event_id) == (code, path, "e1")


@pytest.mark.parametrize(
    ("body", "end_us"),
    [
        pytest.param({"start": START, "end": "2026-11-20T10:59:59Z"}, None, id="end-before-start"),
        pytest.param({"start": "2026-08-01T00:00:00Z", "end": "2026-11-09T00:00:00Z"}, None, id="100-days"),
        pytest.param({"start": START, "durationMs": 100 * 86_400_000}, None, id="duration-of-100-days"),
        pytest.param({"start": START, "end": "2026-11-20T10:59:59Z", "durationMs": 5}, START_US + 5_000, id="duration"),
    ],
)
def test_an_impossible_end_is_noted_once_and_left_out(body: dict[str, Any], end_us: int | None) -> None:
    """B-77."""
    event = native_event(typed("span", name="n", **body))
    assert (event.end_us, event.notes) == (end_us, ["clock_problem"])


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_unknown_keys_of_a_body_are_kept(kind: str) -> None:
    """B-74."""
    body = next(body for name, body, _ in REQUIRED if name == kind)
    event = native_event(typed(kind, **body, surprise={"a": [1]}, word="w"))
    assert (event.attributes["surprise"], event.attributes["word"]) == ('{"a":[1]}', "w")


@pytest.mark.parametrize("model", ["", "none/such:model", "x" * 10_240])
def test_any_model_name_is_accepted(model: str) -> None:
    """B-89."""
    assert native_event(typed("model_response", model=model)).model == model[:256]


@pytest.mark.parametrize("name", ["firstTokenMs", "first_token_ms", "timeToFirstTokenMs"])
def test_time_to_the_first_token_is_read_from_the_body_or_its_metadata(name: str) -> None:
    def read(**body: Any) -> int | None:
        return native_event(typed("model_response", model="m", **body)).first_token_us

    assert read(**{name: 12.5}) == read(metadata={name: 12.5}) == 12_500
    # In metadata anything may stand under any name.
    assert read(metadata={name: "soon"}) is None
    assert native_refusal(typed("model_response", model="m", **{name: -1})).code == "out_of_range"
