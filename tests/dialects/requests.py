"""Builds OTLP requests from plain values, as protobuf and as OTLP JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.dialects.reading import JSON, LIMITS, NOW_NS, PROTOBUF, events_of

from watchllm_server.dialects.contract import Limits
from watchllm_server.model.event import Event

TRACE_ID: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID: Final = "b7ad6b7169203331"
PARENT_ID: Final = "00f067aa0ba902b7"
_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


def request_of(
    *spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None, scope: tuple[str, str] = ("", "")
) -> ExportTraceServiceRequest:
    """Return a request of one resource and scope; a span is given by the keywords of `_add_span`."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    _fill(resource_spans.resource.attributes, resource or {})
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = scope
    for span in spans:
        _add_span(scope_spans, **span)
    return request


def _add_span(
    scope_spans: Any,
    *,
    trace_id: str = TRACE_ID,
    span_id: str = SPAN_ID,
    parent_id: str = "",
    name: str = "",
    kind: int = 0,
    start_ns: int = NOW_NS,
    end_ns: int = NOW_NS + 1_500_000_000,
    attributes: Mapping[str, Any] | None = None,
    status: tuple[int, str] = (0, ""),
    events: Sequence[tuple[str, Mapping[str, Any]]] = (),
    links: Sequence[tuple[str, str]] = (),
    dropped_attributes: int = 0,
) -> None:
    span = scope_spans.spans.add(
        trace_id=bytes.fromhex(trace_id),
        span_id=bytes.fromhex(span_id),
        parent_span_id=bytes.fromhex(parent_id),
        name=name,
        kind=kind,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=end_ns,
        dropped_attributes_count=dropped_attributes,
    )
    _fill(span.attributes, attributes or {})
    span.status.code, span.status.message = status
    for event_name, event_attributes in events:
        _fill(span.events.add(name=event_name, time_unix_nano=start_ns + 1).attributes, event_attributes)
    for link_trace, link_span in links:
        span.links.add(trace_id=bytes.fromhex(link_trace), span_id=bytes.fromhex(link_span))


def _fill(attributes: Any, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        _set(attributes.add(key=key).value, value)


def _set(place: Any, value: Any) -> None:
    if value is None:
        place.SetInParent()
    elif isinstance(value, bool):
        place.bool_value = value
    elif isinstance(value, int):
        place.int_value = value
    elif isinstance(value, float):
        place.double_value = value
    elif isinstance(value, bytes):
        place.bytes_value = value
    elif isinstance(value, Mapping):
        place.kvlist_value.SetInParent()
        _fill(place.kvlist_value.values, value)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        place.array_value.SetInParent()
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _set(place.array_value.values.add(), item)
    else:
        place.string_value = value


def encode(request: ExportTraceServiceRequest) -> bytes:
    """Return OTLP JSON: protobuf's own JSON but for ids in hex and enums as numbers."""
    return orjson.dumps(_with_hex_ids(MessageToDict(request, use_integers_for_enums=True)))


def _with_hex_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_hex_ids(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, Mapping):
        return value
    given = cast(Mapping[str, Any], value)
    return {key: base64.b64decode(inner).hex() if key in _IDS else _with_hex_ids(inner) for key, inner in given.items()}


def span_events(*spans: Mapping[str, Any], limits: Limits = LIMITS, **more: Any) -> list[Event]:
    """Return the events of the spans, which both encodings must agree on."""
    request = request_of(*spans, **more)
    events = events_of(PROTOBUF, request.SerializeToString(), limits)
    assert events_of(JSON, encode(request), limits) == events
    return events


def span_event(attributes: Mapping[str, Any] | None = None, **span: Any) -> Event:
    """Return the event of one span."""
    (event,) = span_events({"attributes": attributes or {}, **span})
    return event
