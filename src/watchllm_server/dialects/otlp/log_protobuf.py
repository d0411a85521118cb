"""Decodes OTLP log requests in protobuf; it never looks at what a record means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from watchllm_server.dialects.otlp.log_record import LogRecord, joined_ids, record_id
from watchllm_server.dialects.otlp.protobuf import values
from watchllm_server.dialects.otlp.span import Resource
from watchllm_server.errors import BadRequest


def parse(body: bytes) -> ExportLogsServiceRequest:
    """Read the request. Raises BadRequest for anything that is not one."""
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise BadRequest("the body is not an ExportLogsServiceRequest", code="bad_protobuf") from None
    if body and not request.resource_logs:
        raise BadRequest("the body is not an ExportLogsServiceRequest", code="bad_protobuf")
    return request


def records(request: ExportLogsServiceRequest, *, names_only: bool = False) -> Iterator[LogRecord]:
    """Yield every record in order."""
    for resource_logs in request.resource_logs:
        attributes = values(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            scope = scope_logs.scope
            resource = Resource(attributes, scope.name, scope.version)
            shared = _bytes_of(resource_logs.resource) + _bytes_of(scope)
            for record in scope_logs.log_records:
                yield _record(record, resource, shared, names_only=names_only)


def _record(record: Any, resource: Resource, shared: bytes, *, names_only: bool) -> LogRecord:
    trace_id, span_id = joined_ids(record.trace_id.hex(), record.span_id.hex())
    content = _bytes_of(record)
    attributes = {} if names_only else values(record.attributes)
    return LogRecord(
        trace_id=trace_id,
        span_id=span_id,
        time_ns=record.time_unix_nano or record.observed_time_unix_nano,
        event_id=record_id(trace_id, span_id, content, shared),
        size=len(content),
        severity_number=record.severity_number,
        severity_text=record.severity_text,
        event_name=record.event_name or _text(attributes.get("event.name")),
        body=None if names_only else values([KeyValue(key="body", value=record.body)])["body"],
        attributes=attributes,
        resource=resource,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _bytes_of(message: Any) -> bytes:
    return message.SerializeToString(deterministic=True)
