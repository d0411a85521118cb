"""Usage in one object, as each provider's client reports it."""

from __future__ import annotations

from typing import Any

import pytest

from watchllm_server.dialects.otlp.mapping.reading import python_object
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details

FULL = {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60}
DETAILS: list[tuple[str, dict[str, Any], dict[str, int]]] = [
    ("OpenAI, chat", {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 60}},
     FULL),
    ("OpenAI, responses",
     {"input_tokens": 100, "output_tokens": 20, "input_tokens_details": {"cached_tokens": 60}, "total_tokens": 120},
     FULL),
    ("Anthropic", {"input_tokens": 40, "output_tokens": 20, "cache_read_input_tokens": 60}, FULL),
    ("Anthropic, more input than cached", {"input_tokens": 90, "output_tokens": 20, "cache_read_input_tokens": 10},
     {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 10}),
    ("Anthropic, writes for 5 minutes and an hour",
     {"input_tokens": 1, "cache_creation_input_tokens": 9,
      "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5}},
     {"input_tokens": 10, "cache_write_tokens": 9, "cache_write_5m_tokens": 4, "cache_write_1h_tokens": 5}),
    ("Bedrock", {"inputTokens": 40, "outputTokens": 20, "cacheReadInputTokens": 60}, FULL),
    ("Gemini", {"promptTokenCount": 100, "candidatesTokenCount": 20, "cachedContentTokenCount": 60}, FULL),
    ("LangChain", {"input_tokens": 100, "output_tokens": 20, "input_token_details": {"cache_read": 60}}, FULL),
    ("a gateway that adds up what Anthropic counts apart",
     {"prompt_tokens": 100, "completion_tokens": 20, "cache_read_input_tokens": 60}, FULL),
    ("Langfuse", {"input": 40, "output": 20, "input_cached_tokens": 60}, FULL),
    ("Langfuse, for LangChain", {"input": 40, "output": 20, "input_cache_read": 60, "total": 120}, FULL),
    ("Langfuse, with the whole in it", {"input": 100, "output": 20, "input_cached_tokens": 60, "total": 120}, FULL),
    ("what is no count", {"input": -1, "output": "many", "prompt_tokens": 1.5, "x": {"y": True}}, {}),
    ("nothing", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("details", "usage"), [pytest.param(d, u, id=name) for name, d, u in DETAILS])
def test_input_has_what_was_cached_and_output_what_was_thought(details: dict[str, Any], usage: dict[str, int]) -> None:
    assert read_usage_details(details) == usage


@pytest.mark.parametrize(
    "text",
    [
        "{'a': ",
        "['a']",
        "{'a': f()}",
        "(" * 4_000,
        "{'\\d': 1}",
        "",
        "{1: {}}" * 3,
        "-" * 4_000 + "1",
    ],
)
def test_what_is_no_object_in_pythons_words_is_none(text: str) -> None:
    assert python_object(text) == {}


def test_an_object_in_pythons_words_or_as_json() -> None:
    assert python_object("{'a': 1, 'b': {'c': None}}") == {"a": 1, "b": {"c": None}}
    assert python_object('{"a": 1}') == {"a": 1}
