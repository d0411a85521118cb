"""Token counts of GenAI spans under every name they have had, as our kinds; input includes cached tokens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from watchllm_server.dialects.dollars import read_dollars
from watchllm_server.dialects.otlp.mapping.reading import MAX_COUNT, count_of

# Each kind's names without `gen_ai.usage.`, the newest first.
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "input_tokens": ("input_tokens", "prompt_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens"),
    "cache_read_tokens": (
        "cache_read.input_tokens", "cache_read_input_tokens", "details.cache_read_tokens",
        "details.cache_read_input_tokens", "input_tokens.cached", "input_token_details.cache_read",
    ),
    "cache_write_tokens": (
        "cache_write.input_tokens", "cache_creation.input_tokens", "cache_creation_input_tokens",
        "cache_write_input_tokens", "details.cache_write_tokens", "details.cache_creation_input_tokens",
        "input_tokens.cache_write", "input_token_details.cache_creation",
    ),
    "reasoning_tokens": (
        "reasoning.output_tokens", "reasoning_tokens", "details.reasoning_tokens", "output_tokens.reasoning",
        "output_token_details.reasoning",
    ),
    "input_audio_tokens": (
        "audio.input_tokens", "details.input_audio_tokens", "input_token_details.audio",
    ),
    "output_audio_tokens": (
        "audio.output_tokens", "details.output_audio_tokens", "output_token_details.audio",
    ),
    "cache_audio_read_tokens": ("audio.cache_read.input_tokens", "details.cache_audio_read_tokens"),
}  # fmt: skip
_NAMES: Final = [(f"gen_ai.usage.{name}", kind) for kind, names in _KINDS.items() for name in names]
# By name: how newer ones come before older ones, with the name and the kind.
_RANKED: Final = {name: (rank, name, kind) for rank, (name, kind) in enumerate(_NAMES)}
_KNOWN: Final = frozenset(_RANKED)
_COSTS: Final = ("gen_ai.usage.cost", "operation.cost", "gen_ai.cost.total_cost")


def read_usage(attributes: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are whole numbers ≥ 0; others stay attributes and count nothing."""
    # One look at the attributes, however many names there are: most spans have two of them or none.
    found = _KNOWN.intersection(attributes)
    usage: dict[str, int] = {}
    for _, name, kind in sorted(map(_RANKED.__getitem__, found)):
        if kind not in usage and (count := count_of(attributes[name])) is not None:
            usage[kind] = count
    return inclusive(usage)


def inclusive(usage: dict[str, int]) -> dict[str, int]:
    """Add cached tokens to an input that cannot include them: some emitters count them apart."""
    cached = usage.get("cache_read_tokens", 0) + usage.get("cache_write_tokens", 0)
    if cached and cached > usage.get("input_tokens", 0):
        usage["input_tokens"] = usage.get("input_tokens", 0) + cached
    return usage


def cached_apart(usage: dict[str, int]) -> dict[str, int]:
    """Add cached tokens to the input of an emitter that always counts them apart, as Anthropic's API does."""
    cached = usage.get("cache_read_tokens", 0) + usage.get("cache_write_tokens", 0)
    total = usage.get("input_tokens", 0) + cached
    return {**usage, "input_tokens": total} if cached and total <= MAX_COUNT else usage


def read_cost(attributes: dict[str, Any]) -> Decimal | None:
    """Return what the sender says the call cost, in dollars."""
    for key in _COSTS:
        if key in attributes and (cost := read_dollars(attributes[key])) is not None:
            return cost
    return None
