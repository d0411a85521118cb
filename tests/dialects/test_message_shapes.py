"""Whatever shape a provider's client gives, its words, tool calls and results are found as canonical messages."""

from __future__ import annotations

from typing import Any

import pytest

from watchllm_server.dialects.native_messages import prompt_messages, response_messages
from watchllm_server.model.messages import shown_input, shown_output

Messages = list[dict[str, Any]]

ARGUMENTS = '{"city":"Lisbon"}'
CALL = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Lisbon"}}
UNNAMED_CALL = {key: value for key, value in CALL.items() if key != "id"}
TEXT = {"type": "text", "content": "Sunny."}
OPENAI_CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": ARGUMENTS}}


def said(*parts: dict[str, Any], **more: str) -> Messages:
    return [{"role": "assistant", "parts": list(parts), **more}]


RESPONSES: dict[str, tuple[Any, Messages]] = {
    "text": ("Sunny.", said(TEXT)),
    "openai-message": (
        {"role": "assistant", "content": None, "refusal": None, "function_call": None, "tool_calls": [OPENAI_CALL]},
        said(CALL),
    ),
    "openai-completion": (
        {"id": "x", "object": "chat.completion", "usage": {"prompt_tokens": 1},
         "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None,
                      "message": {"role": "assistant", "content": "Sunny."}}]},
        said(TEXT, finish_reason="stop"),
    ),
    "openai-text-completion": (
        {"object": "text_completion", "choices": [{"index": 0, "text": "Sunny.", "finish_reason": "length"}]},
        said(TEXT, finish_reason="length"),
    ),
    "openai-calls-alone": ([OPENAI_CALL], said(CALL)),
    "name-and-arguments": ([{"name": "get_weather", "arguments": ARGUMENTS}], said(UNNAMED_CALL)),
    "openai-responses": (
        {"object": "response", "id": "r", "output": [
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Think."}]},
            {"type": "function_call", "id": "fc", "call_id": "c1", "name": "get_weather", "arguments": ARGUMENTS},
            {"type": "message", "id": "m", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "Sunny.", "annotations": []}]},
        ]},
        [*said({"type": "reasoning", "content": "Think."}, CALL), *said(TEXT)],
    ),
    "anthropic-message": (
        {"id": "m", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "tool_use",
         "content": [{"type": "text", "text": "Sunny."},
                     {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Lisbon"}}]},
        said(TEXT, CALL, finish_reason="tool_use"),
    ),
    "anthropic-content": (
        [{"type": "thinking", "thinking": "Think.", "signature": "s"}, {"type": "text", "text": "Sunny."}],
        said({"type": "reasoning", "content": "Think."}, TEXT),
    ),
    "gemini": (
        {"candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": [
            {"text": "Sunny."}, {"functionCall": {"id": "c1", "name": "get_weather", "args": {"city": "Lisbon"}}}]}}]},
        said(TEXT, CALL, finish_reason="STOP"),
    ),
    "gemini-client": (
        {"candidates": [{"finish_reason": "STOP", "index": 0, "content": {"role": "model", "parts": [
            {"text": "Think.", "thought": True, "function_call": None, "inline_data": None},
            {"text": "Sunny.", "thought": None, "function_call": None, "inline_data": None}]}}]},
        said({"type": "reasoning", "content": "Think."}, TEXT, finish_reason="STOP"),
    ),
    "langchain": (
        {"type": "ai", "content": "Sunny.", "additional_kwargs": {}, "name": None, "id": "run-1",
         "tool_calls": [{"name": "get_weather", "args": {"city": "Lisbon"}, "id": "c1", "type": "tool_call"}]},
        said(TEXT, CALL),
    ),
    "langchain-of-anthropic": (
        {"type": "ai",
         "content": [{"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Lisbon"}}],
         "tool_calls": [{"name": "get_weather", "args": {"city": "Lisbon"}, "id": "c1", "type": "tool_call"}]},
        said(CALL),
    ),
    "canonical": ([{"role": "assistant", "parts": [TEXT, CALL]}], said(TEXT, CALL)),
    "litellm-calls-beside-parts": (
        [{"role": "assistant", "parts": [{"type": "text", "content": ""}], "tool_calls": [OPENAI_CALL]},
         {"role": "tool", "parts": [TEXT], "tool_call_id": "c1"}],
        [*said(CALL), {"role": "tool", "parts": [{"type": "tool_call_response", "response": "Sunny.", "id": "c1"}]}],
    ),
    "arguments-cut-in-half": (
        [{"name": "get_weather", "arguments": '{"city":"Lis'}],
        said({**UNNAMED_CALL, "arguments": '{"city":"Lis'}),
    ),
}  # fmt: skip

