"""Ids as other systems write them as a target: the same id must be the same event in every encoding, or refused."""

from __future__ import annotations

from typing import Any, Final

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.dialects.reading import JSON, NATIVE, NOW_NS, PROTOBUF, names_of, results_of
from tests.fuzz.refusals import check_rejection, refused_or
from watchllm_server.dialects.contract import Format
from watchllm_server.dialects.native import normal_trace_id
from watchllm_server.model.event import Event

_FIELDS: Final = ("eventId", "traceId", "parentEventId", "sessionId", "userId")
_HEX: Final = frozenset("0123456789abcdef")


def run_id(data: bytes) -> None:
    """Take the bytes as the ids of a native event, and of a span in both encodings."""
    _check_native(data.decode("utf-8", "replace"))
    _check_span(data)


def _check_native(text: str) -> None:
    body = orjson.dumps({"type": "log", "body": {"level": "info", "message": "m"}, **dict.fromkeys(_FIELDS, text)})
    named = refused_or(lambda: names_of(NATIVE, body), [text])
    assert named is not None
    for rejection in named.rejected:
        check_rejection(rejection)
    is_plain = len(text.encode()) <= 256 and not any(char < " " or char == "\x7f" for char in text)
    assert bool(named.event_ids) == (is_plain and text != "")
    if named.rejected:
        return
    event = _only(NATIVE, body)
    assert (event.event_id, event.parent_event_id, event.session_id, event.user_id) == (text, text, text, text)
    # Two ways to write one trace id meet, and reading what was stored changes nothing.
    assert event.trace_id == normal_trace_id(event.trace_id)
    if text.isascii():
        assert normal_trace_id(text.upper()) == normal_trace_id(text.lower()) or not _HEX.issuperset(
            text.lower().replace("-", "")
        )


def _check_span(data: bytes) -> None:
    """Cut the bytes into trace id, span id and parent; a third of the inputs have the right lengths."""
    trace_id, span_id, parent_id = data[:16], data[16:24], data[24:]
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=trace_id, span_id=span_id, parent_span_id=parent_id, start_time_unix_nano=NOW_NS
    )
    given: dict[str, Any] = {
        "traceId": trace_id.hex().upper(), "spanId": span_id.hex(), "parentSpanId": parent_id.hex(),
        "startTimeUnixNano": str(NOW_NS),
    }  # fmt: skip
    bodies = {
        PROTOBUF: request.SerializeToString(),
        JSON: orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [given]}]}]}),
    }
    named = {form.name: names_of(form, body) for form, body in bodies.items()}
    first, second = named.values()
    assert first == second
    is_whole = len(trace_id) == 16 and any(trace_id) and len(span_id) == 8 and any(span_id)
    assert bool(first.event_ids) == is_whole
    for rejection in first.rejected:
        check_rejection(rejection)
    if is_whole:
        events = [_only(form, body) for form, body in bodies.items()]
        assert events[0] == events[1]
        assert events[0].event_id == (trace_id + span_id).hex()


def _only(form: Format, body: bytes) -> Event:
    (result,) = results_of(form, body, names_of(form, body))
    assert isinstance(result, Event)
    return result
