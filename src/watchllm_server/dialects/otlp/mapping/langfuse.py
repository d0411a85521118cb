"""Langfuse's SDKs: observations of a type, with usage and cost as JSON; what it says of the trace is on every span."""

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
from watchllm_server.dialects.otlp.mapping.reading import parsed, parsed_object, plain_text
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_OBSERVATION: Final = "langfuse.observation."
_KINDS: Final[dict[str, EventType]] = {
    "generation": "model_response",
    "embedding": "model_response",
    "agent": "agent_action",
    "tool": "tool_call",
    "retriever": "retrieval",
    "span": "span",
    "event": "span",
    "chain": "span",
    "evaluator": "span",
    "guardrail": "span",
}


class Langfuse:
    """Implements `SpanMapper`."""

    name = "langfuse"
    signs = Signs(
        markers=frozenset(
        {
            "langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output",
            "langfuse.trace.name", "langfuse.trace.input", "langfuse.trace.output", "langfuse.trace.tags",
            "langfuse.session.id", "langfuse.user.id", "langfuse.environment", "langfuse.release",
        }
    ),
        scopes=frozenset({"langfuse-sdk"}),
    )  # fmt: skip

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        fill_type(span, event, _KINDS.get(first_text(attributes, f"{_OBSERVATION}type").lower()))
        fill(
            event,
            session_id=first_text(attributes, "langfuse.session.id"),
            user_id=first_text(attributes, "langfuse.user.id"),
            model=plain_text(first_text(attributes, f"{_OBSERVATION}model.name")),
            # Its wrapper of OpenAI's client names its spans so, and says no provider.
            provider="openai" if span.name.startswith("OpenAI-") else "",
            prompt_name=first_text(attributes, f"{_OBSERVATION}prompt.name"),
            prompt_version=first_text(attributes, f"{_OBSERVATION}prompt.version"),
            agent_name=event.name if event.type == "agent_action" else "",
            tool_name=event.name if event.type == "tool_call" else "",
        )
        fill(event, limit=64, environment=first_text(attributes, "langfuse.environment"))
        fill(event, limit=64, release=first_text(attributes, "langfuse.release"))
        fill_tags(event, attributes.get("langfuse.trace.tags"))
        fill_usage(event, read_usage_details(parsed_object(attributes.get(f"{_OBSERVATION}usage_details"))))
        _map_cost(attributes, event)
        _map_status(attributes, event)
        return _map_side(attributes, event, "input") | _map_side(attributes, event, "output")


def _map_cost(attributes: dict[str, Any], event: Event) -> None:
    costs = parsed_object(attributes.get(f"{_OBSERVATION}cost_details"))
    if not costs or event.reported_cost_usd is not None:
        return
    amounts = [amount for cost in costs.values() if (amount := read_dollars(cost)) is not None]
    total = read_dollars(costs["total"]) if "total" in costs else read_dollars(str(sum(amounts)))
    event.reported_cost_usd = total


def _map_status(attributes: dict[str, Any], event: Event) -> None:
    if first_text(attributes, f"{_OBSERVATION}level") == "ERROR":
        event.status = "error"
    event.status_message = event.status_message or first_text(attributes, f"{_OBSERVATION}status_message")


def _map_side(attributes: dict[str, Any], event: Event, side: Side) -> set[str]:
    """Fill one side from the observation, else from what is said of its trace."""
    for key in (f"{_OBSERVATION}{side}", f"langfuse.trace.{side}"):
        if event.type == "model_response":
            read = request_messages if side == "input" else answer_messages
            if fill_messages(event, side, read(parsed(attributes.get(key)))):
                return {key}
        elif fill_content(event, side, attributes.get(key)):
            return {key}
    return set()
