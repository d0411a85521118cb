"""OpenTelemetry GenAI, current names and the ones they replaced."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.genai_content import input_messages, output_messages
from watchllm_server.dialects.otlp.mapping.genai_events import happened_on, said_messages, sent_messages, with_carried
from watchllm_server.dialects.otlp.mapping.genai_usage import read_cost, read_usage
from watchllm_server.dialects.otlp.mapping.reading import as_json, dumps, parsed
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType, preview
from watchllm_server.model.messages import JsonObject, shown_input, shown_output

# gen_ai.operation.name → event type; any other operation stays a span.
OPERATIONS: Final[dict[str, EventType]] = {
    "chat": "model_response",
    "generate_content": "model_response",
    "text_completion": "model_response",
    "completion": "model_response",
    "chat.completions": "model_response",
    "text.completions": "model_response",
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
    """Implements `SpanMapper` for spans with `gen_ai.*` attributes; asked first, and so fills without asking."""

    name = "otel_genai"
    signs = Signs(
        markers=frozenset(
            {"gen_ai.operation.name", "gen_ai.system", "gen_ai.provider.name", *_MODEL_KEYS, "gen_ai.tool.name"}
        ),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = with_carried(span) if span.events else span.attributes
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
        if event.type in _INPUT_TEXTS:
            return _map_texts(span, attributes, event)
        return _map_messages(span, attributes, event)


def event_type(attributes: dict[str, Any]) -> EventType:
    """Return the type that the operation says, else the one that the other attributes suggest."""
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str):
        return OPERATIONS.get(operation, "span")
    if "gen_ai.tool.name" in attributes:
        return "tool_call"
    return "model_response" if any(key in attributes for key in _MODEL_KEYS) else "span"


def _map_messages(span: Span, attributes: dict[str, Any], event: Event) -> set[str]:
    sent, used_in = input_messages(span, attributes)
    said, used_out = output_messages(span, attributes)
    if sent:
        event.input = dumps(sent)
        event.input_preview = preview(shown_input(sent))
    if said:
        event.output = dumps(said)
        event.output_preview = preview(shown_output(said))
    return used_in | used_out


def _map_texts(span: Span, attributes: dict[str, Any], event: Event) -> set[str]:
    """Fill input and output of a tool call or a retrieval; a text that is not JSON becomes a JSON text."""
    used: set[str] = set()
    for keys, side in ((_INPUT_TEXTS[event.type], "input"), (_OUTPUT_TEXTS[event.type], "output")):
        key = next((key for key in keys if key in attributes), None)
        if key is not None:
            _set_text(event, side, attributes[key])
            used.add(key)
    if event.type == "tool_call":
        event.tool_name = event.tool_name or event.name[:256]
        _map_tool_events(span, event)
    return used


def _map_tool_events(span: Span, event: Event) -> None:
    """Read what some emitters say in events: what the tool was given is a message to it, its result a choice."""
    if span.events and not (event.input and event.output):
        happened = happened_on(span)
        for side, messages in (("input", sent_messages(happened)), ("output", said_messages(happened))):
            if messages and not getattr(event, side):
                _set_text(event, side, _only_value(messages[-1]))


def _only_value(message: JsonObject) -> Any:
    parts: list[Any] = message["parts"]
    if len(parts) != 1:
        return parts
    return parsed(parts[0].get("content", parts[0].get("response", parts[0])))


def _set_text(event: Event, side: str, value: Any) -> None:
    text = as_json(value)
    setattr(event, side, text)
    shown = parsed(text) if text.startswith('"') else text
    setattr(event, f"{side}_preview", preview(str(shown)))
