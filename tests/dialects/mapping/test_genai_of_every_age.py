"""OpenTelemetry GenAI where its content has stood beside the attributes of today, and under its newest names."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said
from tests.dialects.requests import span_event

SPANS = cases(
    Recorded(
        id="content in the event of the operation's details",
        attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
        events=[
            (
                "gen_ai.client.inference.operation.details",
                {
                    "gen_ai.input.messages": [said("user", "hi")],
                    "gen_ai.output.messages": [said("assistant", "ho")],
                    "gen_ai.system_instructions": [{"type": "text", "content": "be short"}],
                    "gen_ai.usage.input_tokens": 3,
                },
            )
        ],
        expected={
            "input": [said("system", "be short"), said("user", "hi")], "output": [said("assistant", "ho")],
            "usage": {"input_tokens": 3},
        },
    ),
    Recorded(
        id="what stands on the span wins over its event",
        attributes={"gen_ai.operation.name": "chat", "gen_ai.input.messages": as_text([said("user", "span")])},
        events=[
            ("gen_ai.client.inference.operation.details", {"gen_ai.input.messages": as_text([said("user", "event")])})
        ],
        read=["gen_ai.input.messages"],
        expected={"input": [said("user", "span")]},
    ),
    Recorded(
        id="Semantic Kernel: prompt and completion as events",
        attributes={"gen_ai.operation.name": "chat.completions", "gen_ai.system": "openai"},
        events=[
            ("gen_ai.content.prompt", {"gen_ai.prompt": as_text([{"role": "user", "content": "hi"}])}),
            ("gen_ai.content.completion", {"gen_ai.completion": as_text([{"role": "Assistant", "content": "ho"}])}),
        ],
        expected={
            "type": "model_response", "input": [said("user", "hi")], "output": [said("assistant", "ho")],
        },
    ),
    Recorded(
        id="Azure: the body of each event as JSON",
        attributes={"gen_ai.operation.name": "chat", "gen_ai.system": "az.ai.inference"},
        events=[
            ("gen_ai.user.message", {"gen_ai.event.content": as_text({"role": "user", "content": "hi"})}),
            (
                "gen_ai.choice",
                {"gen_ai.event.content": as_text({
                    "index": 0, "finish_reason": "tool_calls",
                    "message": {"tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
                    ]},
                })},
            ),
        ],
        expected={
            "provider": "az.ai.inference", "input": [said("user", "hi")],
            "output": [calling("f", {"a": 1}, "c1", finish_reason="tool_calls")],
        },
    ),
    Recorded(
        id="Strands: blocks in an event, and a bare text as choice",
        attributes={"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents"},
        events=[
            ("gen_ai.user.message", {"content": as_text([{"text": "hi"}])}),
            ("gen_ai.assistant.message", {"content": as_text(
                [{"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1}}}]
            )}),
            ("gen_ai.choice", {"message": as_text([{"text": "ho"}]), "finish_reason": "end_turn"}),
        ],
        expected={
            "input": [said("user", "hi"), calling("f", {"a": 1}, "c1")],
            "output": [said("assistant", "ho", finish_reason="end_turn")],
        },
    ),
    Recorded(
        id="a tool whose arguments and result are events",
        attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"},
        events=[
            ("gen_ai.tool.message", {"role": "tool", "content": '{"a":1}', "id": "c1"}),
            ("gen_ai.choice", {"message": "done", "id": "c1"}),
        ],
        expected={"type": "tool_call", "input": {"a": 1}, "output": "done"},
    ),
    Recorded(
        id="bytes, files, addresses and what is new",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": as_text([{"role": "user", "parts": [
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AP8="},
                {"type": "file", "modality": "image", "file_id": "f1"},
                {"type": "uri", "modality": "video", "uri": "gs://x/y"},
                {"type": "server_tool_call", "name": "web_search", "server_tool_call": {"query": "x"}},
                {"type": "compaction", "content": "so far"},
            ]}]),
        },
        read=["gen_ai.input.messages"],
        expected={
            "input": [{"role": "user", "parts": [
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AP8="},
                {"type": "file", "modality": "image", "file_id": "f1"},
                {"type": "uri", "modality": "video", "uri": "gs://x/y"},
                {"type": "server_tool_call", "name": "web_search", "server_tool_call": {"query": "x"}},
                {"type": "compaction", "content": "so far"},
            ]}],
        },
    ),
    Recorded(
        id="messages of a provider's API in GenAI's attribute",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": as_text([{"role": "user", "content": [
                {"type": "text", "text": "what is it"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AP8="}},
            ]}]),
        },
        read=["gen_ai.input.messages"],
        expected={
            "input": [{"role": "user", "parts": [
                {"type": "text", "content": "what is it"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AP8="},
            ]}],
        },
    ),
    Recorded(
        id="names of usage of other emitters",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.input_tokens.cached": 60, "gen_ai.usage.cache_write_input_tokens": 7,
            "gen_ai.usage.output_tokens.reasoning": 3, "gen_ai.usage.image.input_tokens": 9,
        },
        expected={
            "usage": {
                "input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 7, "reasoning_tokens": 3,
            },
        },
    ),
    Recorded(
        id="a span that speaks two dialects: the newest wins, the other one is kept",
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "new", "gen_ai.usage.input_tokens": 5,
            "gen_ai.input.messages": as_text([said("user", "new")]),
            "openinference.span.kind": "CHAIN", "llm.model_name": "old", "llm.token_count.prompt": 4,
            "llm.token_count.completion": 2, "input.value": "old", "output.value": "only here",
        },
        read=["gen_ai.input.messages", "output.value"],
        expected={
            "type": "model_response", "dialect": "openinference", "model": "new", "input": [said("user", "new")],
            "output": [said("assistant", "only here")], "usage": {"input_tokens": 5, "output_tokens": 2},
        },
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)


def test_a_field_of_a_flattened_message_that_nobody_knows_is_kept() -> None:
    keys = ["llm.input_messages.0.message.mood", "gen_ai.completion.0.mood"]
    given = {"openinference.span.kind": "LLM", "llm.input_messages.0.message.content": "hi",
             "gen_ai.system": "x", "gen_ai.completion.0.content": "ho"}  # fmt: skip
    event = span_event({**given, **dict.fromkeys(keys, "calm")})
    assert (event.input_preview, event.output_preview) == ("hi", "ho")
    assert {key: event.attributes[key] for key in keys} == dict.fromkeys(keys, "calm")


HALF = '{"messages": [{"role": "user", "content": "a long te'
PLACES = [
    ({"openinference.span.kind": "LLM"}, "input.value"),
    ({"openinference.span.kind": "LLM"}, "llm.input_messages"),
    ({"traceloop.span.kind": "tool"}, "traceloop.entity.input"),
    ({"ai.operationId": "ai.generateText.doGenerate"}, "ai.prompt.messages"),
    ({"ai.operationId": "ai.toolCall"}, "ai.toolCall.args"),
    ({"langfuse.observation.type": "generation"}, "langfuse.observation.input"),
    ({"langfuse.observation.type": "generation"}, "langfuse.observation.usage_details"),
    ({"langsmith.span.kind": "llm"}, "gen_ai.prompt"),
    ({"langsmith.span.kind": "llm"}, "gen_ai.completion"),
    ({"logfire.msg": "x", "final_result": ""}, "pydantic_ai.all_messages"),
    ({"logfire.msg": "x"}, "events"),
]


@pytest.mark.parametrize(("attributes", "key"), PLACES)
def test_a_text_that_was_cut_in_half_is_never_lost(attributes: dict[str, Any], key: str) -> None:
    event = span_event({**attributes, key: HALF})
    assert event.notes == []
    places = (event.input, event.output, *event.attributes.values())
    assert any(HALF in place or as_text(HALF) in place for place in places)


VALUES: list[Any] = [None, "", "x", "[]", "[1]", "[[1]]", '[{"a":1}]', "{}", '{"a": {"b": [null]}}', "[" * 300, 5, True,
                     2.5, [], [1], [["x"]], {"a": 1}, {"role": 5}, {"0": {"1": 2}}, "'", '"', '{"messages": 5}',
                     '{"generations": [5, [6, {"message": 7}]]}', '{"lc": 1, "kwargs": {}}', '{"lc": 1, "kwargs": 5}',
                     '{"input": {"x": 1}, "system": 5}', '{"choices": [1, {"message": []}]}']  # fmt: skip
KEYS = [
    "llm.input_messages", "llm.input_messages.0", "llm.input_messages.0.message",
    "llm.input_messages.0.message.role", "llm.input_messages.0.message.contents",
    "llm.input_messages.0.message.contents.0", "llm.input_messages.0.message.contents.0.message_content",
    "llm.input_messages.0.message.tool_calls", "llm.input_messages.0.message.tool_calls.0.tool_call",
    "llm.input_messages.0.message.tool_calls.0.tool_call.function", "llm.prompts.0.prompt",
    "llm.prompts.0.prompt.text", "input.value", "output.value", "retrieval.documents.0.document",
    "retrieval.documents.0.document.metadata", "llm.token_count.prompt", "llm.cost.total", "tag.tags",
    "traceloop.entity.input", "llm.prompts.0.content", "ai.prompt", "ai.prompt.messages", "ai.values",
    "ai.value", "ai.response.text", "ai.response.toolCalls", "ai.response.object",
    "ai.response.providerMetadata", "ai.toolCall.args", "ai.telemetry.metadata.langfusePrompt",
    "ai.usage.tokens", "langfuse.observation.input", "langfuse.trace.output",
    "langfuse.observation.usage_details", "langfuse.observation.cost_details", "langfuse.trace.tags",
    "langsmith.span.tags", "langsmith.metadata.usage_metadata", "gen_ai.prompt", "gen_ai.completion",
    "gen_ai.usage.input_token_details", "gen_ai.response.finish_reasons", "gen_ai.system_instructions",
    "events", "all_messages_events", "pydantic_ai.all_messages", "final_result", "tool_arguments",
    "metadata.tags", "user_prompt", "tool_input", "success", "span.type", "mcp.method.name",
]  # fmt: skip
SPEAKERS: list[dict[str, Any]] = [
    {"openinference.span.kind": "LLM"}, {"openinference.span.kind": "RETRIEVER"}, {"traceloop.span.kind": "tool"},
    {"ai.operationId": "ai.embedMany.doEmbed"}, {"ai.operationId": "ai.toolCall"},
    {"langfuse.observation.type": "generation"}, {"langsmith.span.kind": "llm"}, {"langsmith.span.kind": "tool"},
    {"logfire.msg": "x"}, {"llm.user": "u"}, {"anthropic.request.id": "r"}, {"span.type": "tool"},
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_odd_values_break_no_mapper_and_are_never_lost(key: str) -> None:
    for speaker in SPEAKERS:
        for value in VALUES:
            given = {"other": 1, **speaker, key: value}
            event = span_event(given, name="claude_code.tool")
            assert event.notes == [], (given, event.notes)
            assert event.attributes["other"] == "1"
            assert key in event.attributes or event.input or event.output, given
