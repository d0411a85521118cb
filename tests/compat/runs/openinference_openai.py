# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""OpenInference's instrumentation of the OpenAI library, with its own context of session and user."""

import sys

from openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

from tests.agents import task
from tests.compat.runs.openai_conversation import converse
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
OpenAIInstrumentor().instrument(tracer_provider=provider)
with using_attributes(session_id=task.SESSION_ID, user_id=task.USER_ID, tags=["compat"]), trip_span():
    print(converse(OpenAI(base_url=sys.argv[1], api_key="loopback", max_retries=0)))
provider.shutdown()
