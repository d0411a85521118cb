# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""LangSmith's SDK in its OpenTelemetry mode, set up by the environment, around a LangGraph agent."""

import sys

from langsmith import Client, traceable

from tests.agents import task
from tests.compat.runs.langchain_agent import ask_agent


@traceable(name="Plan a trip", tags=["compat"])
def plan(question: str) -> str:
    """The application's own root."""
    metadata = {"session_id": task.SESSION_ID, "user_id": task.USER_ID}
    return ask_agent(sys.argv[1], metadata=metadata)


client = Client()
print(
    plan(
        task.QUESTION,
        langsmith_extra={"client": client, "metadata": {"session_id": task.SESSION_ID, "user_id": task.USER_ID}},
    )
)
client.flush()
from opentelemetry import trace  # noqa: E402 - the provider is made by the client

provider = trace.get_tracer_provider()
if hasattr(provider, "force_flush"):
    provider.force_flush()
