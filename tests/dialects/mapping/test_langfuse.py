"""Langfuse's SDKs over OTLP."""

from __future__ import annotations

from decimal import Decimal

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_OBSERVATION = "langfuse.observation"

SPANS = cases(
    Recorded(
        id="a generation of OpenAI's wrapper",
        name="OpenAI-generation",
        scope="langfuse-sdk",
        attributes={
            f"{_OBSERVATION}.type": "generation", f"{_OBSERVATION}.model.name": "gpt-4o",
            f"{_OBSERVATION}.model.parameters": '{"max_tokens": "Infinity", "temperature": 1}',
            f"{_OBSERVATION}.input": as_text([{"role": "user", "content": "weather?"}]),
            f"{_OBSERVATION}.output": as_text(
                {"role": "assistant", "content": None, "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
                ]}
            ),
            f"{_OBSERVATION}.usage_details": as_text(
                {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
                 "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 3}}
            ),
            f"{_OBSERVATION}.cost_details": '{"input": 0.01, "output": 0.02}',
            f"{_OBSERVATION}.prompt.name": "greet", f"{_OBSERVATION}.prompt.version": 3,
            f"{_OBSERVATION}.metadata.k": '"v"', "session.id": "s1", "user.id": "u1",
            "langfuse.trace.tags": ["a", "b"], "langfuse.environment": "staging", "langfuse.release": "r7",
            f"{_OBSERVATION}.completion_start_time": '"2026-11-20T12:00:00Z"',
        },
        resource={"service.version": "9", "deployment.environment.name": "other"},
        read=[f"{_OBSERVATION}.input", f"{_OBSERVATION}.output"],
        expected={
            "type": "model_response", "dialect": "langfuse", "model": "gpt-4o",
            "input": [said("user", "weather?")], "output": [calling("weather", {"city": "Bern"}, "c1")],
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64, "reasoning_tokens": 3,
            },
            "reported_cost_usd": Decimal("0.03"), "prompt_name": "greet", "prompt_version": "3",
            "session_id": "s1", "user_id": "u1", "tags": ["a", "b"], "environment": "staging", "release": "r7",
        },
    ),
    Recorded(
        id="an embedding through OpenAI's wrapper",
        name="OpenAI-embedding",
        attributes={
            f"{_OBSERVATION}.type": "embedding", f"{_OBSERVATION}.model.name": "text-embedding-3-small",
            f"{_OBSERVATION}.usage_details": '{"input": 24}',
        },
        expected={"type": "model_response", "provider": "openai", "usage": {"input_tokens": 24}},
    ),
    Recorded(
        id="a function's arguments, in the list by the one that there is",
        attributes={
            f"{_OBSERVATION}.type": "agent", f"{_OBSERVATION}.input": '{"args": ["weather?"], "kwargs": {}}',
        },
        read=[f"{_OBSERVATION}.input"],
        expected={"input": {"args": ["weather?"], "kwargs": {}}, "input_preview": "weather?"},
    ),
    Recorded(
        id="kinds that are counted apart",
        attributes={
            f"{_OBSERVATION}.type": "generation",
            f"{_OBSERVATION}.usage_details": as_text(
                {"input": 40, "input_cached_tokens": 60, "output": 15, "output_reasoning_tokens": 5, "total": 120}
            ),
            "langfuse.trace.tags": '["a"]',
        },
        expected={
            "usage": {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60, "reasoning_tokens": 5},
            "tags": ["a"],
        },
    ),
    Recorded(
        id="details that are inside already",
        attributes={
            f"{_OBSERVATION}.type": "generation",
            f"{_OBSERVATION}.usage_details": '{"input": 100, "input_cached_tokens": 60, "output": 20, "total": 120}',
        },
        expected={"usage": {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60}},
    ),
    Recorded(
        id="Anthropic's own usage",
        attributes={
            f"{_OBSERVATION}.type": "generation",
            f"{_OBSERVATION}.usage_details": as_text(
                {"input_tokens": 100, "output_tokens": 20, "cache_read_input_tokens": 60,
                 "cache_creation_input_tokens": 7}
            ),
        },
        expected={
            "usage": {
                "input_tokens": 167, "output_tokens": 20, "cache_read_tokens": 60, "cache_write_tokens": 7,
            }
        },
    ),
    Recorded(
        id="a tool that failed",
        name="weather",
        attributes={
            f"{_OBSERVATION}.type": "tool", f"{_OBSERVATION}.input": '{"city": "Bern"}',
            f"{_OBSERVATION}.output": "no such city", f"{_OBSERVATION}.level": "ERROR",
            f"{_OBSERVATION}.status_message": "404",
        },
        read=[f"{_OBSERVATION}.input", f"{_OBSERVATION}.output"],
        expected={
            "type": "tool_call", "tool_name": "weather", "status": "error", "status_message": "404",
            "input": {"city": "Bern"}, "output": "no such city",
        },
    ),
    Recorded(
        id="an agent",
        name="triage",
        attributes={f"{_OBSERVATION}.type": "agent", f"{_OBSERVATION}.input": '"help"'},
        read=[f"{_OBSERVATION}.input"],
        expected={"type": "agent_action", "agent_name": "triage", "input": "help"},
    ),
    Recorded(
        id="a root with what is said of the trace",
        attributes={
            f"{_OBSERVATION}.type": "span", "langfuse.trace.name": "trip", "langfuse.trace.input": "in",
            "langfuse.trace.output": "out", "langfuse.user.id": "u1", "langfuse.session.id": "s1",
        },
        read=["langfuse.trace.input", "langfuse.trace.output"],
        expected={"type": "span", "input": "in", "output": "out", "user_id": "u1", "session_id": "s1"},
    ),
    Recorded(
        id="another's span inside: its own convention tells the type, and comes first",
        scope="pydantic-ai",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 5,
            "gen_ai.input.messages": as_text([said("user", "new")]), f"{_OBSERVATION}.input": "old",
            "langfuse.trace.tags": ["a"],
        },
        read=["gen_ai.input.messages"],
        expected={
            "type": "model_response", "dialect": "pydantic_ai", "input": [said("user", "new")],
            "usage": {"input_tokens": 5}, "tags": ["a"],
        },
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
