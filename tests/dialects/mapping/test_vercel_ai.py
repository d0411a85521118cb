"""Vercel's AI SDK: `ai.*` names, and GenAI's since version 7."""

from __future__ import annotations

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_SENT = [
    {"role": "system", "content": "be short"},
    {"role": "user", "content": [{"type": "text", "text": "weather?"}]},
    {
        "role": "assistant",
        "content": [{"type": "tool-call", "toolCallId": "c0", "toolName": "where", "input": {"me": True}}],
    },
    {
        "role": "tool",
        "content": [
            {
                "type": "tool-result",
                "toolCallId": "c0",
                "toolName": "where",
                "output": {"type": "text", "value": "Bern"},
            }
        ],
    },
]
_READ = [
    said("system", "be short"),
    said("user", "weather?"),
    calling("where", {"me": True}, "c0"),
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c0", "response": {"type": "text", "value": "Bern"}}],
    },
]

SPANS = cases(
    Recorded(
        id="a call of the model",
        name="ai.generateText.doGenerate",
        scope="ai",
        attributes={
            "operation.name": "ai.generateText.doGenerate trip", "ai.operationId": "ai.generateText.doGenerate",
            "ai.telemetry.functionId": "trip", "resource.name": "trip",
            "ai.model.provider": "openai.responses", "ai.model.id": "gpt-4o", "ai.settings.maxRetries": 2,
            "ai.prompt.messages": as_text(_SENT), "ai.prompt.tools": ['{"type":"function","name":"weather"}'],
            "ai.response.text": "let me see", "ai.response.finishReason": "tool-calls",
            "ai.response.toolCalls": as_text(
                [{"toolCallType": "function", "toolCallId": "c1", "toolName": "weather", "input": '{"city":"Bern"}'}]
            ),
            "ai.response.id": "resp_1", "ai.response.model": "gpt-4o-2024-11-20",
            "ai.usage.inputTokens": 100, "ai.usage.outputTokens": 20, "ai.usage.cachedInputTokens": 64,
            "ai.usage.reasoningTokens": 3, "ai.usage.totalTokens": 120,
            "ai.telemetry.metadata.sessionId": "s1", "ai.telemetry.metadata.userId": "u1",
            "ai.telemetry.metadata.tags": ["a"], "ai.telemetry.metadata.tenant": "t",
            "gen_ai.system": "openai.responses", "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-11-20", "gen_ai.response.id": "resp_1",
            "gen_ai.response.finish_reasons": ["tool-calls"],
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
        },
        read=["ai.prompt.messages", "ai.response.text", "ai.response.toolCalls"],
        expected={
            "type": "model_response", "dialect": "vercel_ai", "model": "gpt-4o-2024-11-20",
            "model_requested": "gpt-4o", "provider": "openai", "response_id": "resp_1", "agent_name": "",
            "input": _READ,
            "output": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "text", "content": "let me see"},
                        {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Bern"}},
                    ],
                    "finish_reason": "tool-calls",
                }
            ],
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64, "reasoning_tokens": 3,
            },
            "session_id": "s1", "user_id": "u1", "tags": ["a"],
        },
    ),
    Recorded(
        id="what is around the calls",
        name="ai.generateText",
        attributes={
            "operation.name": "ai.generateText trip", "ai.operationId": "ai.generateText",
            "ai.telemetry.functionId": "trip", "ai.model.provider": "openai.chat", "ai.model.id": "gpt-4o",
            "ai.prompt": as_text({"system": "be short", "prompt": "weather?"}), "ai.response.text": "12 degrees",
            "ai.usage.promptTokens": 150, "ai.usage.completionTokens": 30,
        },
        read=["ai.prompt", "ai.response.text"],
        expected={
            "type": "agent_action", "agent_name": "trip", "provider": "openai",
            "input": [said("system", "be short"), said("user", "weather?")],
            "output": [said("assistant", "12 degrees")],
        },
    ),
    Recorded(
        id="an object with reasoning",
        name="ai.generateObject.doGenerate",
        attributes={
            "ai.operationId": "ai.generateObject.doGenerate", "ai.model.id": "claude",
            "ai.model.provider": "anthropic.messages",
            "ai.response.reasoning": "hm", "ai.response.object": '{"city":"Bern"}',
            "ai.usage.inputTokens": 10, "ai.usage.outputTokens": 5,
            "ai.response.providerMetadata": as_text(
                {"anthropic": {"usage": {
                    "input_tokens": 2, "cache_creation_input_tokens": 6,
                    "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 2},
                }}}
            ),
        },
        read=["ai.response.reasoning", "ai.response.object"],
        expected={
            "type": "model_response", "provider": "anthropic",
            "output": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "hm"},
                        {"type": "json", "content": {"city": "Bern"}},
                    ],
                }
            ],
            "usage": {
                "input_tokens": 10, "output_tokens": 5, "cache_write_tokens": 6, "cache_write_5m_tokens": 4,
                "cache_write_1h_tokens": 2,
            },
        },
    ),
    Recorded(
        id="a tool",
        name="ai.toolCall",
        attributes={
            "ai.operationId": "ai.toolCall", "ai.toolCall.name": "weather", "ai.toolCall.id": "c1",
            "ai.toolCall.args": '{"city":"Bern"}', "ai.toolCall.result": '{"degrees":12}',
        },
        read=["ai.toolCall.args", "ai.toolCall.result"],
        expected={
            "type": "tool_call", "tool_name": "weather", "input": {"city": "Bern"}, "output": {"degrees": 12},
        },
    ),
    Recorded(
        id="embeddings",
        name="ai.embedMany.doEmbed",
        attributes={
            "ai.operationId": "ai.embedMany.doEmbed", "ai.model.id": "embed-3", "ai.values": ['"a"', '"b"'],
            "ai.usage.tokens": 4,
        },
        read=["ai.values"],
        expected={
            "type": "model_response", "model": "embed-3", "usage": {"input_tokens": 4},
            "input": [said("user", "a"), said("user", "b")],
        },
    ),
    Recorded(
        id="what is around embeddings calls no model",
        attributes={"ai.operationId": "ai.embedMany", "ai.model.id": "embed-3", "ai.usage.tokens": 4},
        expected={"type": "span", "model": "embed-3"},
    ),
    Recorded(
        id="version 7: a step",
        name="step 1",
        attributes={"gen_ai.operation.name": "agent_step", "gen_ai.agent.name": "trip"},
        expected={"type": "agent_action", "dialect": "otel_genai", "agent_name": "trip"},
    ),
    Recorded(
        id="version 7: a call of the model",
        name="chat gpt-4o",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
            "gen_ai.input.messages": as_text([said("user", "hi")]),
            "gen_ai.output.messages": as_text([said("assistant", "ho", finish_reason="stop")]),
            "gen_ai.tool.definitions": '[{"type":"function","name":"f","inputSchema":{}}]',
            "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1,
        },
        read=["gen_ai.input.messages", "gen_ai.output.messages"],
        expected={
            "type": "model_response", "input": [said("user", "hi")],
            "output": [said("assistant", "ho", finish_reason="stop")],
            "usage": {"input_tokens": 3, "output_tokens": 1},
        },
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
