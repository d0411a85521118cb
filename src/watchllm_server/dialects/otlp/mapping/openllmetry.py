"""OpenLLMetry (Traceloop): workflows, tasks, agents and tools around calls that speak OpenTelemetry GenAI."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content, fill_messages, fill_type, fill_usage
from watchllm_server.dialects.otlp.mapping.indexed import collect_indexed
from watchllm_server.dialects.otlp.mapping.reading import count_of
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_KINDS: Final[dict[str, EventType]] = {
    "workflow": "agent_action",
    "agent": "agent_action",
    "tool": "tool_call",
    "task": "span",
    "chat": "model_response",
    "completion": "model_response",
    "embedding": "model_response",
    "rerank": "model_response",
}
_PROPERTIES: Final = "traceloop.association.properties."
# The names before GenAI's: `llm.prompts.0.content`.
_OLD_PLACES: Final[tuple[tuple[Side, str, str], ...]] = (
    ("input", "llm.prompts.", "user"),
    ("output", "llm.completions.", "assistant"),
)
_COUNTS: Final = {
    "llm.usage.prompt_tokens": "input_tokens",
    "llm.usage.completion_tokens": "output_tokens",
    "llm.usage.cache_read_input_tokens": "cache_read_tokens",
    "llm.usage.cache_creation_input_tokens": "cache_write_tokens",
    "llm.usage.reasoning_tokens": "reasoning_tokens",
}


class OpenLLMetry:
    """Implements `SpanMapper`."""

    name = "openllmetry"
    signs = Signs(
        markers=frozenset(
        {
            "traceloop.span.kind", "traceloop.entity.name", "traceloop.workflow.name", "llm.request.type",
            "llm.request.model", f"{_PROPERTIES}session_id", f"{_PROPERTIES}user_id",
        }
    ),
    )  # fmt: skip

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        kind = first_text(attributes, "traceloop.span.kind", "llm.request.type").lower()
        fill_type(span, event, _KINDS.get(kind))
        name = first_text(attributes, "traceloop.entity.name", "traceloop.workflow.name")
        requested = first_text(attributes, "llm.request.model")
        fill(
            event,
            session_id=first_text(attributes, f"{_PROPERTIES}session_id"),
            user_id=first_text(attributes, f"{_PROPERTIES}user_id"),
            model=first_text(attributes, "llm.response.model") or requested,
            model_requested=requested,
            provider=first_text(attributes, "llm.vendor"),
            agent_name=name if event.type == "agent_action" else "",
            tool_name=(name or event.name) if event.type == "tool_call" else "",
            prompt_name=first_text(attributes, "traceloop.prompt.key"),
            prompt_version=first_text(attributes, "traceloop.prompt.version", "traceloop.prompt.version_name"),
        )
        counts = {kind: count_of(attributes.get(name)) for name, kind in _COUNTS.items()}
        fill_usage(event, {kind: count for kind, count in counts.items() if count is not None})
        return _map_content(attributes, event)


def _map_content(attributes: dict[str, Any], event: Event) -> set[str]:
    used: set[str] = set()
    for side, prefix, role in _OLD_PLACES:
        items, keys = collect_indexed(attributes, prefix)
        if fill_messages(event, side, [m for item in items for m in to_messages(item, role)]):
            used |= keys
        key = f"traceloop.entity.{side}"
        if fill_content(event, side, attributes.get(key)):
            used.add(key)
    return used
