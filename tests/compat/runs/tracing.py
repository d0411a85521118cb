# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""OpenTelemetry as a user sets it up: exported by the environment alone."""

from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.agents import task


def new_provider() -> TracerProvider:
    """Return the tracer provider of the process, exporting by OTLP over HTTP."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def trip_span(**attributes: str):
    """Open the application's own root span, with session and end user."""
    tracer = trace.get_tracer("trip-planner")
    known = {"session.id": task.SESSION_ID, "user.id": task.USER_ID, **attributes}
    with tracer.start_as_current_span("Plan a trip", attributes=known) as span:
        yield span
