"""Usage as providers' clients report it, in one object: the counts of OpenAI, Anthropic, Gemini, LangChain, Langfuse.

Who counts cached tokens inside the input is told by the names: OpenAI and LangChain do and give the details in an
object of their own; Anthropic and Langfuse count every kind apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from watchllm_server.dialects.otlp.mapping.genai_usage import cached_apart, inclusive
from watchllm_server.dialects.otlp.mapping.reading import MAX_COUNT, count_of

# Names in the order in which they are believed, nested ones behind a dot.
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "input_tokens": (
        "input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "promptTokenCount", "prompt_token_count",
        "input",
    ),
    "output_tokens": (
        "output_tokens", "completion_tokens", "outputTokens", "completionTokens", "candidatesTokenCount",
        "candidates_token_count", "output",
    ),
    "cache_read_tokens": (
        "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "input_token_details.cache_read",
        "cache_read_input_tokens", "cacheReadInputTokens", "input_cached_tokens", "input_cache_read",
        "cachedContentTokenCount", "cached_content_token_count", "cache_read_tokens",
    ),
    "cache_write_tokens": (
        "input_token_details.cache_creation", "cache_creation_input_tokens", "cacheCreationInputTokens",
        "cacheWriteInputTokens", "input_cache_creation", "input_cache_write", "cache_creation_tokens",
    ),
    "cache_write_5m_tokens": ("cache_creation.ephemeral_5m_input_tokens", "input_cache_creation_5m"),
    "cache_write_1h_tokens": ("cache_creation.ephemeral_1h_input_tokens", "input_cache_creation_1h"),
    "reasoning_tokens": (
        "completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens",
        "output_token_details.reasoning", "output_reasoning_tokens", "output_reasoning", "reasoning_tokens",
        "thoughtsTokenCount", "thoughts_token_count",
    ),
    "input_audio_tokens": (
        "prompt_tokens_details.audio_tokens", "input_token_details.audio", "input_audio_tokens", "input_audio",
    ),
    "output_audio_tokens": (
        "completion_tokens_details.audio_tokens", "output_token_details.audio", "output_audio_tokens", "output_audio",
    ),
}  # fmt: skip
# Anthropic's and Bedrock's own names: their input never includes what was cached. `prompt_tokens` beside them is of a
# gateway that adds them up.
_APART: Final = (
    "cache_read_input_tokens", "cache_creation_input_tokens", "cacheReadInputTokens", "cacheWriteInputTokens",
)  # fmt: skip
# Langfuse's names: `input` and `output` are what no other kind of theirs counts.
_PLAIN: Final = ("input", "output")


def read_usage_details(details: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts that are whole numbers ≥ 0, as our kinds."""
    flat = dict(_flat(details))
    usage: dict[str, int] = {}
    for kind, names in _KINDS.items():
        if (count := next((flat[name] for name in names if name in flat), None)) is not None:
            usage[kind] = count
    split = usage.get("cache_write_5m_tokens", 0) + usage.get("cache_write_1h_tokens", 0)
    if split:
        usage.setdefault("cache_write_tokens", split)
    if any(name in flat for name in _PLAIN):
        return inclusive(_with_parts(usage, flat))
    is_apart = "prompt_tokens" not in flat and any(name in flat for name in _APART)
    return cached_apart(usage) if is_apart else inclusive(usage)


def _flat(details: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in details.items():
        if isinstance(value, Mapping):
            inside = cast(Mapping[str, Any], value).items()
            yield from ((f"{name}.{key}", count) for key, one in inside if (count := count_of(one)) is not None)
        elif (count := count_of(value)) is not None:
            yield name, count


def _with_parts(usage: dict[str, int], flat: Mapping[str, int]) -> dict[str, int]:
    """Add to `input` and `output` the kinds that are counted beside them, unless the total says otherwise."""
    whole = {name: flat.get(name, 0) for name in _PLAIN}
    parts = {name: sum(count for key, count in flat.items() if key.startswith(f"{name}_")) for name in _PLAIN}
    parts["input"] += sum(flat.get(name, 0) for name in _APART)
    if flat.get("total") == sum(whole.values()):
        parts = dict.fromkeys(_PLAIN, 0)
    for name in _PLAIN:
        kind = f"{name}_tokens"
        if name in flat and kind not in flat and whole[name] + parts[name] <= MAX_COUNT:
            usage[kind] = whole[name] + parts[name]
    return usage
