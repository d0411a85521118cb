"""Fills an event's fields where no newer convention has: what is there already stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.bodies import shown_value
from watchllm_server.dialects.otlp.mapping.canonical import canonical_messages
from watchllm_server.dialects.otlp.mapping.genai import OPERATIONS
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_parts
from watchllm_server.dialects.otlp.mapping.genai_usage import inclusive
from watchllm_server.dialects.otlp.mapping.reading import as_json, dumps, parsed
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event, EventType, preview
from watchllm_server.model.messages import JsonObject, shown_input, shown_output

Side = Literal["input", "output"]
_SPEAKERS: Final = {"input": "user", "output": "assistant"}
# Whose input and output are a question and an answer, not a conversation.
_WITHOUT_MESSAGES: Final = frozenset({"tool_call", "retrieval"})


def fill_type(span: Span, event: Event, kind: EventType | None) -> None:
    """Set the type that a dialect says, unless OpenTelemetry's own operation says one."""
    if kind is not None and span.attributes.get("gen_ai.operation.name") not in OPERATIONS:
        event.type = kind


def fill(event: Event, limit: int = 256, **fields: str) -> None:
    """Set the texts that are empty so far, each cut to the length of its column."""
    for name, value in fields.items():
        if value and not getattr(event, name):
            setattr(event, name, value[:limit])


def fill_tags(event: Event, tags: Any) -> None:
    """Set the tags, given as a list, as JSON text of one, or as words between commas."""
    found = parsed(tags)
    if isinstance(found, str):
        found = found.split(",")
    if isinstance(found, list) and not event.tags:
        words = [tag.strip() for tag in cast(list[Any], found) if isinstance(tag, str)]
        event.tags = [word[:256] for word in words if word][:50]


def fill_usage(event: Event, usage: Mapping[str, int]) -> None:
    """Add the kinds of tokens that nobody has counted so far."""
    if usage:
        event.usage = inclusive({**usage, **event.usage})


def fill_content(event: Event, side: Side, value: Any) -> bool:
    """Set input or output from any value, as messages where it is a conversation; tells whether it did."""
    if getattr(event, side) or (found := parsed(value)) is None:
        return False
    if event.type == "model_response" or (event.type not in _WITHOUT_MESSAGES and _is_conversation(found)):
        messages = canonical_messages(value) or canonical_parts(to_messages(found, _SPEAKERS[side]))
        return fill_messages(event, side, messages)
    setattr(event, side, as_json(value))
    setattr(event, f"{side}_preview", preview(shown_value(found)))
    return True


def fill_messages(event: Event, side: Side, messages: list[JsonObject]) -> bool:
    """Set input or output from canonical messages; tells whether it did."""
    if not messages or getattr(event, side):
        return False
    setattr(event, side, dumps(messages))
    shown = shown_input(messages) if side == "input" else shown_output(messages)
    setattr(event, f"{side}_preview", preview(shown))
    return True


def _is_conversation(value: Any) -> bool:
    """Tell whether a value is a list of messages and nothing else."""
    if not isinstance(value, list) or not value:
        return False
    items = cast(list[Any], value)
    return all(isinstance(item, dict) and isinstance(cast(JsonObject, item).get("role"), str) for item in items)
