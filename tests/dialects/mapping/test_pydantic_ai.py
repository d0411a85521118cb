"""Pydantic AI and Logfire."""

from __future__ import annotations

from decimal import Decimal

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_EVENTS = [
    {"event.name": "gen_ai.system.message", "content": "be short", "role": "system", "gen_ai.message.index": 0},
    {"event.name": "gen_ai.user.message", "content": "weather?", "role": "user", "gen_ai.message.index": 1},
    {
        "event.name": "gen_ai.choice",
        "index": 0,
        "message": {
            "role": "assistant",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Bern"}}}
            ],
        },
    },
]

SPANS = cases(
    Recorded(
        id="a call of the model",
        name="chat gpt-4o",
        scope="pydantic-ai",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-11-20",
            "gen_ai.input.messages": as_text([said("user", "hi")]),
            "gen_ai.output.messages": as_text([said("assistant", "ho", finish_reason="stop")]),
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.details.cache_read_tokens": 64, "gen_ai.usage.details.reasoning_tokens": 3,
            "operation.cost": 0.0125, "model_request_parameters": "{}", "logfire.msg": "chat gpt-4o",
        },
        read=["gen_ai.input.messages", "gen_ai.output.messages"],
        expected={
            "type": "model_response", "dialect": "pydantic_ai", "reported_cost_usd": Decimal("0.0125"),
            "input": [said("user", "hi")], "output": [said("assistant", "ho", finish_reason="stop")],
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64, "reasoning_tokens": 3,
            },
        },
    ),
    Recorded(
        id="messages as events in an attribute",
        name="chat gpt-4o",
        scope="pydantic-ai",
        attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "events": as_text(_EVENTS)},
        read=["events"],
        expected={
            "input": [said("system", "be short"), said("user", "weather?")],
            "output": [calling("weather", {"city": "Bern"}, "c1")],
        },
    ),
    Recorded(
        id="a run with its result",
        name="invoke_agent trip",
        scope="pydantic-ai",
        attributes={
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "trip", "agent_name": "trip",
            "pydantic_ai.all_messages": as_text([said("user", "weather?"), said("assistant", "12 degrees")]),
            "final_result": "12 degrees", "gen_ai.aggregated_usage.input_tokens": 100,
        },
        read=["final_result"],
        expected={
            "type": "agent_action", "agent_name": "trip", "input": [said("user", "weather?")],
            "output": "12 degrees", "input_preview": "weather?", "usage": {},
        },
    ),
    Recorded(
        id="a run that ended in a call of a tool",
        scope="pydantic-ai",
        attributes={
            "agent_name": "trip",
            "pydantic_ai.all_messages": as_text([said("user", "weather?"), calling("weather", {"city": "Bern"})]),
        },
        read=["pydantic_ai.all_messages"],
        expected={
            "type": "agent_action", "input": [said("user", "weather?")],
            "output": [calling("weather", {"city": "Bern"})],
        },
    ),
    Recorded(
        id="a run of before",
        name="agent run",
        scope="pydantic-ai",
        attributes={
            "agent_name": "trip", "model_name": "gpt-4o", "all_messages_events": as_text(_EVENTS),
            "gen_ai.usage.input_tokens": 100,
        },
        read=["all_messages_events"],
        expected={
            "type": "agent_action", "agent_name": "trip",
            "input": [said("system", "be short"), said("user", "weather?")],
            "output": [calling("weather", {"city": "Bern"}, "c1")],
        },
    ),
    Recorded(
        id="a tool of before",
        name="running tool",
        scope="pydantic-ai",
        attributes={
            "gen_ai.tool.name": "weather", "gen_ai.tool.call.id": "c1", "tool_arguments": '{"city":"Bern"}',
            "tool_response": "12 degrees",
        },
        read=["tool_arguments", "tool_response"],
        expected={
            "type": "tool_call", "tool_name": "weather", "input": {"city": "Bern"}, "output": "12 degrees",
        },
    ),
    Recorded(
        id="a run whose instructions stand apart",
        scope="pydantic-ai",
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.system_instructions": as_text([{"type": "text", "content": "be short"}]),
            "pydantic_ai.all_messages": as_text([said("user", "weather?"), said("assistant", "12 degrees")]),
        },
        read=["gen_ai.system_instructions", "pydantic_ai.all_messages"],
        expected={
            "input": [said("system", "be short"), said("user", "weather?")], "input_preview": "weather?",
            "output": [said("assistant", "12 degrees")],
        },
    ),
    Recorded(
        id="ids that Logfire took out are no ids",
        attributes={
            "logfire.msg": "x", "session.id": "[Scrubbed due to 'session']", "user.id": "[Scrubbed due to 'auth']",
        },
        expected={"session_id": "", "user_id": ""},
    ),
    Recorded(
        id="a span of Logfire's",
        name="checkout",
        attributes={"logfire.msg": "checkout of 3", "count": 3},
        expected={"type": "span", "name": "checkout"},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
