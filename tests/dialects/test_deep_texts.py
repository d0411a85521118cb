"""JSON inside a text inside JSON: each level is within the limits, and together they must not break the encoder."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.dialects.reading import native_event, typed
from tests.dialects.requests import span_event

# Read by the decoder (1,024 levels), refused by the encoder (254 levels): alone, or with what stands around it.
DEEP = "[" * 600 + "]" * 600
EDGE = "[" * 253 + "]" * 253


@pytest.mark.parametrize("deep", [DEEP, EDGE], ids=["deep", "edge"])
@pytest.mark.parametrize(
    "place",
    [
        [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": DEEP}}]}],
        [{"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": DEEP}]}],
        [{"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": DEEP}]}],
        [{"role": "tool", "content": DEEP}],
        DEEP,
    ],
)
def test_deep_arguments_stay_text(place: Any, deep: str) -> None:
    messages = orjson.loads(orjson.dumps(place).replace(DEEP.encode(), deep.encode()))
    event = native_event(typed("model_response", model="m", messages=messages, response=deep))
    assert deep in event.input
    assert deep in event.output


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("chat", "gen_ai.input.messages"),
        ("chat", "gen_ai.output.messages"),
        ("chat", "gen_ai.system_instructions"),
        ("chat", "gen_ai.prompt"),
        ("chat", "gen_ai.prompt.0.content"),
        ("execute_tool", "gen_ai.tool.call.arguments"),
        ("retrieval", "gen_ai.retrieval.documents"),
    ],
)
def test_a_deep_attribute_is_never_lost(operation: str, key: str) -> None:
    event = span_event({"gen_ai.operation.name": operation, key: DEEP, "other": 1})
    places = (event.input, event.output, *event.attributes.values())
    assert any(DEEP in place for place in places)
    assert event.attributes["other"] == "1"


def test_deep_arguments_of_a_message_attribute_are_never_lost() -> None:
    part = {"type": "tool_call", "name": "f", "arguments": DEEP}
    messages = orjson.dumps([{"role": "assistant", "parts": [part]}]).decode()
    event = span_event({"gen_ai.operation.name": "chat", "gen_ai.output.messages": messages})
    assert any(DEEP in place for place in (event.output, *event.attributes.values()))
