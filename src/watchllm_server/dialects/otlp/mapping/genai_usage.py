"""Token counts of GenAI spans under every name they have had, as our kinds; input includes cached tokens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from watchllm_server.dialects.dollars import read_dollars

# Larger counts are no counts: a row's number must stay exact in JSON.
_MAX: Final = 2**53
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
    ),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
    ),
    "input_audio_tokens": ("gen_ai.usage.audio.input_tokens",),
    "output_audio_tokens": ("gen_ai.usage.audio.output_tokens",),
    "cache_audio_read_tokens": ("gen_ai.usage.audio.cache_read.input_tokens",),
}
_COSTS: Final = ("gen_ai.usage.cost", "operation.cost", "gen_ai.cost.total_cost")


def read_usage(attributes: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are whole numbers ≥ 0; others stay attributes and count nothing."""
    usage: dict[str, int] = {}
    for kind, keys in _KINDS.items():
        for key in keys:
            if key in attributes and (count := _count(attributes[key])) is not None:
                usage[kind] = count
                break
    return inclusive(usage)


def inclusive(usage: dict[str, int]) -> dict[str, int]:
    """Add cached tokens to an input that cannot include them: some emitters count them apart."""
    cached = usage.get("cache_read_tokens", 0) + usage.get("cache_write_tokens", 0)
    if cached and cached > usage.get("input_tokens", 0):
        usage["input_tokens"] = usage.get("input_tokens", 0) + cached
    return usage


def _count(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 16 and value.isdecimal():
        value = int(value)
    if isinstance(value, int | float) and 0 <= value <= _MAX and value == int(value):
        return int(value)
    return None


def read_cost(attributes: dict[str, Any]) -> Decimal | None:
    """Return what the sender says the call cost, in dollars."""
    for key in _COSTS:
        cost = read_dollars(attributes.get(key))
        if cost is not None:
            return cost
    return None
