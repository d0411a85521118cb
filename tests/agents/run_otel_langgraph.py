# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""Run a LangGraph agent under the official OpenTelemetry GenAI instrumentation, exporting by the environment.

Needs `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_HEADERS`. Run by
`python -m tests.agents.run_otel_langgraph LLM_URL` in the environment of `requirements-langgraph.txt`.
"""

import sys

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.agents import task


def run(llm_url: str) -> str:
    """Ask the agent once; returns its answer."""
    model = ChatOpenAI(model=task.MODEL, base_url=llm_url, api_key="loopback", temperature=0.2)
    graph = create_agent(
        model,
        tools=[tool(task.get_weather), tool(task.convert_to_dollars)],
        system_prompt=task.INSTRUCTIONS,
        name=task.AGENT_NAME,
    )
    config = {"configurable": {"thread_id": task.SESSION_ID}}
    result = graph.invoke({"messages": [("user", task.QUESTION)]}, config)
    return str(result["messages"][-1].content)


def main() -> None:
    """Instrument, run, flush."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    LangChainInstrumentor().instrument(tracer_provider=provider)
    print(run(sys.argv[1]))
    provider.shutdown()


if __name__ == "__main__":
    main()
