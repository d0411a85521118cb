"""Spans of Anthropic's SDKs and of its API: GenAI's names, with what belongs to Anthropic beside them."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import fill, fill_type, fill_usage
from watchllm_server.dialects.otlp.mapping.genai_usage import cached_apart
from watchllm_server.dialects.otlp.mapping.reading import count_of
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_MESSAGES: Final = ("anthropic.messages.create", "anthropic.messages.stream", "anthropic.messages.parse")
_TOOL: Final = "anthropic.tool_use"
_COUNTS: Final = {
    "anthropic.usage.input_tokens": "input_tokens",
    "anthropic.usage.output_tokens": "output_tokens",
    "anthropic.usage.cache_read_input_tokens": "cache_read_tokens",
    "anthropic.usage.cache_creation_input_tokens": "cache_write_tokens",
}


class Anthropic:
    """Implements `SpanMapper`."""

    name = "anthropic"
    signs = Signs(
        markers=frozenset({"anthropic.request.id", "anthropic.organization.id", "anthropic.workspace.id"}),
        scopes=frozenset(
            {"com.anthropic.claude-platform", "com.anthropic.sdk.python", "com.anthropic.sdk.typescript"}
            | {f"com.anthropic.sdk.{name}" for name in ("java", "go", "ruby", "csharp", "php", "cli")}
        ),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        fill_type(span, event, _kind(span))
        fill(
            event,
            provider="anthropic",
            session_id=first_text(attributes, "anthropic.session.id"),
            tool_name=span.name.removeprefix(_TOOL).strip() if event.type == "tool_call" else "",
        )
        counts = {kind: count_of(attributes.get(name)) for name, kind in _COUNTS.items()}
        fill_usage(event, cached_apart({kind: count for kind, count in counts.items() if count is not None}))
        return set()


def _kind(span: Span) -> EventType | None:
    if span.name.startswith(_TOOL):
        return "tool_call"
    if span.name in _MESSAGES:
        return "model_response"
    # Any other method of the API, such as counting tokens, names a model and asks nothing of it.
    return "span" if span.name.startswith("anthropic.") else None
