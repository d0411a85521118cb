"""The clients in the order of the table, each with the tree that must be seen of it."""

from __future__ import annotations

from tests.agents import task
from tests.compat.clients import Client, Expected, langfuse, langsmith, litellm, otel, otel_events, otel_node, traceloop

_OTEL = "opentelemetry-instrumentation-genai"
_OPENINFERENCE = "openinference-instrumentation"
# OpenInference does not await the answer of an asynchronous client that it was given raw; nothing is lost by it.
_UNAWAITED = ("AsyncAPIResponse.parse", "response.parse()", "_finish_tracing(", "Enable tracemalloc")

_GENAI_OPENAI = """
span Plan a trip
  model_response chat gpt-4o-mini
  model_response chat gpt-4o-mini
  model_response chat gpt-4o-mini
  model_response embeddings text-embedding-3-small
"""
_GENAI_OPENAI_EVENTS = """
span Plan a trip
  model_response chat gpt-4o-mini
    message gen_ai.client.inference.operation.details
  model_response chat gpt-4o-mini
    message gen_ai.client.inference.operation.details
  model_response chat gpt-4o-mini
    message gen_ai.client.inference.operation.details
  model_response embeddings text-embedding-3-small
"""
_GENAI_ANTHROPIC = """
span Plan a trip
  model_response chat claude-haiku-4-5
    model_response anthropic.messages.create
  model_response chat claude-haiku-4-5
    model_response anthropic.messages.create
"""
_AGENT = """
span Plan a trip
  agent_action invoke_agent Travel planner
    model_response chat gpt-4o-mini
    tool_call execute_tool get_weather
    tool_call execute_tool convert_to_dollars
    model_response chat gpt-4o-mini
"""
_GENAI_OPENAI_AGENTS = """
span Plan a trip
  agent_action invoke_workflow Plan a trip
    agent_action invoke_agent Travel planner
      model_response chat gpt-4o-mini
      tool_call execute_tool get_weather
      tool_call execute_tool convert_to_dollars
      model_response chat gpt-4o-mini
"""
_OPENINFERENCE_OPENAI = """
span Plan a trip
  model_response ChatCompletion
  model_response ChatCompletion
  model_response Response
  model_response CreateEmbeddings
"""
_OPENINFERENCE_ANTHROPIC = """
span Plan a trip
  model_response messages.create
    model_response anthropic.messages.create
  model_response messages.stream
  model_response anthropic.messages.create
"""
_OPENINFERENCE_LANGCHAIN = """
span Travel planner
  span model
    model_response ChatOpenAI
  span tools
    tool_call get_weather
  span tools
    tool_call convert_to_dollars
  span model
    model_response ChatOpenAI
"""
_OPENINFERENCE_OPENAI_AGENTS = """
agent_action Plan a trip
  span Plan a trip
    agent_action Travel planner
      span turn
        model_response response
          model_response Response
        tool_call get_weather
        tool_call convert_to_dollars
      span turn
        model_response response
          model_response Response
"""
_ANTHROPIC = """
span Plan a trip
  model_response anthropic.messages.create
  model_response anthropic.messages.create
"""
_TRACELOOP = """
agent_action Plan a trip.workflow
  model_response openai.chat
  tool_call get_weather.tool
  tool_call convert_to_dollars.tool
  model_response openai.chat
  model_response openai.response
  model_response openai.embeddings
"""
_LANGFUSE = """
agent_action Plan a trip
  model_response OpenAI-generation
  tool_call get_weather
  tool_call convert_to_dollars
  model_response OpenAI-generation
  model_response OpenAI-generation
  model_response OpenAI-embedding
eval_metric helpful
"""
_LANGSMITH = """
span Plan a trip
  span Travel planner
    span model
      model_response ChatOpenAI
    span tools
      tool_call get_weather
    span tools
      tool_call convert_to_dollars
    span model
      model_response ChatOpenAI
"""
_LITELLM = """
span Plan a trip
  model_response litellm_request
    span raw_gen_ai_request
  model_response litellm_request
    span raw_gen_ai_request
"""
_MCP = """
span Plan a trip
  span MCP send server/discover
    span server/discover
  span MCP send tools/list
    span tools/list
  tool_call MCP send tools/call convert_to_dollars
    tool_call tools/call convert_to_dollars
"""
_AI_SDK = """
span Plan a trip
  agent_action invoke_agent gpt-4o-mini
    agent_action step 1
      model_response chat gpt-4o-mini
      tool_call execute_tool get_weather
      tool_call execute_tool convert_to_dollars
    agent_action step 2
      model_response chat gpt-4o-mini
"""
_OTEL_JS = """
span Plan a trip
  model_response chat gpt-4o-mini
  tool_call execute_tool get_weather
  tool_call execute_tool convert_to_dollars
  model_response chat gpt-4o-mini
"""

