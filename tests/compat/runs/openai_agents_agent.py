# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""The OpenAI Agents agent of the clients that watch that framework, on the Responses API."""

import asyncio

from openai import AsyncOpenAI

from agents import Agent, ModelSettings, OpenAIResponsesModel, RunConfig, Runner, function_tool
from tests.agents import task


def ask_agent(llm_url: str) -> str:
    """Ask the agent once; returns its answer."""
    return asyncio.run(_ask(llm_url))


async def _ask(llm_url: str) -> str:
    client = AsyncOpenAI(base_url=llm_url, api_key="loopback", max_retries=0)
    agent = Agent(
        name=task.AGENT_NAME,
        instructions=task.INSTRUCTIONS,
        tools=[function_tool(task.get_weather), function_tool(task.convert_to_dollars)],
        model=OpenAIResponsesModel(task.MODEL, client),
        model_settings=ModelSettings(temperature=0.2),
    )
    config = RunConfig(workflow_name="Plan a trip", group_id=task.SESSION_ID)
    streamed = Runner.run_streamed(agent, task.QUESTION, run_config=config)
    async for _ in streamed.stream_events():
        pass
    await client.close()
    return str(streamed.final_output)