PROMPTS: dict[str, tuple[Any, Messages]] = {
    "langchain-roles": (
        [{"type": "system", "content": "Be short."}, {"type": "human", "content": "Weather?"},
         {"type": "tool", "content": "Sunny.", "tool_call_id": "c1"}],
        [{"role": "system", "parts": [{"type": "text", "content": "Be short."}]},
         {"role": "user", "parts": [{"type": "text", "content": "Weather?"}]},
         {"role": "tool", "parts": [{"type": "tool_call_response", "response": "Sunny.", "id": "c1"}]}],
    ),
    "openai-responses-input": (
        [{"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
         {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": ARGUMENTS},
         {"type": "function_call_output", "call_id": "c1", "output": "Sunny."}],
        [{"role": "user", "parts": [{"type": "text", "content": "Weather?"}]},
         *said(CALL),
         {"role": "tool", "parts": [{"type": "tool_call_response", "response": "Sunny.", "id": "c1"}]}],
    ),
    "anthropic-results-and-image": (
        [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": "Sunny."},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}],
        [{"role": "user", "parts": [
            {"type": "tool_call_response", "response": "Sunny.", "id": "c1"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}]}],
    ),
    "blocks-of-one-turn": (
        [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
        [{"role": "user", "parts": [
            {"type": "text", "content": "Look:"},
            {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"}]}],
    ),
}  # fmt: skip

# Values that are no messages: they are kept whole, however much one of their keys looks like one of ours.
OWN_VALUES: dict[str, Any] = {
    "object": {"answer": 42},
    "text-and-more": {"text": "Sunny.", "score": 0.3},
    "call-and-more": {"name": "Ada", "arguments": "many", "age": 36},
    "name-alone": {"name": "Ada", "age": 36},
    "number": 7,
}


@pytest.mark.parametrize("shape", RESPONSES)
def test_a_response_of_a_provider_is_read(shape: str) -> None:
    given, expected = RESPONSES[shape]
    assert response_messages(given, "") == expected


@pytest.mark.parametrize("shape", PROMPTS)
def test_a_prompt_of_a_provider_is_read(shape: str) -> None:
    given, expected = PROMPTS[shape]
    assert prompt_messages(given, None, None) == expected


@pytest.mark.parametrize("shape", OWN_VALUES)
def test_a_value_of_the_applications_own_is_kept_whole(shape: str) -> None:
    assert response_messages(OWN_VALUES[shape], "") == said({"type": "json", "content": OWN_VALUES[shape]})


def test_a_message_without_words_keeps_what_else_it_has() -> None:
    given = {"role": "assistant", "id": "x", "transcript": "Sunny."}
    assert response_messages(given, "stop") == said(
        {"type": "json", "content": {"transcript": "Sunny."}}, finish_reason="stop"
    )


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([{"type": "reasoning", "content": "Think."}, TEXT], "Sunny."),
        ([{"type": "blob", "modality": "image", "content": "AAAA"}, TEXT], "Sunny."),
        ([{"type": "reasoning", "content": "Think."}, CALL, CALL], 'get_weather({"city": "Lisbon"}), ' * 2),
        ([{"type": "json", "content": {"answer": 42}}], '{"answer": 42}'),
        ([], ""),
    ],
    ids=["no-thoughts", "no-bytes", "calls", "value", "nothing"],
)
def test_a_list_shows_the_words_else_the_calls_else_the_value(parts: Messages, shown: str) -> None:
    assert shown_output(said(*parts)) == shown.removesuffix(", ")


def test_a_list_shows_what_the_end_user_said_last() -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": word}]} for word in ("First?", "Second?")]
    assert shown_input([*asked, *said(TEXT)]) == "Second?"
