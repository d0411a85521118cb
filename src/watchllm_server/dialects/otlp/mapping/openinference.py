"""OpenInference (Arize Phoenix): flattened messages, documents and token counts."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.dollars import read_dollars
from watchllm_server.dialects.otlp.mapping.bodies import answer_messages, request_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import (
    Side,
    fill,
    fill_content,
    fill_messages,
    fill_tags,
    fill_type,
    fill_usage,
)
from watchllm_server.dialects.otlp.mapping.genai_usage import inclusive
from watchllm_server.dialects.otlp.mapping.openinference_content import documents, messages_under, texts_under
from watchllm_server.dialects.otlp.mapping.reading import count_of, parsed, parsed_object
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_KINDS: Final[dict[str, EventType]] = {
    "LLM": "model_response",
    "EMBEDDING": "model_response",
    "RERANKER": "model_response",
    "AGENT": "agent_action",
    "TOOL": "tool_call",
    "RETRIEVER": "retrieval",
    "CHAIN": "span",
    "GUARDRAIL": "span",
    "EVALUATOR": "span",
    "PROMPT": "span",
}
_MODELS: Final = ("llm.response.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name")
_COUNTS: Final = {
    "llm.token_count.prompt": "input_tokens",
    "llm.token_count.completion": "output_tokens",
    "llm.token_count.prompt_details.cache_read": "cache_read_tokens",
    "llm.token_count.prompt_details.cache_write": "cache_write_tokens",
    "llm.token_count.prompt_details.audio": "input_audio_tokens",
    "llm.token_count.completion_details.reasoning": "reasoning_tokens",
    "llm.token_count.completion_details.audio": "output_audio_tokens",
}


class OpenInference:
    """Implements `SpanMapper`."""

    name = "openinference"
    signs = Signs(
        markers=frozenset({"openinference.span.kind", "llm.token_count.prompt", "llm.model_name"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        fill_type(span, event, _KINDS.get(str(attributes.get("openinference.span.kind", "LLM")).upper()))
        requested = first_text(attributes, "llm.request.model_name")
        fill(
            event,
            model=first_text(attributes, *_MODELS) or requested,
            model_requested=requested,
            provider=first_text(attributes, "llm.provider", "llm.system"),
            agent_name=first_text(attributes, "agent.name", "graph.node.name")
            or (event.name if event.type == "agent_action" else ""),
            prompt_name=first_text(attributes, "llm.prompt_template.name", "prompt.id"),
            prompt_version=first_text(attributes, "llm.prompt_template.version"),
        )
        if event.type == "tool_call":
            fill(event, tool_name=first_text(attributes, "tool.name") or event.name)
        if event.type == "model_response":
            fill(event, response_id=_response_id(attributes))
        fill_tags(event, attributes.get("tag.tags"))
        counts = {kind: count_of(attributes.get(name)) for name, kind in _COUNTS.items()}
        fill_usage(event, inclusive({kind: count for kind, count in counts.items() if count is not None}))
        if event.reported_cost_usd is None:
            event.reported_cost_usd = read_dollars(attributes.get("llm.cost.total"))
        return _map_side(span, event, "input") | _map_side(span, event, "output")


def _response_id(attributes: dict[str, Any]) -> str:
    """Return the id of a provider's whole answer: nothing else of OpenInference has it."""
    answer = parsed_object(attributes.get("output.value"))
    return str(answer["id"]) if isinstance(answer.get("id"), str) and ("model" in answer or "usage" in answer) else ""


def _map_side(span: Span, event: Event, side: Side) -> set[str]:
    """Fill one side from the most telling of the places; the others stay attributes."""
    attributes = span.attributes
    if event.type == "model_response":
        messages, used = messages_under(attributes, f"llm.{side}_messages")
        if not messages:
            messages, used = texts_under(attributes, side)
        if fill_messages(event, side, messages):
            return used
    if event.type == "retrieval" and side == "output":
        found, used = documents(attributes, "retrieval.documents")
        if found and fill_content(event, side, found):
            return used
    return _map_value(attributes, event, side)


def _map_value(attributes: dict[str, Any], event: Event, side: Side) -> set[str]:
    keys = (f"{side}.value", "tool.parameters") if side == "input" and event.type == "tool_call" else (f"{side}.value",)
    for key in keys:
        if event.type == "model_response":
            read = request_messages if side == "input" else answer_messages
            if fill_messages(event, side, read(parsed(attributes.get(key)))):
                return {key}
        elif fill_content(event, side, attributes.get(key)):
            return {key}
    return set()
