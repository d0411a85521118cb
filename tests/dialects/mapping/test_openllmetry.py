"""OpenLLMetry (Traceloop)."""

from __future__ import annotations

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_PROPERTIES = "traceloop.association.properties"

SPANS = cases(
    Recorded(
        id="a chat inside a workflow",
        name="openai.chat",
        scope="opentelemetry.instrumentation.openai.v1",
        attributes={
            "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-11-20", "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "weather?",
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "tool_calls",
            "gen_ai.completion.0.tool_calls.0.id": "call_1", "gen_ai.completion.0.tool_calls.0.name": "weather",
            "gen_ai.completion.0.tool_calls.0.arguments": '{"city":"Bern"}',
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20, "llm.usage.total_tokens": 120,
            "gen_ai.usage.cache_read_input_tokens": 64, "gen_ai.usage.reasoning_tokens": 3,
            "traceloop.workflow.name": "trip", "traceloop.entity.path": "trip.plan",
            f"{_PROPERTIES}.session_id": "s1", f"{_PROPERTIES}.user_id": "u1", f"{_PROPERTIES}.tenant": "t",
            "traceloop.prompt.key": "greet", "traceloop.prompt.version": 3,
        },
        read=[
            "gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.completion.0.role",
            "gen_ai.completion.0.finish_reason", "gen_ai.completion.0.tool_calls.0.id",
            "gen_ai.completion.0.tool_calls.0.name", "gen_ai.completion.0.tool_calls.0.arguments",
        ],
        expected={
            "type": "model_response", "dialect": "openllmetry", "model": "gpt-4o-2024-11-20",
            "model_requested": "gpt-4o", "provider": "OpenAI", "response_id": "chatcmpl-1", "agent_name": "",
            "input": [said("user", "weather?")],
            "output": [calling("weather", {"city": "Bern"}, "call_1", finish_reason="tool_calls")],
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64, "reasoning_tokens": 3,
            },
            "session_id": "s1", "user_id": "u1", "prompt_name": "greet", "prompt_version": "3",
        },
    ),
    Recorded(
        id="a workflow",
        name="trip.workflow",
        attributes={
            "traceloop.span.kind": "workflow", "traceloop.entity.name": "trip", "traceloop.workflow.name": "trip",
            "traceloop.entity.input": '{"args": ["Bern"], "kwargs": {}}', "traceloop.entity.output": '"12 degrees"',
        },
        read=["traceloop.entity.input", "traceloop.entity.output"],
        expected={
            "type": "agent_action", "agent_name": "trip", "input": {"args": ["Bern"], "kwargs": {}},
            "output": "12 degrees", "output_preview": "12 degrees",
        },
    ),
    Recorded(
        id="a tool",
        name="weather.tool",
        attributes={
            "traceloop.span.kind": "tool", "traceloop.entity.name": "weather",
            "traceloop.entity.input": '{"city": "Bern"}', "traceloop.entity.output": "12 degrees",
        },
        read=["traceloop.entity.input", "traceloop.entity.output"],
        expected={
            "type": "tool_call", "tool_name": "weather", "input": {"city": "Bern"}, "output": "12 degrees",
        },
    ),
    Recorded(
        id="a task",
        attributes={"traceloop.span.kind": "task", "traceloop.entity.name": "plan"},
        expected={"type": "span", "dialect": "openllmetry", "agent_name": ""},
    ),
    Recorded(
        id="names before GenAI's",
        attributes={
            "llm.request.type": "completion", "llm.vendor": "OpenAI", "llm.request.model": "gpt-3.5",
            "llm.prompts.0.role": "user", "llm.prompts.0.content": "hi", "llm.completions.0.content": "ho",
            "llm.usage.prompt_tokens": 3, "llm.usage.completion_tokens": 1,
        },
        read=["llm.prompts.0.role", "llm.prompts.0.content", "llm.completions.0.content"],
        expected={
            "type": "model_response", "model": "gpt-3.5", "provider": "OpenAI", "input": [said("user", "hi")],
            "output": [said("assistant", "ho")], "usage": {"input_tokens": 3, "output_tokens": 1},
        },
    ),
    Recorded(
        id="the newest names of messages win over the indexed ones",
        attributes={
            "llm.request.type": "chat", "gen_ai.request.model": "m",
            "gen_ai.input.messages": as_text([said("user", "new")]),
            "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "old",
        },
        read=["gen_ai.input.messages"],
        expected={"input": [said("user", "new")]},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
