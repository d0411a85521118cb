# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""OpenInference's instrumentation of OpenAI Agents, beside that of the OpenAI library: two spans for one call."""

import sys

from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

from tests.agents import task
from tests.compat.runs.openai_agents_agent import ask_agent
from tests.compat.runs.tracing import new_provider

provider = new_provider()
OpenAIInstrumentor().instrument(tracer_provider=provider)
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
with using_attributes(session_id=task.SESSION_ID, user_id=task.USER_ID, tags=["compat"]):
    print(ask_agent(sys.argv[1]))
provider.shutdown()
