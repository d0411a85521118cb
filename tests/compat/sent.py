"""What the bodies of a client promise to be in the store: the ids of every span and record that it sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.compat.recorder import Exchange


def spans_of(exchanges: Sequence[Exchange]) -> dict[str, set[str]]:
    """Return the span ids of each trace id, as the client sent them."""
    found: dict[str, set[str]] = {}
    for exchange in exchanges:
        if exchange.method == "POST" and exchange.path.endswith("/v1/traces"):
            for trace_id, span_id in _ids(exchange):
                found.setdefault(trace_id, set()).add(span_id)
    return found


def others_of(exchanges: Sequence[Exchange]) -> int:
    """Return how many log records and scores with a trace were sent beside the spans."""
    count = 0
    for exchange in exchanges:
        if exchange.path.endswith("/v1/logs"):
            request = ExportLogsServiceRequest.FromString(exchange.plain)
            scopes = [scope for resource in request.resource_logs for scope in resource.scope_logs]
            count += sum(bool(record.trace_id) for scope in scopes for record in scope.log_records)
        elif exchange.path.endswith("/scores"):
            posted: Any = json.loads(exchange.plain)
            count += len(posted) if isinstance(posted, list) else 1  # pyright: ignore[reportUnknownArgumentType]
    return count


def _ids(exchange: Exchange) -> Iterator[tuple[str, str]]:
    if exchange.content_type.startswith("application/json"):
        request: Any = json.loads(exchange.plain)
        for resource in request["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                yield from ((span["traceId"], span["spanId"]) for span in scope["spans"])
        return
    for resource in ExportTraceServiceRequest.FromString(exchange.plain).resource_spans:
        for scope in resource.scope_spans:
            yield from ((span.trace_id.hex(), span.span_id.hex()) for span in scope.spans)
