"""What `/v1/traces` answers, in the request's own encoding, and that accepted spans can be read."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from tests.dialects.requests import encode, request_of
from tests.ingest.calls import TRACES, Answer, is_unknown, new_id, rejections, send, stored
from tests.running import Server, wait_until

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
ENCODINGS = [pytest.param(PROTOBUF, id="protobuf"), pytest.param(JSON, id="json")]


def span(**more: Any) -> dict[str, Any]:
    """Return a span of now with ids of its own."""
    now_ns = time.time_ns()
    return {"trace_id": new_id(), "span_id": new_id()[:16], "start_ns": now_ns, "end_ns": now_ns + 10**6} | more


def export(server: Server, media_type: str, *spans: dict[str, Any]) -> Answer:
    request = request_of(*spans)
    body = request.SerializeToString() if media_type == PROTOBUF else encode(request)
    return send(server, TRACES, body, content_type=media_type)


def event_id_of(given: dict[str, Any]) -> str:
    return given["trace_id"] + given["span_id"]


def error_of(answer: Answer) -> tuple[int, str]:
    """Return the gRPC code and our code of a `Status`, read in the encoding that the answer names."""
    if answer.headers["content-type"] == JSON:
        return answer.json["code"], answer.json["message"].partition(":")[0]
    status = Status.FromString(answer.body)
    return status.code, status.message.partition(":")[0]


def partial_of(answer: Answer) -> tuple[int, str]:
    """Return the rejected spans and the message of a partial success."""
    if answer.headers["content-type"] == JSON:
        partial = answer.json["partialSuccess"]
        assert isinstance(partial["rejectedSpans"], str)
        return int(partial["rejectedSpans"]), partial["errorMessage"]
    found = ExportTraceServiceResponse.FromString(answer.body).partial_success
    return found.rejected_spans, found.error_message


@pytest.mark.parametrize("media_type", ENCODINGS)
def test_a_span_is_stored_and_the_answer_is_empty_in_its_encoding(server: Server, media_type: str) -> None:
    """B-43."""
    given = span(name="work", attributes={"a": 1})
    answer = export(server, media_type, given)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert answer.body == (b"" if media_type == PROTOBUF else b"{}")
    found = stored(server, event_id_of(given))
    assert (found["type"], found["name"], found["trace_id"]) == ("span", "work", given["trace_id"])
    assert found["attributes"]["a"] == "1"


@pytest.mark.parametrize("media_type", ENCODINGS)
@pytest.mark.parametrize("body", [b"", None], ids=["empty", "no-spans"])
def test_an_empty_request_succeeds(server: Server, media_type: str, body: bytes | None) -> None:
    """B-41."""
    given = b"{}" if body is None and media_type == JSON else b""
    answer = send(server, TRACES, given, content_type=media_type)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)


BAD_SPANS = [
    pytest.param({"trace_id": ""}, "bad_trace_id", id="B-45-no-trace-id"),
    pytest.param({"trace_id": "ab" * 15}, "bad_trace_id", id="B-45-15-bytes"),
    pytest.param({"trace_id": "ab" * 17}, "bad_trace_id", id="B-45-17-bytes"),
    pytest.param({"trace_id": "00" * 16}, "bad_trace_id", id="B-45-zero-trace"),
    pytest.param({"span_id": ""}, "bad_span_id", id="B-45-no-span-id"),
    pytest.param({"span_id": "00" * 8}, "bad_span_id", id="B-45-zero-span"),
    pytest.param({"start_ns": 0}, "bad_time", id="B-51-zero"),
    pytest.param({"start_ns": 2**64 - 1}, "bad_time", id="B-51-beyond"),
    pytest.param({"start_ns": time.time_ns() // 1_000}, "bad_time", id="microseconds"),
]


@pytest.mark.parametrize("media_type", ENCODINGS)
@pytest.mark.parametrize(("bad", "code"), BAD_SPANS)
def test_bad_spans_alone_are_refused(server: Server, media_type: str, bad: dict[str, Any], code: str) -> None:
    """B-53: 400, as nothing of the request can ever be stored."""
    answer = export(server, media_type, span(**bad))
    assert (answer.status, answer.headers["content-type"]) == (400, media_type)
    assert error_of(answer) == (3, code)


@pytest.mark.parametrize("media_type", ENCODINGS)
@pytest.mark.parametrize(("bad", "code"), BAD_SPANS)
def test_good_spans_beside_bad_ones_are_stored(server: Server, media_type: str, bad: dict[str, Any], code: str) -> None:
    """B-52."""
    before = rejections(server).get(code, 0)
    good, also_good = span(name="good"), span(name="also good")
    answer = export(server, media_type, good, span(**bad), also_good, span(**bad))
    assert answer.status == 200
    count, message = partial_of(answer)
    assert count == 2
    assert message.startswith("2 spans refused; the first, span 1:")
    assert stored(server, event_id_of(good))["name"] == "good"
    assert stored(server, event_id_of(also_good))["name"] == "also good"
    assert rejections(server)[code] == before + 2


UNREADABLE = [
    pytest.param(PROTOBUF, b"\x0a\xff", "bad_protobuf", id="B-42-truncated"),
    pytest.param(PROTOBUF, bytes(range(256)), "bad_protobuf", id="B-42-random"),
    pytest.param(PROTOBUF, b'{"resourceSpans":[]}', "bad_protobuf", id="B-42-json-as-protobuf"),
    pytest.param(JSON, b"{broken", "bad_json", id="broken-json"),
    pytest.param(JSON, b"[]", "bad_json", id="a-list"),
    pytest.param(JSON, b'{"a": "\xff"}', "bad_json", id="invalid-utf-8"),
    pytest.param(JSON, b'{"a": NaN}', "bad_json", id="nan"),
    pytest.param(JSON, b"[" * 100_000, "bad_json", id="deep"),
    pytest.param(JSON, b'{"resourceMetrics": [{}]}', "bad_request", id="B-61-metrics"),
    pytest.param(JSON, b'{"resourceLogs": [{}]}', "bad_request", id="B-61-logs"),
]


@pytest.mark.parametrize(("media_type", "body", "code"), UNREADABLE)
def test_a_body_that_is_no_request_is_refused_in_its_encoding(
    server: Server, media_type: str, body: bytes, code: str
) -> None:
    answer = send(server, TRACES, body, content_type=media_type)
    assert (answer.status, answer.headers["content-type"]) == (400, media_type)
    assert error_of(answer) == (3, code)


def _metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="requests", unit="1")
    metric.gauge.data_points.add(as_int=3, time_unix_nano=time.time_ns())
    return request.SerializeToString()


def _logs() -> bytes:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=time.time_ns())
    record.body.string_value = "hello"
    return request.SerializeToString()


@pytest.mark.parametrize("make", [_metrics, _logs])
def test_protobuf_of_another_signal_is_refused(server: Server, make: Any) -> None:
    """B-61."""
    answer = send(server, TRACES, make(), content_type=PROTOBUF)
    assert (answer.status, error_of(answer)[0]) == (400, 3)


def _nested(levels: int) -> bytes:
    request = request_of(span())
    value = request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="deep").value
    for _ in range(levels):
        value = value.array_value.values.add()
    value.string_value = "bottom"
    return request.SerializeToString()


def _nested_json(levels: int) -> bytes:
    value: Any = {"stringValue": "bottom"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    request = orjson.loads(encode(request_of(span())))
    request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = [{"key": "deep", "value": value}]
    # By hand: the encoder stops at 254 levels.
    return orjson.dumps(request) if levels < 60 else _with_text(request, levels)


def _with_text(request: Any, levels: int) -> bytes:
    request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = "PLACE"
    value = b'{"arrayValue":{"values":[' * levels + b'{"stringValue":"bottom"}' + b"]}}" * levels
    return orjson.dumps(request).replace(b'"PLACE"', b'[{"key":"deep","value":' + value + b"}]")


@pytest.mark.parametrize("levels", [70, 100, 330])
def test_values_nested_too_deeply_are_refused_in_both_encodings(server: Server, levels: int) -> None:
    """B-44."""
    assert send(server, TRACES, _nested(levels), content_type=PROTOBUF).status == 400
    assert send(server, TRACES, _nested_json(levels)).status == 400


def test_values_nested_as_deep_as_clients_do_are_stored(server: Server) -> None:
    for body, media_type in ((_nested(20), PROTOBUF), (_nested_json(20), JSON)):
        assert send(server, TRACES, body, content_type=media_type).status == 200


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/grpc", "application/json; charset=latin-1"])
def test_other_types_are_refused(server: Server, content_type: str | None) -> None:
    """B-08, B-09."""
    answer = send(server, TRACES, b"{}", content_type=content_type)
    assert answer.status == 415
    assert error_of(answer) == (3, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ENCODINGS)
def test_errors_of_transport_are_in_the_encoding_of_the_request(server: Server, media_type: str) -> None:
    """B-43."""
    answer = send(server, TRACES, b"x", content_type=media_type, content_encoding="br")
    assert (answer.status, answer.headers["content-type"]) == (415, media_type)
    large = send(server, TRACES, b" " * (20 * 1024 * 1024 + 1), content_type=media_type)
    assert (large.status, large.headers["content-type"]) == (413, media_type)
    assert error_of(large) == (8, "too_large")


def test_a_span_sent_again_with_a_later_end_is_one_event(server: Server) -> None:
    """B-63."""
    given = span(name="first")
    export(server, PROTOBUF, given)
    stored(server, event_id_of(given))
    export(server, JSON, given | {"name": "last", "end_ns": given["start_ns"] + 5 * 10**6})
    found = wait_until(lambda: (e := stored(server, event_id_of(given)))["name"] == "last" and e)
    assert found["duration_ms"] == 5
    trace = wait_until(
        lambda: (answer := server.request("GET", f"/api/v1/traces/{given['trace_id']}"))[0] == 200 and answer[1]
    )
    assert trace["event_count"] == 1


def test_a_refused_request_leaves_nothing(server: Server) -> None:
    given = span()
    body = request_of(given).SerializeToString()
    assert send(server, TRACES, body[:-1], content_type=PROTOBUF).status == 400
    assert is_unknown(server, event_id_of(given))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_the_route_takes_post_alone(server: Server, method: str) -> None:
    """B-07."""
    answer = send(server, TRACES, b"", method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_more_than_a_hundred_spans_are_one_request(server: Server) -> None:
    """The limit of a native batch is not one of OTLP: exporters send 512 at a time."""
    spans = [span(name=f"s{number}") for number in range(512)]
    assert export(server, PROTOBUF, *spans).status == 200
    assert stored(server, event_id_of(spans[511]))["name"] == "s511"


def test_unknown_protobuf_fields_are_ignored(server: Server) -> None:
    given = span()
    # Field 999 with a varint, as a newer client may add one.
    body = request_of(given).SerializeToString() + b"\xb8\x3e\x01"
    assert len(ExportTraceServiceRequest.FromString(body).resource_spans) == 1
    assert send(server, TRACES, body, content_type=PROTOBUF).status == 200
