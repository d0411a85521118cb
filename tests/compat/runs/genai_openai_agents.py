# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The official OpenTelemetry GenAI instrumentation of OpenAI Agents, beside that of the OpenAI library."""

import sys

from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor

from tests.compat.runs.openai_agents_agent import ask_agent
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
OpenAIInstrumentor().instrument(tracer_provider=provider)
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider, disable_openai_trace_export=True)
with trip_span():
    print(ask_agent(sys.argv[1]))
provider.shutdown()
