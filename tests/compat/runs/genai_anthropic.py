# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The official OpenTelemetry GenAI instrumentation of the Anthropic library, which has spans of its own too."""

import sys

from anthropic import Anthropic
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor

from tests.compat.runs.anthropic_conversation import converse
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
AnthropicInstrumentor().instrument(tracer_provider=provider)
with trip_span():
    print(converse(Anthropic(base_url=sys.argv[2], api_key="loopback", max_retries=0)))
provider.shutdown()
