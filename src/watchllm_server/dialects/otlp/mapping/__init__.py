"""The mappers, in the order in which they are asked; the last one takes everything."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.contract import SpanMapper
from watchllm_server.dialects.otlp.mapping.genai import OtelGenAI
from watchllm_server.dialects.otlp.mapping.plain import PlainSpan

MAPPERS: Final[tuple[SpanMapper, ...]] = (OtelGenAI(), PlainSpan())
