# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""Traceloop's SDK (OpenLLMetry) with its decorators and association properties."""

import sys

from openai import OpenAI
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import tool, workflow

from tests.agents import task
from tests.compat.runs.openai_conversation import converse

Traceloop.init(app_name="trip-planner", disable_batch=False, telemetry_enabled=False)
Traceloop.set_association_properties({"session_id": task.SESSION_ID, "user_id": task.USER_ID})
client = OpenAI(base_url=sys.argv[1], api_key="loopback", max_retries=0)


def run_tool(function, arguments):
    """Run a tool inside a span of its own."""
    return tool(name=function.__name__)(function)(**arguments)


@workflow(name="Plan a trip")
def plan(question: str) -> str:
    """The workflow."""
    return converse(client, run_tool)


print(plan(task.QUESTION))
from opentelemetry import trace  # noqa: E402 - the provider is made by init

trace.get_tracer_provider().shutdown()
