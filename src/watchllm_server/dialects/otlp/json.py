"""Decodes OTLP JSON into spans: hex ids, integers as numbers or texts, unknown fields ignored.

Not by protobuf's own JSON reader: it takes ids for base64 and refuses unknown fields.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.otlp.span import Resource, Span, SpanEvent
from watchllm_server.errors import BadRequest

_HEX: Final = frozenset("0123456789abcdef")
# Deeper requests are refused, as protobuf refuses them of itself (it reads 48 levels of values).
_MAX_DEPTH: Final = 64
_INT64: Final = range(-(2**63), 2**63)
# Times are unsigned: 64-bit numbers of either kind are in here.
_WHOLE: Final = range(-(2**63), 2**64)


def parse(body: bytes) -> dict[str, Any]:
    """Read the request. Raises BadRequest for anything that is not one."""
    try:
        decoded: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg}", code="bad_json", details={"offset": error.pos}) from None
    if not isinstance(decoded, dict):
        raise BadRequest("the body is not an ExportTraceServiceRequest", code="bad_json")
    request = cast(dict[str, Any], decoded)
    if request.get("resourceMetrics") or request.get("resourceLogs"):
        raise BadRequest("the body carries metrics or logs, not traces", code="bad_request")
    return request


def larger_than(request: dict[str, Any], most_bytes: int) -> frozenset[str]:
    """Return the event ids of the spans that take more bytes as JSON."""
    return frozenset(
        _hex(span.get("traceId")) + _hex(span.get("spanId"))
        for resource_spans in _objects(request.get("resourceSpans"))
        for scope_spans in _objects(resource_spans.get("scopeSpans"))
        for span in _objects(scope_spans.get("spans"))
        if _size(span) > most_bytes
    )


def spans(request: dict[str, Any]) -> Iterator[Span]:
    """Yield every span in order, decoded."""
    for resource_spans in _objects(request.get("resourceSpans")):
        attributes = values(_object(resource_spans.get("resource")).get("attributes"))
        for scope_spans in _objects(resource_spans.get("scopeSpans")):
            scope = _object(scope_spans.get("scope"))
            resource = Resource(attributes, _text(scope.get("name")), _text(scope.get("version")))
            for span in _objects(scope_spans.get("spans")):
                yield _span(span, resource)


def _span(span: dict[str, Any], resource: Resource) -> Span:
    status = _object(span.get("status"))
    return Span(
        trace_id=_hex(span.get("traceId")),
        span_id=_hex(span.get("spanId")),
        parent_span_id=_hex(span.get("parentSpanId")),
        name=_text(span.get("name")),
        kind=_integer(span.get("kind")),
        start_ns=_integer(span.get("startTimeUnixNano")),
        end_ns=_integer(span.get("endTimeUnixNano")),
        attributes=values(span.get("attributes")),
        status_code=_integer(status.get("code")),
        status_message=_text(status.get("message")),
        events=[
            SpanEvent(_text(e.get("name")), _integer(e.get("timeUnixNano")), values(e.get("attributes")))
            for e in _objects(span.get("events"))
        ],
        links=[
            {
                "trace_id": _hex(link.get("traceId")),
                "span_id": _hex(link.get("spanId")),
                "attributes": values(link.get("attributes")),
            }
            for link in _objects(span.get("links"))
        ],
        resource=resource,
        trace_state=_text(span.get("traceState")),
        dropped_attributes=_integer(span.get("droppedAttributesCount")),
    )


def values(pairs: Any, depth: int = 0) -> dict[str, Any]:
    """Return a list of key-values as a dict; of a repeated key the last one counts."""
    found: dict[str, Any] = {}
    for pair in _objects(pairs):
        key = pair.get("key")
        if isinstance(key, str) and key:
            found[key] = _value(_object(pair.get("value")), depth)
    return found


def _value(value: dict[str, Any], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise BadRequest(f"attribute values may be nested {_MAX_DEPTH} levels deep")
    if "stringValue" in value:
        return _text(value["stringValue"])
    if "intValue" in value:
        return _int_value(value["intValue"])
    if "boolValue" in value:
        return value["boolValue"] if isinstance(value["boolValue"], bool) else None
    if "doubleValue" in value:
        return _double(value["doubleValue"])
    if "arrayValue" in value:
        items = _objects(_object(value["arrayValue"]).get("values"))
        return [_value(item, depth + 1) for item in items]
    if "kvlistValue" in value:
        return values(_object(value["kvlistValue"]).get("values"), depth + 1)
    return value["bytesValue"] if isinstance(value.get("bytesValue"), str) else None


def _size(span: dict[str, Any]) -> int:
    try:
        return len(orjson.dumps(span))
    except TypeError:
        # Deeper than the encoder goes, and so than any value may be: refused for that.
        return 0


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in cast(list[Any], value) if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _hex(value: Any) -> str:
    """Return an id in lower case; "" for what is not hex, so that it is refused like a missing one."""
    lowered = value.lower() if isinstance(value, str) else ""
    return lowered if _HEX.issuperset(lowered) else ""


def _integer(value: Any) -> int:
    """Return a number given as such or as text, 0 for what is none: an absent field of protobuf is 0 too."""
    found = _whole(value)
    return 0 if found is None else found


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # 20 digits hold every 64-bit number; int() of millions of digits would take minutes.
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _WHOLE else None


def _int_value(value: Any) -> int | str | None:
    """Return an attribute's integer; a text that is none stays a text, so that it is never a wrong number."""
    found = _whole(value)
    if found is not None and found in _INT64:
        return found
    return value if isinstance(value, str) else None


def _double(value: Any) -> float | str | None:
    """Return a finite number; NaN and the infinities are texts, as OTLP JSON writes them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value
