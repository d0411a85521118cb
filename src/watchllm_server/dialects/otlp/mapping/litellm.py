"""LiteLLM's own callback: one span of the gateway in GenAI's names, around one of the raw request."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import fill, fill_tags, fill_type, fill_usage
from watchllm_server.dialects.otlp.mapping.reading import python_object
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType

# The kinds of calls that ask a model, as `litellm.completion` and its asynchronous twin name them.
_CALLS: Final = frozenset(
    {"chat", "completion", "text_completion", "embedding", "embeddings", "rerank", "responses", "anthropic_messages",
     "generate_content", "image_generation", "transcription", "speech", "moderation"}
)  # fmt: skip
_REQUEST: Final = "litellm_request"
# Its parameters and answer are `llm.<provider>.*`: they stay attributes, and the span around it counts.
_RAW: Final = "raw_gen_ai_request"


class LiteLLM:
    """Implements `SpanMapper`."""

    name = "litellm"
    signs = Signs(
        markers=frozenset({"litellm.call_id", "llm.is_streaming", "llm.user", "hidden_params"}),
        scopes=frozenset({"litellm"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        fill_type(span, event, _kind(span))
        fill(
            event,
            session_id=first_text(attributes, "metadata.session_id", "metadata.trace_session_id"),
            user_id=first_text(
                attributes, "llm.user", "gen_ai.request.user", "metadata.user_api_key_end_user_id",
                "metadata.user_api_key_user_id",
            ),
        )  # fmt: skip
        fill_tags(event, attributes.get("metadata.tags"))
        if event.type == "model_response":
            # The only place that has its cached tokens.
            fill_usage(event, read_usage_details(python_object(attributes.get("metadata.usage_object"))))
        return set()


def _kind(span: Span) -> EventType | None:
    if span.name == _RAW:
        return "span"
    operation = first_text(span.attributes, "gen_ai.operation.name", "llm.request.type")
    is_call = operation in _CALLS or operation.removeprefix("a") in _CALLS
    return "model_response" if is_call or (span.name == _REQUEST and not operation) else None
