# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""Pydantic AI with Logfire's set-up, exporting by the environment."""

import sys

import logfire
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.agents import task
from tests.compat.runs.tracing import trip_span

logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()
model = OpenAIChatModel(task.MODEL, provider=OpenAIProvider(base_url=sys.argv[1], api_key="loopback"))
agent = Agent(
    model, name=task.AGENT_NAME, instructions=task.INSTRUCTIONS, tools=[task.get_weather, task.convert_to_dollars]
)
with trip_span():
    print(agent.run_stream_sync(task.QUESTION, conversation_id=task.SESSION_ID).get_output())
logfire.shutdown()
