"""Reads token usage in our names and in those of the OpenAI and Anthropic clients; never guesses a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from watchllm import _notices

# Ours, as sent; each is also read in snake case.
_KINDS = {
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
    for name, value in given.items():
        if value is not None and name not in _BESIDE_INPUT and not name.endswith("_details"):
            usage[_KINDS.get(name, name)] = value
    for (part, name), kind in _DETAILS.items():
        details = given.get(part)
        if isinstance(details, Mapping) and (count := cast("Mapping[str, Any]", details).get(name)) is not None:
            usage[kind] = count
    for name, kind in _BESIDE_INPUT.items():
        count = given.get(name)
        if _is_count(count):
            usage[kind] = count
            usage["inputTokens"] = usage.get("inputTokens", 0) + count
    wrong = [kind for kind in _COUNTS & usage.keys() if not _is_count(usage[kind])]
    for kind in wrong:
        # The server would refuse the whole call for it.
        del usage[kind]
        _notices.warn("usage", f"watchllm left out a token count that is not a whole number ≥ 0 ({kind})")
    return usage


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 and value == int(value)
