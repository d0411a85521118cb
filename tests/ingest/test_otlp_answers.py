"""What `/v1/traces` answers, in the request's own encoding, and that accepted spans can be read."""

from __future__ import annotations

import time
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from tests.dialects.requests import encode, request_of
from tests.ingest.calls import TRACES, Answer, is_refused, new_id, send, stored
from tests.running import Server

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


def test_a_refused_request_leaves_nothing(server: Server) -> None:
    given = span()
    body = request_of(given).SerializeToString()
    assert send(server, TRACES, body[:-1], content_type=PROTOBUF).status == 400
    assert is_refused(server, event_id_of(given))


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
