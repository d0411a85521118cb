# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""OpenInference's instrumentation of LangChain and LangGraph."""

import sys

from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor

from tests.agents import task
from tests.compat.runs.langchain_agent import ask_agent
from tests.compat.runs.tracing import new_provider

provider = new_provider()
LangChainInstrumentor().instrument(tracer_provider=provider)
with using_attributes(session_id=task.SESSION_ID, user_id=task.USER_ID, tags=["compat"]):
    print(ask_agent(sys.argv[1]))
provider.shutdown()
