"""OpenTelemetry GenAI, current names and the ones they replaced."""

from __future__ import annotations

from typing import Any, Final

import orjson

from watchllm_server.dialects.otlp.mapping.genai_content import input_messages, output_messages
from watchllm_server.dialects.otlp.mapping.genai_usage import read_cost, read_usage
from watchllm_server.dialects.otlp.mapping.plain import first_text, map_common
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event, EventType, preview
from watchllm_server.model.messages import shown_input, shown_output

# gen_ai.operation.name → event type; any other operation stays a span.
OPERATIONS: Final[dict[str, EventType]] = {
    "chat": "model_response",
    "generate_content": "model_response",
    "text_completion": "model_response",
    "completion": "model_response",
    "embeddings": "model_response",
    "embedding": "model_response",
    "rerank": "model_response",
    "execute_tool": "tool_call",
    "retrieval": "retrieval",
    "create_agent": "agent_action",
    "invoke_agent": "agent_action",
    "invoke_workflow": "agent_action",
    "agent_step": "agent_action",
    "plan": "agent_action",
}
_MODEL_KEYS: Final = ("gen_ai.request.model", "gen_ai.response.model")
_INPUT_TEXTS: Final[dict[EventType, tuple[str, ...]]] = {
    "tool_call": ("gen_ai.tool.call.arguments", "gen_ai.tool.arguments"),
    "retrieval": ("gen_ai.retrieval.query.text", "gen_ai.retrieval.query"),
}
_OUTPUT_TEXTS: Final[dict[EventType, tuple[str, ...]]] = {
    "tool_call": ("gen_ai.tool.call.result", "gen_ai.tool.result"),
    "retrieval": ("gen_ai.retrieval.documents",),
}


class OtelGenAI:
    """Implements `SpanMapper` for spans with `gen_ai.*` attributes."""

    name = "otel_genai"

    def claims(self, span: Span) -> bool:
        attributes = span.attributes
        return "gen_ai.operation.name" in attributes or any(
            key in attributes for key in ("gen_ai.system", "gen_ai.provider.name", *_MODEL_KEYS, "gen_ai.tool.name")
        )

    def map(self, span: Span, event: Event) -> frozenset[str]:
        map_common(span, event)
        attributes = span.attributes
        event.type = event_type(attributes)
        event.model_requested = first_text(attributes, "gen_ai.request.model")[:256]
        event.model = (first_text(attributes, "gen_ai.response.model") or event.model_requested)[:256]
        event.provider = first_text(attributes, "gen_ai.provider.name", "gen_ai.system")[:256]
        event.response_id = first_text(attributes, "gen_ai.response.id")[:256]
        event.agent_name = first_text(attributes, "gen_ai.agent.name", "gen_ai.workflow.name")[:256]
        event.tool_name = first_text(attributes, "gen_ai.tool.name")[:256]
        event.prompt_name = first_text(attributes, "gen_ai.prompt.name")[:256]
        event.prompt_version = first_text(attributes, "gen_ai.prompt.version")[:256]
        event.usage = read_usage(attributes)
        event.reported_cost_usd = read_cost(attributes)
        return self._map_content(span, event)

    def _map_content(self, span: Span, event: Event) -> frozenset[str]:
        if event.type in _INPUT_TEXTS:
            return _map_texts(span.attributes, event)
        sent, used_in = input_messages(span)
        said, used_out = output_messages(span)
        if sent:
            event.input = _dumps(sent)
            event.input_preview = preview(shown_input(sent))
        if said:
            event.output = _dumps(said)
            event.output_preview = preview(shown_output(said))
        return frozenset(used_in | used_out)


def event_type(attributes: dict[str, Any]) -> EventType:
    """Return the type that the operation says, else the one that the other attributes suggest."""
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str):
        return OPERATIONS.get(operation, "span")
    if "gen_ai.tool.name" in attributes:
        return "tool_call"
    return "model_response" if any(key in attributes for key in _MODEL_KEYS) else "span"


def _map_texts(attributes: dict[str, Any], event: Event) -> frozenset[str]:
    """Fill input and output of a tool call or a retrieval; a text that is not JSON becomes a JSON text."""
    used: set[str] = set()
    for keys, field in ((_INPUT_TEXTS[event.type], "input"), (_OUTPUT_TEXTS[event.type], "output")):
        for key in keys:
            if key in attributes:
                text = _as_json(attributes[key])
                setattr(event, field, text)
                setattr(event, f"{field}_preview", preview(_unquoted(text)))
                used.add(key)
                break
    if event.type == "tool_call" and not event.tool_name:
        event.tool_name = event.name[:256]
    return frozenset(used)


def _as_json(value: Any) -> str:
    if not isinstance(value, str):
        return _dumps(value)
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return _dumps(value)
    return value


def _unquoted(text: str) -> str:
    return str(orjson.loads(text)) if text.startswith('"') else text


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
