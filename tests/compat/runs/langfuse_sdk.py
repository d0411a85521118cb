# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""Langfuse's SDK: its drop-in for OpenAI, its decorator, context, a score, and the check of its credentials."""

import sys

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI

from tests.agents import task
from tests.compat.runs.openai_conversation import converse

client = OpenAI(base_url=sys.argv[1], api_key="loopback", max_retries=0)


def run_tool(function, arguments):
    """Run a tool inside an observation of its own."""
    return observe(name=function.__name__, as_type="tool")(function)(**arguments)


@observe(name="Plan a trip", as_type="agent")
def plan(question: str) -> str:
    """The agent."""
    with propagate_attributes(session_id=task.SESSION_ID, user_id=task.USER_ID, tags=["compat"]):
        answer = converse(client, run_tool)
        get_client().score_current_trace(name="helpful", value=0.9, comment="answers both questions")
    return answer


langfuse = get_client()
assert langfuse.auth_check()
print(plan(task.QUESTION))
langfuse.shutdown()
