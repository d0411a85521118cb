"""Claude Code and the Claude Agent SDK: spans `claude_code.*` with flat names; cached tokens are counted apart."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.dollars import read_dollars
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content
from watchllm_server.dialects.otlp.mapping.genai_usage import cached_apart
from watchllm_server.dialects.otlp.mapping.reading import count_of
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_PREFIX: Final = "claude_code."
# Parts of a tool's span, such as waiting for a person, are plain spans: the tool is called once.
_KINDS: Final[dict[str, EventType]] = {
    "interaction": "agent_action",
    "llm_request": "model_response",
    "tool": "tool_call",
    "subagent": "agent_action",
}
_COUNTS: Final = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_creation_tokens": "cache_write_tokens",
}
_INPUTS: Final[dict[EventType, tuple[str, ...]]] = {
    "agent_action": ("user_prompt", "prompt"),
    "model_response": ("new_context", "user_prompt"),
    "tool_call": ("tool_input", "tool_parameters", "full_command"),
}
_OUTPUTS: Final[dict[EventType, tuple[str, ...]]] = {
    "agent_action": ("response.model_output",),
    "model_response": ("response.model_output",),
    "tool_call": ("tool_output", "tool_result"),
}
_PLACES: Final[tuple[tuple[Side, dict[EventType, tuple[str, ...]]], ...]] = (("input", _INPUTS), ("output", _OUTPUTS))
_OUTPUT_EVENT: Final = "tool.output"


class ClaudeCode:
    """Implements `SpanMapper`."""

    name = "claude_code"
    signs = Signs(
        markers=frozenset({"span.type"}),
        scopes=frozenset({"com.anthropic.claude_code.tracing"}),
        name_prefix=_PREFIX,
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        kind = first_text(attributes, "span.type") or span.name.removeprefix(_PREFIX)
        event.type = _KINDS.get(kind, "span")
        requested = first_text(attributes, "model")
        fill(
            event,
            model=requested,
            model_requested=requested,
            provider="anthropic" if event.type == "model_response" else "",
            response_id=first_text(attributes, "request_id"),
            tool_name=first_text(attributes, "tool_name") if event.type == "tool_call" else "",
            agent_name=first_text(attributes, "agent_type", "agent_name", "subagent_type"),
        )
        if event.type == "model_response":
            # Under GenAI's names too they are Anthropic's numbers here.
            event.usage = _usage(attributes) or event.usage
            event.reported_cost_usd = event.reported_cost_usd or read_dollars(attributes.get("cost_usd"))
        if attributes.get("success") is False and event.status != "error":
            event.status = "error"
            event.status_message = event.status_message or first_text(attributes, "error", "error_type")
        return _map_content(span, event)


def _usage(attributes: dict[str, Any]) -> dict[str, int]:
    counts = {kind: count_of(attributes.get(name)) for name, kind in _COUNTS.items()}
    return cached_apart({kind: count for kind, count in counts.items() if count is not None})


def _map_content(span: Span, event: Event) -> set[str]:
    used: set[str] = set()
    for side, places in _PLACES:
        for key in places.get(event.type, ()):
            if fill_content(event, side, span.attributes.get(key)):
                used.add(key)
                break
    if event.type == "tool_call" and not event.output:
        for happened in span.events:
            if happened.name == _OUTPUT_EVENT:
                fill_content(event, "output", happened.attributes.get("output") or happened.attributes.get("content"))
    return used
