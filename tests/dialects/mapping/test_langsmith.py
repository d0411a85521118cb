"""LangSmith's SDK in OpenTelemetry mode."""

from __future__ import annotations

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said


def _serialised(kind: str, **kwargs: object) -> dict[str, object]:
    """Return a message as LangChain writes it."""
    path = ["langchain", "schema", "messages", kind]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": kwargs}


_METADATA = "langsmith.metadata"

SPANS = cases(
    Recorded(
        id="a call through OpenAI's wrapper",
        name="ChatOpenAI",
        scope="langsmith",
        attributes={
            "langsmith.span.kind": "llm", "langsmith.span.id": "r1", "langsmith.trace.name": "ChatOpenAI",
            "langsmith.trace.session_name": "my project", "langsmith.span.tags": "a, b",
            "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reasons": "stop",
            "gen_ai.prompt": as_text({"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o"}),
            "gen_ai.completion": as_text(
                {"id": "chatcmpl-1", "choices": [{"message": {"role": "assistant", "content": "ho"},
                                                  "finish_reason": "stop"}]}
            ),
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20, "gen_ai.usage.total_tokens": 120,
            "gen_ai.usage.input_token_details": "{'cache_read': 64}",
            "gen_ai.usage.output_token_details": "{'reasoning': 3}",
            f"{_METADATA}.thread_id": "s1", f"{_METADATA}.user_id": "u1",
        },
        read=["gen_ai.prompt", "gen_ai.completion"],
        expected={
            "type": "model_response", "dialect": "langsmith", "model": "gpt-4o", "provider": "openai",
            "response_id": "chatcmpl-1", "input": [said("user", "hi")],
            "output": [said("assistant", "ho", finish_reason="stop")],
            "usage": {
                "input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64, "reasoning_tokens": 3,
            },
            "session_id": "s1", "user_id": "u1", "tags": ["a", "b"],
        },
    ),
    Recorded(
        id="a chat model of LangChain",
        attributes={
            "langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.system": "langchain",
            f"{_METADATA}.ls_provider": "anthropic", f"{_METADATA}.ls_model_name": "claude-x",
            "gen_ai.prompt": as_text({"messages": [[
                _serialised("SystemMessage", content="be short", type="system"),
                _serialised("HumanMessage", content="weather?", type="human"),
                _serialised("AIMessageChunk", content="", type="AIMessageChunk", tool_calls=[
                    {"name": "weather", "args": {"city": "Bern"}, "id": "c1", "type": "tool_call"}
                ]),
                _serialised("ToolMessage", content="12 degrees", type="tool", tool_call_id="c1"),
            ]]}),
            "gen_ai.completion": as_text({"generations": [[{
                "text": "12 degrees", "generation_info": {"finish_reason": "stop"},
                "message": _serialised("AIMessage", content="12 degrees", type="ai"),
            }]]}),
            f"{_METADATA}.usage_metadata": as_text(
                {"input_tokens": 100, "output_tokens": 20, "input_token_details": {"cache_read": 64}}
            ),
        },
        read=["gen_ai.prompt", "gen_ai.completion"],
        expected={
            "provider": "anthropic", "model": "claude-x",
            "input": [
                said("system", "be short"), said("user", "weather?"),
                calling("weather", {"city": "Bern"}, "c1"),
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "12 degrees"}]},
            ],
            "output": [said("assistant", "12 degrees", finish_reason="stop")],
            "usage": {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 64},
        },
    ),
    Recorded(
        id="a tool",
        name="weather",
        attributes={
            "langsmith.span.kind": "tool", "gen_ai.operation.name": "execute_tool", "gen_ai.system": "langchain",
            "gen_ai.prompt": '{"input": "Bern"}', "gen_ai.completion": '{"output": "12 degrees"}',
        },
        read=["gen_ai.prompt", "gen_ai.completion"],
        expected={
            "type": "tool_call", "tool_name": "weather", "provider": "", "input": {"input": "Bern"},
            "output": {"output": "12 degrees"}, "output_preview": "12 degrees",
        },
    ),
    Recorded(
        id="a retriever, which GenAI's operation calls an embedding",
        attributes={
            "langsmith.span.kind": "retriever", "gen_ai.operation.name": "embeddings",
            "gen_ai.prompt": '{"query": "why"}', "gen_ai.completion": '{"documents": []}',
        },
        read=["gen_ai.prompt", "gen_ai.completion"],
        expected={"type": "retrieval", "input": {"query": "why"}, "output": {"documents": []}},
    ),
    Recorded(
        id="a prompt, which GenAI's operation calls a chat",
        attributes={
            "langsmith.span.kind": "prompt", "gen_ai.operation.name": "chat", "gen_ai.prompt": '{"city": "Bern"}',
        },
        read=["gen_ai.prompt"],
        expected={"type": "span", "input": {"city": "Bern"}, "usage": {}},
    ),
    Recorded(
        id="a chain",
        name="RunnableSequence",
        attributes={
            "langsmith.span.kind": "chain", "gen_ai.operation.name": "chain",
            "gen_ai.prompt": as_text({"messages": [{"role": "user", "content": "help"}]}),
            "gen_ai.usage.input_tokens": 100,
        },
        read=["gen_ai.prompt"],
        expected={
            "type": "span", "input": {"messages": [{"role": "user", "content": "help"}]}, "input_preview": "help",
        },
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
