"""LangSmith's SDK in OpenTelemetry mode: runs of a kind, whose whole request and answer stand in GenAI's old names."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.otlp.mapping.bodies import answer_messages, request_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content, fill_messages, fill_tags, fill_usage
from watchllm_server.dialects.otlp.mapping.reading import parsed, parsed_object, python_object
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_KINDS: Final[dict[str, EventType]] = {
    "llm": "model_response",
    "embedding": "model_response",
    "tool": "tool_call",
    "retriever": "retrieval",
    "chain": "span",
    "prompt": "span",
    "parser": "span",
}
_METADATA: Final = "langsmith.metadata."
_PLACES: Final[tuple[tuple[Side, str], ...]] = (("input", "gen_ai.prompt"), ("output", "gen_ai.completion"))


class LangSmith:
    """Implements `SpanMapper`."""

    name = "langsmith"
    signs = Signs(
        markers=frozenset({"langsmith.span.kind", "langsmith.span.id", "langsmith.trace.name"}),
        scopes=frozenset({"langsmith"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        # Over GenAI's operation: it calls retrievers `embeddings` and prompts `chat`.
        event.type = _KINDS.get(first_text(attributes, "langsmith.span.kind").lower(), event.type)
        if event.provider in ("", "langchain"):
            event.provider = first_text(attributes, f"{_METADATA}ls_provider")[:256]
        requested = first_text(attributes, f"{_METADATA}ls_model_name")
        session_keys = (f"{_METADATA}{name}" for name in ("session_id", "thread_id", "conversation_id"))
        fill(
            event,
            model_requested=requested,
            model=requested,
            session_id=first_text(attributes, *session_keys),
            user_id=first_text(attributes, f"{_METADATA}user_id"),
            tool_name=event.name if event.type == "tool_call" else "",
        )
        fill_tags(event, attributes.get("langsmith.span.tags"))
        if event.type == "model_response":
            fill_usage(event, _usage(attributes))
        return _map_content(attributes, event)


def _usage(attributes: dict[str, Any]) -> dict[str, int]:
    keys = ("input_token_details", "output_token_details")
    details = {key: found for key in keys if (found := python_object(attributes.get(f"gen_ai.usage.{key}")))}
    return read_usage_details({**parsed_object(attributes.get(f"{_METADATA}usage_metadata")), **details})


def _map_content(attributes: dict[str, Any], event: Event) -> set[str]:
    """Read request and answer anew: as GenAI's old names they would be one message each."""
    used: set[str] = set()
    for side, key in _PLACES:
        if key not in attributes or f"gen_ai.{side}.messages" in attributes:
            continue
        before = getattr(event, side)
        setattr(event, side, "")
        if event.type != "model_response":
            is_filled = fill_content(event, side, attributes[key])
        else:
            read = request_messages if side == "input" else answer_messages
            is_filled = fill_messages(event, side, read(parsed(attributes[key])))
        if is_filled:
            used.add(key)
        else:
            setattr(event, side, before)
    return used
