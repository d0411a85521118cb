"""What native model calls carry as prompt, messages and response, as one canonical list."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.dialects.reading import native_event, typed

USER = {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
CALL = {"type": "tool_call", "id": "c1", "name": "search", "arguments": {"q": "x"}}

SENT: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("prompt", {"prompt": "hi"}, [USER]),
    ("input", {"input": "hi"}, [USER]),
    ("messages-first", {"messages": [{"role": "user", "content": "hi"}], "prompt": "not this"}, [USER]),
    ("one-message", {"messages": {"role": "user", "content": "hi"}}, [USER]),
    ("texts", {"prompt": ["hi", "hi"]}, [USER, USER]),
    ("canonical", {"messages": [USER]}, [USER]),
    ("developer", {"messages": [{"role": "developer", "content": "be"}]},
     [{"role": "system", "parts": [{"type": "text", "content": "be"}]}]),
    ("openai-parts", {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}]},
     [{"role": "user", "parts": [{"type": "text", "content": "look"},
                                 {"type": "uri", "modality": "image", "uri": "https://x/y.png"}]}]),
    ("openai-calls", {"messages": [{"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":"x"}'}}]}]},
     [{"role": "assistant", "parts": [CALL]}]),
    ("openai-result", {"messages": [{"role": "tool", "tool_call_id": "c1", "content": "found"}]},
     [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]}]),
    ("anthropic-call", {"messages": [{"role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm"},
        {"type": "tool_use", "id": "c1", "name": "search", "input": {"q": "x"}}]}]},
     [{"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, CALL]}]),
    ("name", {"messages": [{"role": "user", "name": "ada", "content": "hi"}]}, [{**USER, "name": "ada"}]),
    ("new-part", {"messages": [{"role": "user", "content": [{"type": "something_new", "x": 1}]}]},
     [{"role": "user", "parts": [{"type": "something_new", "x": 1}]}]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "messages"), [pytest.param(*case[1:], id=case[0]) for case in SENT])
def test_what_was_sent_becomes_messages(body: dict[str, Any], messages: list[dict[str, Any]]) -> None:
    event = native_event(typed("model_response", model="m", **body))
    assert orjson.loads(event.input) == messages


SAID: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("text", {"response": "ho"}, [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}]),
    ("reason", {"response": "ho", "finishReason": "stop"},
     [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "stop"}]),
    ("its-own-reason", {"response": {"role": "assistant", "content": "ho", "finish_reason": "length"},
                        "finishReason": "stop"},
     [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "length"}]),
    ("refusal", {"response": {"role": "assistant", "content": None, "refusal": "no"}},
     [{"role": "assistant", "parts": [{"type": "refusal", "content": "no"}]}]),
    ("object", {"response": {"answer": 42}},
     [{"role": "assistant", "parts": [{"type": "json", "content": {"answer": 42}}]}]),
    ("number", {"response": 42}, [{"role": "assistant", "parts": [{"type": "json", "content": 42}]}]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "messages"), [pytest.param(*case[1:], id=case[0]) for case in SAID])
def test_what_was_said_becomes_messages(body: dict[str, Any], messages: list[dict[str, Any]]) -> None:
    event = native_event(typed("model_response", model="m", **body))
    assert orjson.loads(event.output) == messages


@pytest.mark.parametrize("image", ["https://x/y.png", None, 7, ["https://x/y.png"], {}, {"url": None}])
def test_an_image_given_in_any_way_never_refuses_the_event(image: object) -> None:
    part = {"type": "image_url", "image_url": image}
    event = native_event(typed("model_response", model="m", messages=[{"role": "user", "content": [part]}]))
    assert len(orjson.loads(event.input)[0]["parts"]) == 1


@pytest.mark.parametrize("body", [{}, {"prompt": None}, {"messages": [], "response": []}])
def test_a_call_without_words_has_no_messages(body: dict[str, Any]) -> None:
    event = native_event(typed("model_response", model="m", **body))
    assert (event.input, event.output, event.input_preview) == ("", "", "")
