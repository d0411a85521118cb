"""From a span's attributes to an event: every dialect that the span speaks, the newest convention first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchllm_server.dialects.otlp.mapping.anthropic import Anthropic
from watchllm_server.dialects.otlp.mapping.claude_code import ClaudeCode
from watchllm_server.dialects.otlp.mapping.contract import SpanMapper
from watchllm_server.dialects.otlp.mapping.first_token import first_token_us
from watchllm_server.dialects.otlp.mapping.genai import OtelGenAI
from watchllm_server.dialects.otlp.mapping.google_adk import GoogleAdk
from watchllm_server.dialects.otlp.mapping.langfuse import Langfuse
from watchllm_server.dialects.otlp.mapping.langsmith import LangSmith
from watchllm_server.dialects.otlp.mapping.litellm import LiteLLM
from watchllm_server.dialects.otlp.mapping.mcp import Mcp
from watchllm_server.dialects.otlp.mapping.mlflow import MLflow
from watchllm_server.dialects.otlp.mapping.openinference import OpenInference
from watchllm_server.dialects.otlp.mapping.openllmetry import OpenLLMetry
from watchllm_server.dialects.otlp.mapping.plain import map_common, map_resource
from watchllm_server.dialects.otlp.mapping.pydantic_ai import PydanticAI
from watchllm_server.dialects.otlp.mapping.vercel_ai import VercelAI
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event

_GENAI: Final = OtelGenAI()
_GENAI_ALONE: Final[tuple[SpanMapper, ...]] = (_GENAI,)
# In this order: what an emitter says of its own span comes before what is set on every span around it.
EMITTERS: Final[tuple[SpanMapper, ...]] = (
    LangSmith(), ClaudeCode(), VercelAI(), LiteLLM(), OpenInference(), OpenLLMetry(), PydanticAI(), GoogleAdk(),
    MLflow(), Mcp(), Anthropic(), Langfuse(),
)  # fmt: skip
# One look at a span says that it speaks none of them, as most do that speak GenAI.
_GENAI_MARKERS: Final = _GENAI.signs.markers
_MARKERS: Final = frozenset[str]().union(*(mapper.signs.markers for mapper in EMITTERS))
_SCOPES: Final = frozenset[str]().union(*(mapper.signs.scopes for mapper in EMITTERS))
_PLAIN: Final = "otel"


def map_span(span: Span, event: Event) -> set[str]:
    """Fill the event and return the attributes that are now in `input` or `output`; never raises."""
    map_common(span, event)
    mappers = _mappers_of(span)
    used: set[str] = set()
    for mapper in mappers:
        try:
            used |= mapper.map(span, event)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
            # A mapper's mistake must not lose a span: its attributes are kept as they came.
            event.notes.append(f"mapping_failed:{type(error).__name__}")
    # The emitter is named, and of several the first: GenAI's names are what they have in common.
    event.dialect = mappers[1 if len(mappers) > 1 and mappers[0] is _GENAI else 0].name if mappers else _PLAIN
    if event.type == "model_response":
        event.first_token_us = first_token_us(span)
    map_resource(span, event)
    return used


def _mappers_of(span: Span) -> Sequence[SpanMapper]:
    """Return the mappers whose dialects the span speaks, GenAI's first."""
    attributes = span.attributes
    is_genai = not _GENAI_MARKERS.isdisjoint(attributes)
    if _MARKERS.isdisjoint(attributes) and span.resource.scope_name not in _SCOPES:
        return _GENAI_ALONE if is_genai else ()
    emitters = [mapper for mapper in EMITTERS if mapper.signs.are_on(span)]
    return [*_GENAI_ALONE, *emitters] if is_genai else emitters
