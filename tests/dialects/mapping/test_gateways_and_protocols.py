"""LiteLLM, the Model Context Protocol, and Anthropic's own spans."""

from __future__ import annotations

from decimal import Decimal

from tests.dialects.mapping.recorded import Recorded, as_text, cases, check, said

SPANS = cases(
    Recorded(
        id="litellm: the request",
        name="litellm_request",
        scope="litellm",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "openai/gpt-4o",
            "gen_ai.response.model": "gpt-4o", "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.finish_reasons": '["stop"]', "llm.is_streaming": "False", "llm.user": "u1",
            "gen_ai.input.messages": as_text([said("user", "hi")]),
            "gen_ai.output.messages": as_text([said("assistant", "ho")]),
            "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1, "gen_ai.cost.total_cost": 0.5,
            "gen_ai.cost.input_cost": 0.3, "metadata.user_api_key_alias": "", "hidden_params": "{}",
        },
        read=["gen_ai.input.messages", "gen_ai.output.messages"],
        expected={
            "type": "model_response", "dialect": "litellm", "model": "gpt-4o", "user_id": "u1",
            "response_id": "chatcmpl-1", "output": [said("assistant", "ho", finish_reason="stop")],
            "usage": {"input_tokens": 3, "output_tokens": 1}, "reported_cost_usd": Decimal("0.5"),
        },
    ),
    Recorded(
        id="litellm: calls of tools, cached tokens, and an order of the model's names",
        name="litellm_request",
        scope="litellm",
        attributes={
            "gen_ai.operation.name": "chat", "llm.request.type": "completion", "gen_ai.request.model": "gpt-4o",
            "gen_ai.output.messages": as_text([{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}]),
            "gen_ai.completion.0.function_call.name": "weather",
            "gen_ai.completion.0.function_call.arguments": '{"city":"Bern"}',
            "gen_ai.completion.1.function_call.name": "time",
            "gen_ai.completion.1.function_call.arguments": "{}",
            "gen_ai.response.finish_reasons": '["tool_calls"]',
            "gen_ai.usage.input_tokens": 57, "gen_ai.usage.output_tokens": 20,
            "metadata.usage_object": (
                "{'completion_tokens': 20, 'prompt_tokens': 57, 'completion_tokens_details': {'reasoning_tokens': 0},"
                " 'prompt_tokens_details': {'cached_tokens': 14}, 'cost': None}"
            ),
        },
        read=[
            "gen_ai.completion.0.function_call.name", "gen_ai.completion.0.function_call.arguments",
            "gen_ai.completion.1.function_call.name", "gen_ai.completion.1.function_call.arguments",
        ],
        expected={
            "dialect": "litellm",
            "output": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "tool_call", "name": "weather", "arguments": {"city": "Bern"}},
                        {"type": "tool_call", "name": "time", "arguments": {}},
                    ],
                    "finish_reason": "tool_calls",
                }
            ],
            "usage": {
                "input_tokens": 57, "output_tokens": 20, "cache_read_tokens": 14, "reasoning_tokens": 0,
            },
        },
    ),
    Recorded(
        id="litellm: a call of the asynchronous kind",
        name="litellm_request",
        scope="litellm",
        attributes={"llm.request.type": "acompletion", "gen_ai.usage.prompt_tokens": 3, "gen_ai.system": "openai"},
        expected={"type": "model_response", "usage": {"input_tokens": 3}},
    ),
    Recorded(
        id="litellm: the raw request",
        name="raw_gen_ai_request",
        scope="litellm",
        attributes={"llm.openai.model": "gpt-4o", "llm.openai.usage": "{'prompt_tokens': 3}"},
        expected={"type": "span", "dialect": "litellm", "usage": {}},
    ),
    Recorded(
        id="litellm: its proxy's own work",
        name="postgres",
        scope="litellm",
        attributes={"service": "postgres"},
        expected={"type": "span"},
    ),
    Recorded(
        id="mcp: a tool's call by GenAI's names",
        name="tools/call add",
        scope="mcp-python-sdk",
        attributes={
            "mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "add",
            "gen_ai.tool.call.arguments": '{"a":1}', "gen_ai.tool.call.result": '{"sum":3}',
            "mcp.session.id": "m1", "jsonrpc.request.id": "7",
        },
        read=["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"],
        expected={
            "type": "tool_call", "dialect": "mcp", "tool_name": "add", "input": {"a": 1}, "output": {"sum": 3},
            "session_id": "",
        },
    ),
    Recorded(
        id="mcp: a tool's call without them",
        name="tools/call add",
        attributes={"mcp.method.name": "tools/call"},
        expected={"type": "tool_call", "tool_name": "add"},
    ),
    Recorded(
        id="mcp: the client's side of it",
        name="MCP send tools/call add",
        attributes={"mcp.method.name": "tools/call"},
        expected={"type": "tool_call", "tool_name": "add"},
    ),
    Recorded(
        id="mcp: another method",
        name="prompts/get greet",
        attributes={"mcp.method.name": "prompts/get", "gen_ai.prompt.name": "greet"},
        expected={"type": "span", "dialect": "mcp"},
    ),
    Recorded(
        id="anthropic: a message",
        name="anthropic.messages.create",
        scope="com.anthropic.sdk.python",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-x",
            "gen_ai.response.model": "claude-x-1", "gen_ai.response.id": "msg_1", "anthropic.request.id": "req_1",
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 60, "gen_ai.usage.cache_creation.input_tokens": 7,
            "gen_ai.input.messages": as_text([said("user", "hi")]),
        },
        read=["gen_ai.input.messages"],
        expected={
            "type": "model_response", "dialect": "anthropic", "model": "claude-x-1", "response_id": "msg_1",
            "provider": "anthropic",
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60, "cache_write_tokens": 7,
            },
        },
    ),
    Recorded(
        id="anthropic: a method that asks nothing of the model it names",
        name="anthropic.messages.count_tokens",
        scope="com.anthropic.sdk.python",
        attributes={"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-x"},
        expected={"type": "span", "model": "claude-x"},
    ),
    Recorded(
        id="anthropic: a tool on the side of the API",
        name="anthropic.tool_use bash",
        scope="com.anthropic.claude-platform",
        attributes={"gen_ai.provider.name": "anthropic", "anthropic.organization.id": "o1"},
        expected={"type": "tool_call", "tool_name": "bash", "dialect": "anthropic"},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
