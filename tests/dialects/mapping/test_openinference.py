"""OpenInference (Arize Phoenix)."""

from __future__ import annotations

from decimal import Decimal

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_IN, _OUT = "llm.input_messages", "llm.output_messages"
_CALL = f"{_OUT}.0.message.tool_calls.0.tool_call"

SPANS = cases(
    Recorded(
        id="a chat that calls a tool",
        name="ChatCompletion",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-2024-11-20", "llm.system": "openai",
            "llm.provider": "azure", "llm.invocation_parameters": '{"temperature": 0}',
            f"{_IN}.1.message.role": "user", f"{_IN}.1.message.content": "weather?",
            f"{_IN}.0.message.role": "system", f"{_IN}.0.message.content": "be short",
            f"{_OUT}.0.message.role": "assistant",
            f"{_CALL}.id": "call_1", f"{_CALL}.function.name": "weather",
            f"{_CALL}.function.arguments": '{"city": "Bern"}',
            "llm.token_count.prompt": 100, "llm.token_count.completion": 20, "llm.token_count.total": 120,
            "llm.token_count.prompt_details.cache_read": 60, "llm.token_count.completion_details.reasoning": 5,
            "llm.cost.total": 0.0125, "session.id": "s1", "user.id": "u1", "tag.tags": ["a", "b"],
            "metadata": '{"k": 1}', "input.value": "{}", "input.mime_type": "application/json",
        },
        read=[
            f"{_IN}.1.message.role", f"{_IN}.1.message.content", f"{_IN}.0.message.role", f"{_IN}.0.message.content",
            f"{_OUT}.0.message.role", f"{_CALL}.id", f"{_CALL}.function.name", f"{_CALL}.function.arguments",
        ],
        expected={
            "type": "model_response", "dialect": "openinference", "model": "gpt-4o-2024-11-20", "provider": "azure",
            "input": [said("system", "be short"), said("user", "weather?")],
            "output": [calling("weather", {"city": "Bern"}, "call_1")],
            "input_preview": "weather?",
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60, "reasoning_tokens": 5,
            },
            "reported_cost_usd": Decimal("0.0125"), "cost_usd": None,
            "session_id": "s1", "user_id": "u1", "tags": ["a", "b"],
        },
    ),
    Recorded(
        id="a picture beside a text, and the answer of a tool",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "m",
            f"{_IN}.0.message.role": "user",
            f"{_IN}.0.message.contents.0.message_content.type": "text",
            f"{_IN}.0.message.contents.0.message_content.text": "what is it",
            f"{_IN}.0.message.contents.1.message_content.type": "image",
            f"{_IN}.0.message.contents.1.message_content.image.image.url": "https://x/y.png",
            f"{_IN}.1.message.role": "tool", f"{_IN}.1.message.content": "12 degrees",
            f"{_IN}.1.message.tool_call_id": "call_1",
        },
        read=[
            f"{_IN}.0.message.role",
            f"{_IN}.0.message.contents.0.message_content.type", f"{_IN}.0.message.contents.0.message_content.text",
            f"{_IN}.0.message.contents.1.message_content.type",
            f"{_IN}.0.message.contents.1.message_content.image.image.url",
            f"{_IN}.1.message.role", f"{_IN}.1.message.content", f"{_IN}.1.message.tool_call_id",
        ],
        expected={
            "input": [
                {
                    "role": "user",
                    "parts": [
                        {"type": "text", "content": "what is it"},
                        {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
                    ],
                },
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "12 degrees"}]},
            ],
        },
    ),
    Recorded(
        id="messages as one text instead of flattened ones",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "m",
            _IN: as_text([{"message.role": "user", "message.content": "hi"}]),
            _OUT: as_text([{"message": {"role": "assistant", "content": "ho"}}]),
        },
        read=[_IN, _OUT],
        expected={"input": [said("user", "hi")], "output": [said("assistant", "ho")]},
    ),
    Recorded(
        id="the whole request where messages are missing",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "m",
            "input.value": as_text({"messages": [{"role": "user", "content": "hi"}], "model": "m"}),
            "output.value": as_text({"choices": [{"message": {"content": "ho"}, "finish_reason": "stop"}]}),
        },
        read=["input.value", "output.value"],
        expected={
            "input": [said("user", "hi")],
            "output": [said("assistant", "ho", finish_reason="stop")],
        },
    ),
    Recorded(
        id="calls that stand among the contents and beside them",
        scope="openinference.instrumentation.anthropic",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "claude-x",
            f"{_OUT}.0.message.role": "assistant",
            f"{_OUT}.0.message.contents.0.message_content.type": "tool_use",
            f"{_OUT}.0.message.contents.0.tool_call.id": "call_1",
            f"{_OUT}.0.message.contents.0.tool_call.function.name": "weather",
            f"{_OUT}.0.message.contents.0.tool_call.function.arguments": '{"city": "Bern"}',
            f"{_CALL}.id": "call_1", f"{_CALL}.function.name": "weather",
            f"{_CALL}.function.arguments": '{"city": "Bern"}',
            "output.value": '{"id":"msg_1","model":"claude-x","content":[],"usage":{}}',
        },
        read=[
            f"{_OUT}.0.message.role", f"{_OUT}.0.message.contents.0.message_content.type",
            f"{_OUT}.0.message.contents.0.tool_call.id", f"{_OUT}.0.message.contents.0.tool_call.function.name",
            f"{_OUT}.0.message.contents.0.tool_call.function.arguments", f"{_CALL}.id", f"{_CALL}.function.name",
            f"{_CALL}.function.arguments",
        ],
        expected={"output": [calling("weather", {"city": "Bern"}, "call_1")], "response_id": "msg_1"},
    ),
    Recorded(
        id="messages as LangChain writes them, in the list by their last words",
        attributes={
            "openinference.span.kind": "CHAIN",
            "output.value": as_text({"messages": [
                {"type": "human", "data": {"content": "weather?", "type": "human"}},
                {"type": "ai", "data": {"content": "12 degrees", "type": "ai"}},
            ]}),
        },
        read=["output.value"],
        expected={"output_preview": "12 degrees"},
    ),
    Recorded(
        id="a model that completes a text",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "m",
            "llm.prompts.0.prompt.text": "once upon", "llm.choices.0.completion.text": "a time",
        },
        read=["llm.prompts.0.prompt.text", "llm.choices.0.completion.text"],
        expected={"input": [said("user", "once upon")], "output": [said("assistant", "a time")]},
    ),
    Recorded(
        id="input without its cached tokens",
        attributes={
            "openinference.span.kind": "LLM", "llm.model_name": "claude", "llm.token_count.prompt": 10,
            "llm.token_count.prompt_details.cache_read": 400, "llm.token_count.prompt_details.cache_write": 90,
        },
        expected={"usage": {"input_tokens": 500, "cache_read_tokens": 400, "cache_write_tokens": 90}},
    ),
    Recorded(
        id="a tool",
        name="weather",
        attributes={
            "openinference.span.kind": "TOOL", "tool.name": "weather", "tool.parameters": '{"city": "str"}',
            "input.value": '{"city": "Bern"}', "output.value": "12 degrees", "tool.description": "tells it",
        },
        read=["input.value", "output.value"],
        expected={
            "type": "tool_call", "tool_name": "weather", "input": {"city": "Bern"}, "output": "12 degrees",
            "output_preview": "12 degrees",
        },
    ),
    Recorded(
        id="a retriever",
        attributes={
            "openinference.span.kind": "RETRIEVER", "input.value": "why",
            "retrieval.documents.0.document.id": "d1", "retrieval.documents.0.document.score": 0.5,
            "retrieval.documents.0.document.content": "because",
            "retrieval.documents.0.document.metadata": '{"page": 3}',
        },
        read=[
            "input.value", "retrieval.documents.0.document.id", "retrieval.documents.0.document.score",
            "retrieval.documents.0.document.content", "retrieval.documents.0.document.metadata",
        ],
        expected={
            "type": "retrieval", "input": "why",
            "output": [{"id": "d1", "score": 0.5, "content": "because", "metadata": {"page": 3}}],
        },
    ),
    Recorded(
        id="an agent",
        name="Triage",
        attributes={
            "openinference.span.kind": "AGENT", "graph.node.id": "n1",
            "input.value": as_text({"messages": [{"role": "user", "content": "help"}]}),
            "llm.token_count.prompt": 7,
        },
        read=["input.value"],
        expected={
            "type": "agent_action", "agent_name": "Triage", "input_preview": "help",
            "input": {"messages": [{"role": "user", "content": "help"}]},
        },
    ),
    Recorded(
        id="a chain",
        attributes={"openinference.span.kind": "CHAIN", "input.value": "x", "output.value": "y"},
        read=["input.value", "output.value"],
        expected={"type": "span", "dialect": "openinference", "input": "x", "output": "y"},
    ),
    Recorded(
        id="an embedding",
        attributes={
            "openinference.span.kind": "EMBEDDING", "embedding.model_name": "embed-3", "llm.token_count.prompt": 4,
            "embedding.embeddings.0.embedding.text": "hi",
        },
        expected={"type": "model_response", "model": "embed-3", "usage": {"input_tokens": 4}},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
