"""Decodes OTLP log requests in JSON; values are read as those of traces are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.otlp.json import values
from watchllm_server.dialects.otlp.log_record import LogRecord, joined_ids, record_id
from watchllm_server.dialects.otlp.span import Resource
from watchllm_server.errors import BadRequest

_HEX: Final = frozenset("0123456789abcdef")


def parse(body: bytes) -> dict[str, Any]:
    """Read the request. Raises BadRequest for anything that is not one."""
    try:
        decoded: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg}", code="bad_json", details={"offset": error.pos}) from None
    if not isinstance(decoded, dict):
        raise BadRequest("the body is not an ExportLogsServiceRequest", code="bad_json")
    request = cast(dict[str, Any], decoded)
    if request.get("resourceSpans") or request.get("resourceMetrics"):
        raise BadRequest("the body carries traces or metrics, not logs", code="bad_request")
    return request


def records(request: dict[str, Any]) -> Iterator[LogRecord]:
    """Yield every record in order. Raises BadRequest for values that are nested too deeply."""
    for record, scope_logs, resource_logs in raw_records(request):
        resource = _object(resource_logs.get("resource"))
        scope = _object(scope_logs.get("scope"))
        described = Resource(values(resource.get("attributes")), _text(scope.get("name")), _text(scope.get("version")))
        yield _record(record, described, _bytes_of([resource, scope]))


def raw_records(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Yield every record as it was sent, with what stands around it."""
    for resource_logs in _objects(request.get("resourceLogs")):
        for scope_logs in _objects(resource_logs.get("scopeLogs")):
            for record in _objects(scope_logs.get("logRecords")):
                yield record, scope_logs, resource_logs


def _record(record: dict[str, Any], resource: Resource, shared: bytes) -> LogRecord:
    trace_id, span_id = joined_ids(_hex(record.get("traceId")), _hex(record.get("spanId")))
    content = _bytes_of(record)
    attributes = values(record.get("attributes"))
    return LogRecord(
        trace_id=trace_id,
        span_id=span_id,
        time_ns=_integer(record.get("timeUnixNano")) or _integer(record.get("observedTimeUnixNano")),
        event_id=record_id(trace_id, span_id, content, shared),
        size=len(content),
        severity_number=_integer(record.get("severityNumber")),
        severity_text=_text(record.get("severityText")),
        event_name=_text(record.get("eventName")) or _text(attributes.get("event.name")),
        body=values([{"key": "body", "value": record.get("body")}])["body"],
        attributes=attributes,
        resource=resource,
    )


def _bytes_of(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # The encoder takes 254 levels, the decoder more.
        raise BadRequest("a log record is nested too deeply") from None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in cast(list[Any], value) if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _hex(value: Any) -> str:
    lowered = value.lower() if isinstance(value, str) else ""
    return lowered if _HEX.issuperset(lowered) else ""


def _integer(value: Any) -> int:
    """Return a number ≥ 0 given as such or as text, 0 for what is none."""
    # 20 digits hold every 64-bit number; int() of millions of digits would take minutes.
    if isinstance(value, str) and len(value) <= 20 and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
