# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The same instrumentation with the content in events: it comes by /v1/logs, metrics by /v1/metrics."""

import sys

from openai import OpenAI
from opentelemetry import _logs, metrics
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from tests.compat.runs.openai_conversation import converse
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
logger_provider = LoggerProvider()
logger_provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
_logs.set_logger_provider(logger_provider)
meter_provider = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])
metrics.set_meter_provider(meter_provider)
OpenAIInstrumentor().instrument(
    tracer_provider=provider, logger_provider=logger_provider, meter_provider=meter_provider
)
with trip_span():
    print(converse(OpenAI(base_url=sys.argv[1], api_key="loopback", max_retries=0)))
provider.shutdown()
logger_provider.shutdown()
meter_provider.shutdown()
