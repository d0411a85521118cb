"""Reads token usage in our names and in those of the OpenAI and Anthropic clients; never guesses a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from watchllm import _notices

# What ours are called, as sent and in snake case.
_KINDS = {
    "inputTokens": "inputTokens",
    "outputTokens": "outputTokens",
    "cacheReadTokens": "cacheReadTokens",
    "cacheWriteTokens": "cacheWriteTokens",
    "reasoningTokens": "reasoningTokens",
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_read_tokens": "cacheReadTokens",
    "cache_write_tokens": "cacheWriteTokens",
    "reasoning_tokens": "reasoningTokens",
    "cost_usd": "costUSD",
    # OpenAI's chat completions.
    "prompt_tokens": "inputTokens",
    "completion_tokens": "outputTokens",
}
# Where OpenAI puts what is counted inside the input and the output already.
_DETAILS = {
    ("prompt_tokens_details", "cached_tokens"): "cacheReadTokens",
    ("input_tokens_details", "cached_tokens"): "cacheReadTokens",
    ("completion_tokens_details", "reasoning_tokens"): "reasoningTokens",
    ("output_tokens_details", "reasoning_tokens"): "reasoningTokens",
}
# Anthropic counts cached tokens beside the input; our input counts them.
_BESIDE_INPUT = {"cache_read_input_tokens": "cacheReadTokens", "cache_creation_input_tokens": "cacheWriteTokens"}

_COUNTS = frozenset({"inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens"})


def read_usage(frozen: object) -> dict[str, Any] | None:
    """Return the usage of a model call as the server reads it, from a frozen mapping; unknown counts are kept."""
    if not isinstance(frozen, Mapping):
        return None
    given = cast("Mapping[str, Any]", frozen)
    usage: dict[str, Any] = {}
    has_more = False
    for name, value in given.items():
        if name in _KINDS:
            usage[_KINDS[name]] = value
        elif name in _BESIDE_INPUT or name.endswith("_details"):
            has_more = True
        elif value is not None:
            usage[name] = value
    if has_more:
        _add_details(usage, given)
    for kind in [kind for kind, count in usage.items() if kind in _COUNTS and not _is_count(count)]:
        # The server would refuse the whole call for it.
        if usage.pop(kind) is not None:
            _notices.warn("usage", f"watchllm left out a token count that is not a whole number ≥ 0 ({kind})")
    return usage


def _add_details(usage: dict[str, Any], given: Mapping[str, Any]) -> None:
    for (part, name), kind in _DETAILS.items():
        details = given.get(part)
        if isinstance(details, Mapping) and (count := cast("Mapping[str, Any]", details).get(name)) is not None:
            usage[kind] = count
    for name, kind in _BESIDE_INPUT.items():
        count = given.get(name)
        if count is not None and _is_count(count):
            usage[kind] = count
            usage["inputTokens"] = (usage.get("inputTokens") or 0) + count


def _is_count(value: object) -> bool:
    if type(value) is int:
        return value >= 0
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 and value == int(value)
