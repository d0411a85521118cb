# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The official OpenTelemetry GenAI instrumentation of the OpenAI library."""

import sys

from openai import OpenAI
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

from tests.compat.runs.openai_conversation import converse
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
OpenAIInstrumentor().instrument(tracer_provider=provider)
with trip_span():
    print(converse(OpenAI(base_url=sys.argv[1], api_key="loopback", max_retries=0)))
provider.shutdown()
