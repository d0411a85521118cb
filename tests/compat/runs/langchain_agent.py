# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The LangGraph agent of the clients that watch LangChain, streamed by the model."""

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from tests.agents import task


def ask_agent(llm_url: str, **config) -> str:
    """Ask the agent once; returns its answer."""
    model = ChatOpenAI(
        model=task.MODEL, base_url=llm_url, api_key="loopback", temperature=0.2, streaming=True, stream_usage=True
    )
    graph = create_agent(
        model,
        tools=[tool(task.get_weather), tool(task.convert_to_dollars)],
        system_prompt=task.INSTRUCTIONS,
        name=task.AGENT_NAME,
    )
    result = graph.invoke({"messages": [("user", task.QUESTION)]}, config)
    return str(result["messages"][-1].content)
