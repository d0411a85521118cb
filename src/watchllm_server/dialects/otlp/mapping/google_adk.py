"""Google's Agent Development Kit: GenAI's names for who and how much, Gemini's own bodies for what was said."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.bodies import answer_messages, request_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content, fill_messages, fill_usage
from watchllm_server.dialects.otlp.mapping.reading import parsed_object
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event

_PREFIX: Final = "gcp.vertex.agent."
_BODIES: Final[tuple[tuple[Side, str], ...]] = (
    ("input", f"{_PREFIX}llm_request"),
    ("output", f"{_PREFIX}llm_response"),
)
_VALUES: Final[tuple[tuple[Side, str], ...]] = (
    ("input", f"{_PREFIX}tool_call_args"),
    ("output", f"{_PREFIX}tool_response"),
)


class GoogleAdk:
    """Implements `SpanMapper`."""

    name = "google_adk"
    signs = Signs(
        markers=frozenset({f"{_PREFIX}session_id", *(key for _, key in (*_BODIES, *_VALUES))}),
        scopes=frozenset({"gcp.vertex.agent"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        fill(event, session_id=first_text(span.attributes, f"{_PREFIX}session_id"))
        if event.type == "tool_call":
            return {key for side, key in _VALUES if fill_content(event, side, span.attributes.get(key))}
        return _map_call(span, event) if event.type == "model_response" else set()


def _map_call(span: Span, event: Event) -> set[str]:
    used: set[str] = set()
    for side, key in _BODIES:
        # On spans of other kinds it writes an empty object.
        body = parsed_object(span.attributes.get(key))
        read = request_messages if side == "input" else answer_messages
        if body and fill_messages(event, side, read(body)):
            used.add(key)
        fill_usage(event, read_usage_details(parsed_object(body.get("usage_metadata"))))
    return used