CLIENTS: tuple[Client, ...] = (
    Client("genai-openai", f"{_OTEL}-openai", "genai_openai", otel, Expected(_GENAI_OPENAI, tools=0)),
    Client(
        "genai-openai-events",
        f"{_OTEL}-openai",
        "genai_openai_events",
        otel_events,
        Expected(_GENAI_OPENAI_EVENTS, tools=0),
        environment="genai-openai",
    ),
    Client("genai-anthropic", f"{_OTEL}-anthropic", "genai_anthropic", otel, Expected(_GENAI_ANTHROPIC, tools=0)),
    Client("genai-langchain", f"{_OTEL}-langchain", "genai_langchain", otel, Expected(_AGENT, agent=task.AGENT_NAME)),
    Client(
        "genai-openai-agents",
        f"{_OTEL}-openai-agents",
        "genai_openai_agents",
        otel,
        Expected(_GENAI_OPENAI_AGENTS, agent=task.AGENT_NAME),
    ),
    Client(
        "openinference-openai",
        f"{_OPENINFERENCE}-openai",
        "openinference_openai",
        otel,
        Expected(_OPENINFERENCE_OPENAI, tools=0),
    ),
    Client(
        "openinference-anthropic",
        f"{_OPENINFERENCE}-anthropic",
        "openinference_anthropic",
        otel,
        Expected(_OPENINFERENCE_ANTHROPIC, tools=0),
    ),
    Client(
        "openinference-langchain",
        f"{_OPENINFERENCE}-langchain",
        "openinference_langchain",
        otel,
        # LangChain hands a tool of one parameter the bare text, and this is what the client sends.
        Expected(_OPENINFERENCE_LANGCHAIN, weather="Lisbon"),
    ),
    Client(
        "openinference-openai-agents",
        f"{_OPENINFERENCE}-openai-agents",
        "openinference_openai_agents",
        otel,
        Expected(_OPENINFERENCE_OPENAI_AGENTS, agent=task.AGENT_NAME),
        allowed_words=_UNAWAITED,
    ),
    Client("anthropic", "anthropic", "anthropic_native", otel, Expected(_ANTHROPIC, tools=0)),
    Client("traceloop", "traceloop-sdk", "traceloop_sdk", traceloop, Expected(_TRACELOOP)),
    Client("langfuse", "langfuse", "langfuse_sdk", langfuse, Expected(_LANGFUSE, scores=("helpful",))),
    Client("langsmith", "langsmith", "langsmith_otel", langsmith, Expected(_LANGSMITH)),
    Client(
        "litellm",
        "litellm",
        "litellm_otel",
        litellm,
        Expected(_LITELLM, tools=0),
        allowed_words=("Proxy Server is not installed",),
    ),
    Client("pydantic-ai", "pydantic-ai-slim", "pydantic_ai_agent", otel, Expected(_AGENT, agent=task.AGENT_NAME)),
    # The library sends neither arguments nor results; client and server have a span each.
    Client("mcp", "mcp", "mcp_tools", otel, Expected(_MCP, tools=2, weather=None, has_calls=False)),
    Client(
        "ai-sdk", "ai", "ai_sdk", otel_node, Expected(_AI_SDK, agent=task.AGENT_NAME, is_ordered=False), is_node=True
    ),
    Client(
        "otel-js", "@opentelemetry/sdk-node", "otel_js", otel_node, Expected(_OTEL_JS, is_ordered=False), is_node=True
    ),
)
