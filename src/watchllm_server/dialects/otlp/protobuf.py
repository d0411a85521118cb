"""Decodes OTLP protobuf into spans; it never looks at what the attributes mean."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchllm_server.dialects.otlp.span import Resource, Span, SpanEvent
from watchllm_server.errors import BadRequest


def parse(body: bytes) -> ExportTraceServiceRequest:
    """Read the request. Raises BadRequest for anything that is not one."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise BadRequest("the body is not an ExportTraceServiceRequest", code="bad_protobuf") from None
    # Bytes of another kind parse as unknown fields: a body without one span that was not empty is another message.
    if body and not request.resource_spans:
        raise BadRequest("the body is not an ExportTraceServiceRequest", code="bad_protobuf")
    return request


def raw_spans(request: ExportTraceServiceRequest) -> Iterator[Any]:
    """Yield the protobuf spans in order."""
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield from scope_spans.spans


def spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """Yield every span in order, decoded."""
    for resource_spans in request.resource_spans:
        attributes = values(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            resource = Resource(attributes, scope_spans.scope.name, scope_spans.scope.version)
            for span in scope_spans.spans:
                yield _span(span, resource)


def _span(span: Any, resource: Resource) -> Span:
    status = span.status
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        name=span.name,
        kind=span.kind,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=values(span.attributes),
        status_code=status.code,
        status_message=status.message,
        events=[SpanEvent(e.name, e.time_unix_nano, values(e.attributes)) for e in span.events],
        links=[_link(link) for link in span.links],
        resource=resource,
        trace_state=span.trace_state,
        dropped_attributes=span.dropped_attributes_count,
    )


def _link(link: Any) -> dict[str, Any]:
    return {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex(), "attributes": values(link.attributes)}


def values(pairs: Iterable[Any]) -> dict[str, Any]:
    """Return key-values as a dict; of a repeated key the last one counts, an empty key is dropped."""
    found: dict[str, Any] = {}
    for pair in pairs:
        if key := pair.key:
            value = pair.value
            # Nearly all of them are texts, and asking for the text costs less than asking for the kind.
            found[key] = value.string_value or _value(value, value.WhichOneof("value"))
    return found


def _value(value: Any, kind: str | None) -> Any:
    if kind == "string_value":
        return value.string_value
    if kind is None or kind == "string_value_strindex":
        # The latter is a place in a table that requests of profiles alone have: never a number of the sender.
        return None
    if kind == "array_value":
        return [_value(item, item.WhichOneof("value")) for item in value.array_value.values]
    if kind == "kvlist_value":
        return values(value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "double_value":
        return value.double_value if math.isfinite(value.double_value) else _not_finite(value.double_value)
    return getattr(value, kind)


def _not_finite(value: float) -> str:
    """Return the text that OTLP JSON has for it: JSON has no such number."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
