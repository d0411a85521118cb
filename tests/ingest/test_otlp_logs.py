"""Log records join their spans, metrics are taken and dropped, and each answers in the encoding of its request."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.dialects.requests import request_of
from tests.ingest.calls import new_id, send, send_json
from tests.running import Server, wait_until

LOGS, METRICS = "/v1/logs", "/v1/metrics"
PROTOBUF = "application/x-protobuf"


def record(trace_id: str = "", span_id: str = "", **more: Any) -> dict[str, Any]:
    """Return a record of now in OTLP JSON."""
    return {"timeUnixNano": str(time.time_ns()), "traceId": trace_id, "spanId": span_id, **more}


def request(*records: dict[str, Any]) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "compat"}, "logRecords": list(records)}]}]}


def attributes(**given: Any) -> list[dict[str, Any]]:
    kinds: dict[type, str] = {str: "stringValue", float: "doubleValue"}
    return [{"key": key.replace("__", "."), "value": {kinds[type(value)]: value}} for key, value in given.items()]


def events_of(server: Server, trace_id: str, count: int) -> list[Any]:
    def find() -> Any:
        status, trace = server.request("GET", f"/api/v1/traces/{trace_id}?shape=flat")
        return status == 200 and len(trace["columns"]["event_id"]) == count and trace["columns"]["event_id"]

    return [server.get(f"/api/v1/events/{event_id}") for event_id in wait_until(find)]


def test_a_record_of_a_span_becomes_an_event_below_it(server: Server) -> None:
    trace_id, span_id = new_id(), new_id()[:16]
    body = {"stringValue": "it rains"}
    given = record(trace_id, span_id, severityNumber=13, body=body)
    answer = send_json(server, LOGS, request(given))
    assert (answer.status, answer.body) == (200, b"{}")
    (event,) = events_of(server, trace_id, 1)
    assert (event["type"], event["name"], event["output"]) == ("log", "warn", "it rains")
    assert event["parent_event_id"] == trace_id + span_id
    assert event["event_id"].startswith(f"{trace_id}{span_id}-")


def test_a_record_that_is_sent_again_is_one_event(server: Server) -> None:
    trace_id = new_id()
    given = request(record(trace_id, new_id()[:16], body={"stringValue": "once"}))
    for _ in range(3):
        assert send_json(server, LOGS, given).status == 200
    after = request(record(trace_id, new_id()[:16], body={"stringValue": "twice"}))
    assert send_json(server, LOGS, after).status == 200
    assert {event["output"] for event in events_of(server, trace_id, 2)} == {"once", "twice"}


def test_an_evaluation_becomes_a_score_of_its_span(server: Server) -> None:
    trace_id, span_id = new_id(), new_id()[:16]
    said = attributes(
        gen_ai__evaluation__name="relevance",
        gen_ai__evaluation__score__value=0.75,
        gen_ai__evaluation__score__label="relevant",
        gen_ai__evaluation__explanation="names the river",
    )
    given = record(trace_id, span_id, eventName="gen_ai.evaluation.result", attributes=said)
    assert send_json(server, LOGS, request(given)).status == 200
    (event,) = events_of(server, trace_id, 1)
    assert (event["type"], event["name"], event["output"]) == ("eval_metric", "relevance", "relevant")
    found = event["attributes"]
    assert (found["score.value"], found["score.label"], found["comment"]) == ("0.75", "relevant", "names the river")


def test_a_message_of_the_older_events_is_read_from_the_body(server: Server) -> None:
    trace_id, span_id = new_id(), new_id()[:16]
    content = {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "Hello?"}}]}}
    given = record(trace_id, span_id, eventName="gen_ai.user.message", body=content)
    assert send_json(server, LOGS, request(given)).status == 200
    (event,) = events_of(server, trace_id, 1)
    assert event["type"] == "message"
    assert event["input"] == [{"role": "user", "parts": [{"type": "text", "content": "Hello?"}]}]


def test_an_exception_becomes_an_error(server: Server) -> None:
    trace_id, span_id = new_id(), new_id()[:16]
    said = attributes(exception__type="TimeoutError", exception__message="the model did not answer")
    given = record(trace_id, span_id, severityNumber=17, attributes=said)
    assert send_json(server, LOGS, request(given)).status == 200
    (event,) = events_of(server, trace_id, 1)
    assert (event["type"], event["name"], event["status"]) == ("error", "TimeoutError", "error")
    assert event["status_message"] == "the model did not answer"


def test_records_without_a_time_are_refused_beside_good_ones(server: Server) -> None:
    trace_id = new_id()
    good, bad = record(trace_id, new_id()[:16]), {"traceId": trace_id}
    answer = send_json(server, LOGS, request(bad, good))
    assert answer.status == 200
    assert answer.json["partialSuccess"]["rejectedLogRecords"] == "1"
    assert len(events_of(server, trace_id, 1)) == 1
    assert send_json(server, LOGS, request(bad)).status == 400


def test_protobuf_is_answered_in_protobuf(server: Server) -> None:
    trace_id, span_id = new_id(), new_id()[:16]
    given = ExportLogsServiceRequest()
    records = given.resource_logs.add().scope_logs.add().log_records
    records.add(time_unix_nano=time.time_ns(), trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id))
    records.add()
    answer = send(server, LOGS, given.SerializeToString(), content_type=PROTOBUF)
    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.body).partial_success.rejected_log_records == 1
    (event,) = events_of(server, trace_id, 1)
    assert event["parent_event_id"] == trace_id + span_id


def test_metrics_are_accepted_counted_by_name_and_not_stored(server: Server) -> None:
    given = ExportMetricsServiceRequest()
    metrics = given.resource_metrics.add().scope_metrics.add().metrics
    for name in ("gen_ai.client.token.usage", f"my.own.{new_id()}"):
        metrics.add(name=name).gauge.data_points.add(as_int=3, time_unix_nano=time.time_ns())
    answer = send(server, METRICS, given.SerializeToString(), content_type=PROTOBUF)
    assert (answer.status, answer.body) == (200, b"")
    counted = send(server, "/metrics", b"", "GET", authorization=None).body.decode()
    assert 'watchllm_metric_points_dropped_total{metric="gen_ai.client.token.usage"}' in counted
    assert 'watchllm_metric_points_dropped_total{metric="other"}' in counted
    assert "my.own." not in counted


@pytest.mark.parametrize("path", [LOGS, METRICS])
def test_traces_are_refused_by_the_routes_of_other_signals(server: Server, path: str) -> None:
    """B-61."""
    now_ns = time.time_ns()
    span = {"trace_id": new_id(), "span_id": new_id()[:16], "start_ns": now_ns, "end_ns": now_ns, "name": "work"}
    body = request_of(span).SerializeToString()
    assert send(server, path, body, content_type=PROTOBUF).status == 400
    assert send(server, path, orjson.dumps({"resourceSpans": [{}]})).status == 400
