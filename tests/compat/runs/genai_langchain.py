# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The official OpenTelemetry GenAI instrumentation of LangChain and LangGraph."""

import sys

from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor

from tests.agents import task
from tests.compat.runs.langchain_agent import ask_agent
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
LangChainInstrumentor().instrument(tracer_provider=provider)
with trip_span():
    print(ask_agent(sys.argv[1], configurable={"thread_id": task.SESSION_ID}))
provider.shutdown()
