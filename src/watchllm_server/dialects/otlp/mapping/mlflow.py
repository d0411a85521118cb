"""MLflow's tracing over OTLP: a type, inputs and outputs as JSON, and the usage of a chat."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.bodies import answer_messages, request_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import (
    Side,
    fill,
    fill_content,
    fill_messages,
    fill_type,
    fill_usage,
)
from watchllm_server.dialects.otlp.mapping.reading import parsed, parsed_object, plain_text
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

_KINDS: Final[dict[str, EventType]] = {
    "LLM": "model_response",
    "CHAT_MODEL": "model_response",
    "EMBEDDING": "model_response",
    "RERANKER": "model_response",
    "AGENT": "agent_action",
    "TOOL": "tool_call",
    "RETRIEVER": "retrieval",
}
_SIDES: Final[tuple[tuple[Side, str], ...]] = (("input", "mlflow.spanInputs"), ("output", "mlflow.spanOutputs"))


class MLflow:
    """Implements `SpanMapper`."""

    name = "mlflow"
    signs = Signs(markers=frozenset({"mlflow.spanType", "mlflow.spanInputs", "mlflow.spanOutputs"}))

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        # Every value is JSON, so a text has quotes around it.
        fill_type(span, event, _KINDS.get(plain_text(attributes.get("mlflow.spanType"))))
        fill(
            event,
            model=plain_text(first_text(attributes, "mlflow.llm.model", "mlflow.chat.model")),
            provider=plain_text(first_text(attributes, "mlflow.llm.provider")),
            session_id=plain_text(first_text(attributes, "mlflow.trace.session")),
            user_id=plain_text(first_text(attributes, "mlflow.trace.user")),
            agent_name=event.name if event.type == "agent_action" else "",
            tool_name=event.name if event.type == "tool_call" else "",
        )
        fill_usage(event, read_usage_details(parsed_object(attributes.get("mlflow.chat.tokenUsage"))))
        used: set[str] = set()
        for side, key in _SIDES:
            if event.type != "model_response":
                is_filled = fill_content(event, side, attributes.get(key))
            else:
                read = request_messages if side == "input" else answer_messages
                is_filled = fill_messages(event, side, read(parsed(attributes.get(key))))
            used |= {key} if is_filled else set()
        return used
