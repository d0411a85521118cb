# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""Run an OpenAI Agents agent under the official OpenTelemetry GenAI instrumentation, exporting by the environment.

Needs `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_HEADERS`; prints the trace id. Run by
`python -m tests.agents.run_otel_agent LLM_URL` in the environment of `requirements-openai-agents.txt`.
"""

import asyncio
import sys

from openai import AsyncOpenAI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, RunConfig, Runner, function_tool
from tests.agents import task


async def run(llm_url: str) -> str:
    """Ask the agent once; returns its answer."""
    client = AsyncOpenAI(base_url=llm_url, api_key="loopback", max_retries=0)
    agent = Agent(
        name=task.AGENT_NAME,
        instructions=task.INSTRUCTIONS,
        tools=[function_tool(task.get_weather), function_tool(task.convert_to_dollars)],
        model=OpenAIChatCompletionsModel(task.MODEL, client),
        model_settings=ModelSettings(temperature=0.2),
    )
    config = RunConfig(workflow_name="Plan a trip", group_id=task.SESSION_ID)
    result = await Runner.run(agent, task.QUESTION, run_config=config)
    await client.close()
    return str(result.final_output)


def main() -> None:
    """Instrument, run, flush."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    OpenAIAgentsInstrumentor().instrument(tracer_provider=provider, disable_openai_trace_export=True)
    print(asyncio.run(run(sys.argv[1])))
    provider.shutdown()


if __name__ == "__main__":
    main()
