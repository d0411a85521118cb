"""Texts that need no reading: what they give is what the long way gives."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.canonical import canonical_messages

SAID = {"type": "text", "content": 'Grüße, "you" \\ / 1 line\nand another 🙂'}
CALLED = {"type": "tool_call", "name": "search", "arguments": {"q": "a", "n": 1, "f": 0.5, "in": ["x", None, True]}}
ANSWERED = {"type": "tool_call_response", "response": {"rows": 3}, "id": "call_1"}

CANONICAL: dict[str, list[dict[str, Any]]] = {
    "a text": [{"role": "user", "parts": [SAID]}],
    "an answer": [{"role": "assistant", "parts": [SAID], "finish_reason": "stop"}],
    "a name": [{"role": "user", "parts": [SAID], "name": "ann"}],
    "thoughts": [{"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, SAID]}],
    "a call": [{"role": "assistant", "parts": [{**CALLED, "id": "call_1"}, CALLED]}],
    "its answer": [{"role": "tool", "parts": [ANSWERED, {"type": "tool_call_response", "response": "plain"}]}],
    "no parts": [{"role": "system", "parts": []}],
    "a conversation": [{"role": role, "parts": [SAID]} for role in ("system", "user", "assistant", "tool")],
}
OTHERS: dict[str, Any] = {
    "no list": {"role": "user", "parts": [SAID]},
    "an empty list": [],
    "another name of a role": [{"role": "human", "parts": [SAID]}],
    "a role in capitals": [{"role": "User", "parts": [SAID]}],
    "content instead of parts": [{"role": "user", "content": "hello"}],
    "a field more": [{"role": "user", "parts": [SAID], "id": "m1"}],
    "a part's field more": [{"role": "user", "parts": [{**SAID, "cache_control": {}}]}],
    "another part": [{"role": "user", "parts": [{"type": "uri", "modality": "image", "uri": "https://x"}]}],
    "arguments as text": [{"role": "assistant", "parts": [{**CALLED, "arguments": '{"q": 1}'}]}],
    "deep arguments": [{"role": "assistant", "parts": [{**CALLED, "arguments": {"a": {"b": {"c": 1}}}}]}],
    "a text part with a number": [{"role": "user", "parts": [{"type": "text", "content": 5}]}],
}


@pytest.mark.parametrize("name", CANONICAL)
@pytest.mark.parametrize("indent", [0, orjson.OPT_INDENT_2])
def test_a_canonical_text_is_what_the_long_way_makes_of_it(name: str, indent: int) -> None:
    text = orjson.dumps(CANONICAL[name], option=indent).decode()
    assert canonical_messages(text) == CANONICAL[name] == to_messages(orjson.loads(text), "user")


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_text_goes_the_long_way(name: str) -> None:
    assert canonical_messages(orjson.dumps(OTHERS[name]).decode()) == []


@pytest.mark.parametrize("value", [None, 5, [{"role": "user", "parts": []}], "", "[", "[" * 100_000, "hello", '[{"ty'])
def test_what_is_no_text_of_messages_goes_the_long_way(value: Any) -> None:
    assert canonical_messages(value) == []


def test_a_text_with_half_a_character_goes_the_long_way() -> None:
    assert canonical_messages('[{"role":"user","parts":[{"type":"text","content":"\\ud83d"}]}]') == []
    assert canonical_messages('[{"role":"user","parts":[{"type":"text","content":"\ud83d"}]}]') == []
