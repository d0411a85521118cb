"""How long a model call took to its first piece of an answer, as each family of emitters says it."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.duration import MAX_DURATION_US
from watchllm_server.dialects.otlp.mapping.reading import plain_text
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.times import from_rfc3339

# Attribute → microseconds in one of its units.
_DURATIONS: Final = {
    "gen_ai.response.time_to_first_chunk": 1_000_000,
    "gen_ai.server.time_to_first_token": 1_000_000,
    "ai.response.msToFirstChunk": 1_000,
    "ai.stream.msToFirstChunk": 1_000,
}
_COMPLETION_START: Final = "langfuse.observation.completion_start_time"
# The names of the events that OpenInference and LangSmith put at that moment.
_EVENTS: Final = frozenset({"First Token Stream Event", "new_token"})


def first_token_us(span: Span) -> int | None:
    """Return the microseconds from the span's start to the first token, None where nobody says it or it cannot be."""
    found = _from_attributes(span)
    if found is None and span.events:
        first_ns = min((event.time_ns for event in span.events if event.name in _EVENTS), default=None)
        found = None if first_ns is None else (first_ns - span.start_ns) // 1_000
    return found if found is not None and 0 <= found <= MAX_DURATION_US else None


def _from_attributes(span: Span) -> int | None:
    attributes = span.attributes
    for key, unit_us in _DURATIONS.items():
        if key in attributes and (value := _number(attributes[key])) is not None:
            # Compared before it is multiplied: infinity has no integer.
            return round(value * unit_us) if 0 <= value <= MAX_DURATION_US else None
    if _COMPLETION_START not in attributes:
        return None
    try:
        return from_rfc3339(plain_text(attributes[_COMPLETION_START])) - span.start_ns // 1_000
    except (ValueError, OverflowError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
