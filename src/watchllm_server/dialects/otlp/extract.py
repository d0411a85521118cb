"""Takes single spans out of a request, each with its resource and scope, as requests of their own."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchllm_server.dialects.contract import Part

# The ids that OTLP JSON writes in hex, where protobuf's own JSON has base64.
_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


def parts_of_protobuf(request: ExportTraceServiceRequest, places: Sequence[int]) -> list[Part]:
    """Return the spans at these places, counted over the whole request."""
    spans = [
        (resource_spans, scope_spans, span)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]
    return [_protobuf_part(*spans[place]) for place in places]


def _protobuf_part(resource_spans: Any, scope_spans: Any, span: Any) -> Part:
    single = ExportTraceServiceRequest()
    resource = single.resource_spans.add(schema_url=resource_spans.schema_url)
    if resource_spans.HasField("resource"):
        resource.resource.CopyFrom(resource_spans.resource)
    scope = resource.scope_spans.add(schema_url=scope_spans.schema_url)
    if scope_spans.HasField("scope"):
        scope.scope.CopyFrom(scope_spans.scope)
    scope.spans.add().CopyFrom(span)
    shown = _with_hex_ids(MessageToDict(single, use_integers_for_enums=True))
    return Part(single.SerializeToString(), orjson.dumps(shown).decode())


def _with_hex_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_hex_ids(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    given = cast(dict[str, Any], value)
    return {
        key: base64.b64decode(inner).hex() if key in _IDS and isinstance(inner, str) else _with_hex_ids(inner)
        for key, inner in given.items()
    }


def parts_of_json(request: dict[str, Any], places: Sequence[int]) -> list[Part]:
    """Return the spans at these places, counted over the whole request."""
    spans = list(_json_spans(request))
    bodies = [orjson.dumps(spans[place]) for place in places]
    return [Part(body, body.decode()) for body in bodies]


def _json_spans(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each span as a request of its own, passing over what the reader of OTLP JSON passes over."""
    for resource_spans in _objects(request.get("resourceSpans")):
        for scope_spans in _objects(resource_spans.get("scopeSpans")):
            for span in _objects(scope_spans.get("spans")):
                scope = {**scope_spans, "spans": [span]}
                yield {"resourceSpans": [{**resource_spans, "scopeSpans": [scope]}]}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in cast(list[Any], value) if isinstance(item, dict)] if isinstance(value, list) else []
