"""What the routes of the OTLP signals do not share: formats, words and answers of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"


@dataclass(frozen=True)
class Signal:
    """A signal whose elements become events. `rejected` names the count of a partial success, in both encodings."""

    element: str
    formats: Mapping[str, str]
    rejected_json: str
    rejected_field: str
    new_response: Callable[[], Any]


TRACES: Final = Signal(
    element="span",
    formats={PROTOBUF: "otlp.traces.protobuf", JSON: "otlp.traces.json"},
    rejected_json="rejectedSpans",
    rejected_field="rejected_spans",
    new_response=ExportTraceServiceResponse,
)
LOGS: Final = Signal(
    element="log record",
    formats={PROTOBUF: "otlp.logs.protobuf", JSON: "otlp.logs.json"},
    rejected_json="rejectedLogRecords",
    rejected_field="rejected_log_records",
    new_response=ExportLogsServiceResponse,
)
