"""B-41 to B-66 but for transport: OTLP traces, as protobuf and as JSON."""

from __future__ import annotations

import time
from typing import Any, Final

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.bad_inputs.case import (
    JSON,
    PROTOBUF,
    Ask,
    Case,
    Check,
    all_of,
    code_of,
    export,
    export_json,
    in_request_encoding,
    partial,
    span,
    span_event_id,
    span_kept,
    to,
    traces,
)
from tests.dialects.requests import encode, request_of
from tests.ingest.calls import TRACES, Answer, new_id, send, stored
from tests.running import Server, wait_until

MIB: Final = 1024 * 1024
_MEDIA: Final = (PROTOBUF, JSON)
_BAD_IDS: Final = {
    "no trace id": ({"trace_id": ""}, "bad_trace_id"),
    "a trace id of 15 bytes": ({"trace_id": "ab" * 15}, "bad_trace_id"),
    "a trace id of 17 bytes": ({"trace_id": "ab" * 17}, "bad_trace_id"),
    "a trace id of a megabyte": ({"trace_id": "ab" * MIB}, "bad_trace_id"),
    "a trace id of zeros": ({"trace_id": "00" * 16}, "bad_trace_id"),
    "no span id": ({"span_id": ""}, "bad_span_id"),
    "a span id of 9 bytes": ({"span_id": "ab" * 9}, "bad_span_id"),
    "a span id of zeros": ({"span_id": "00" * 8}, "bad_span_id"),
}
_BAD_TIMES: Final = {
    "a start of 0": {"start_ns": 0},
    "a start beyond 63 bits": {"start_ns": 2**63},
    "a start of 64 bits": {"start_ns": 2**64 - 1},
    "a start in microseconds": {"start_ns": time.time_ns() // 1_000},
    "a start in two days": {"start_ns": time.time_ns() + 2 * 86_400 * 10**9},
}


def _request(event_id: str, **more: Any) -> dict[str, Any]:
    """Return a request of one span in OTLP JSON, with these fields of the span beside or in place of its own."""
    now_ns = time.time_ns()
    given = {"traceId": event_id, "spanId": event_id[:16], "name": "work", "startTimeUnixNano": str(now_ns),
             "endTimeUnixNano": str(now_ns + 10**6)}  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": [given | more]}]}]}


def _fields(**more: Any) -> Ask:
    return export_json(lambda event_id: _request(event_id, **more))


def _upper_case(server: Server, event_id: str) -> Answer:
    ids = {"traceId": event_id.upper(), "spanId": event_id[:16].upper()}
    return export_json(lambda event_id: _request(event_id, **ids))(server, event_id)


def _deep(levels: int) -> Ask:
    def make(event_id: str) -> bytes:
        value = b'{"arrayValue":{"values":[' * levels + b'{"stringValue":"bottom"}' + b"]}}" * levels
        request = orjson.dumps(_request(event_id, attributes="PLACE"))
        return request.replace(b'"PLACE"', b'[{"key":"deep","value":' + value + b"}]")

    return export_json(make)


def _deep_protobuf(levels: int) -> Ask:
    def ask(server: Server, event_id: str) -> Answer:
        request = request_of(span(event_id))
        value = request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="deep").value
        for _ in range(levels):
            value = value.array_value.values.add()
        value.string_value = "bottom"
        return send(server, TRACES, request.SerializeToString(), content_type=PROTOBUF)

    return ask


def _good_beside(bad: dict[str, Any], media_type: str = PROTOBUF) -> Ask:
    """Send two good spans with a bad one between and another behind them."""

    def ask(server: Server, event_id: str) -> Answer:
        other = new_id()
        good, also_good = span(event_id, name="good"), span(other, name="also good")
        request = request_of(good, span(new_id(), **bad), also_good, span(new_id(), **bad))
        body = request.SerializeToString() if media_type == PROTOBUF else encode(request)
        answer = send(server, TRACES, body, content_type=media_type)
        assert stored(server, span_event_id(other))["name"] == "also good"
        return answer

    return ask


def _large_beside_good(media_type: str) -> Ask:
    """Send a span of 5 MiB beside a good one."""
    return _good_beside({"attributes": {"a": "x" * (5 * MIB)}}, media_type)


def _dropped(what: str, count: int) -> Check:
    """What is beyond 512 is dropped and counted."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        found = stored(server, span_event_id(event_id))
        assert f"dropped_{what}:{count - 512}" in found["notes"]
        if what != "attributes":
            assert len(orjson.loads(found["attributes"][f"span.{what}"])) == 512

    return check


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


def _sent_again(server: Server, event_id: str) -> Answer:
    """Send a span, then the same one, then again with a later end, each after the one before is stored."""
    first = span(event_id, name="first")
    for name, more_ns in (("first", 0), ("again", 0), ("last", 4 * 10**6)):
        given = first | {"name": name, "end_ns": first["end_ns"] + more_ns}
        answer = send(server, TRACES, request_of(given).SerializeToString(), content_type=PROTOBUF)
        wait_until(lambda name=name: stored(server, span_event_id(event_id))["name"] == name)
    trace = server.get(f"/api/v1/traces/{event_id}")
    assert [(e["name"], e["duration_ms"]) for e in trace["root_events"]] == [("last", 5)]
    return answer


def _child_before_parent(server: Server, event_id: str) -> Answer:
    """Send a child alone, which is shown at the top, and then its parent, under which it moves."""
    parent = new_id()[:16]
    child = span(event_id, name="child", parent_id=parent)
    send(server, TRACES, request_of(child).SerializeToString(), content_type=PROTOBUF)
    tops = _tops(server, event_id, "child")
    assert [e["parent_missing"] for e in tops] == [True]
    above = span(event_id, span_id=parent, name="parent")
    answer = send(server, TRACES, request_of(above).SerializeToString(), content_type=PROTOBUF)
    tops = _tops(server, event_id, "parent")
    assert [e["name"] for e in tops[0]["children"]] == ["child"]
    return answer


def _tops(server: Server, trace_id: str, name: str) -> list[dict[str, Any]]:
    def find() -> Any:
        status, trace = server.request("GET", f"/api/v1/traces/{trace_id}")
        return trace["root_events"] if status == 200 and _names(trace["root_events"]) == [name] else None

    return wait_until(find)


def _names(events: list[dict[str, Any]]) -> list[str]:
    return [event["name"] for event in events]


def _of_days(server: Server, event_id: str) -> Answer:
    """Send spans of 101 days in one request."""
    now_ns = time.time_ns()
    ids = [new_id() for _ in range(101)]
    spans = [span(i, start_ns=now_ns - day * 86_400 * 10**9) for day, i in enumerate(ids)]
    answer = send(server, TRACES, request_of(*spans).SerializeToString(), content_type=PROTOBUF)
    assert all(stored(server, span_event_id(i)) for i in (ids[0], ids[50], ids[100]))
    return answer


def _as_status(server: Server, event_id: str, answer: Answer) -> None:
    """The answer is a `Status` that can be read in its encoding."""
    assert code_of(answer)


def _refused(row: str, what: str, body: bytes, media_type: str = PROTOBUF, code: str = "") -> Case:
    return Case(row, what, traces(body, media_type), 400, code, in_request_encoding(media_type))


_CHAT: Final = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "none-such"}
_SPAN: Final = request_of(span("ab" * 16)).SerializeToString()

CASES = [
    *(Case("B-41", f"nothing as {media}", traces(b"", media), 200, then=in_request_encoding(media))
      for media in _MEDIA),
    Case("B-41", "an empty object", traces(b"{}", JSON), 200, then=in_request_encoding(JSON)),
    _refused("B-42", "protobuf that was cut", _SPAN[:-1], code="bad_protobuf"),
    _refused("B-42", "random bytes", bytes(range(256)), code="bad_protobuf"),
    _refused("B-42", "JSON as protobuf", b'{"resourceSpans":[]}', code="bad_protobuf"),
    _refused("B-42", "protobuf as JSON", _SPAN, JSON, "bad_json"),
    _refused("B-42", "a list", b"[]", JSON, "bad_json"),
    _refused("B-42", "broken JSON", b"{broken", JSON, "bad_json"),
    _refused("B-42", "JSON that is not UTF-8", b'{"a": "\xff"}', JSON, "bad_json"),
    _refused("B-42", "JSON with NaN", b'{"a": NaN}', JSON, "bad_json"),
    *(Case("B-43", f"an unknown encoding as {media}", traces(b"x", media, content_encoding="br"), 415,
           "unsupported_media_type", in_request_encoding(media)) for media in _MEDIA),
    *(Case("B-43", f"another method as {media}", to("GET", TRACES, content_type=media), 405, "method_not_allowed",
           all_of(in_request_encoding(media), _as_status)) for media in _MEDIA),
    *(Case("B-43", f"a stranger as {media}", traces(b"", media, authorization=None), 401, "unauthenticated",
           all_of(in_request_encoding(media), _as_status)) for media in _MEDIA),
    *(Case("B-43", f"a body beyond the limit as {media}", traces(lambda: b" " * (20 * MIB + 1), media), 413,
           "too_large", all_of(in_request_encoding(media), _as_status)) for media in _MEDIA),
    *(Case("B-44", f"values of {levels} levels as JSON", _deep(levels), 400) for levels in (65, 100, 330)),
    *(Case("B-44", f"values of {levels} levels as protobuf", _deep_protobuf(levels), 400) for levels in (65, 100, 330)),
    _refused("B-44", "100,000 lists", b"[" * 100_000, JSON, "bad_json"),
    *(Case("B-44", f"values of {levels} levels as {form} are kept", ask(levels), 200, then=span_kept(name=name))
      for levels in (20, 40) for form, ask, name in (("JSON", _deep, "work"), ("protobuf", _deep_protobuf, ""))),
    *(Case("B-45", f"{what} as {media}", export(bad, media_type=media), 400, code, in_request_encoding(media))
      for what, (bad, code) in _BAD_IDS.items() for media in _MEDIA),
    Case("B-46", "ids in upper case", _upper_case, 200, then=span_kept(name="work")),
    Case("B-47", "a trace id in base64", _fields(traceId="Cvdlkxlhzd2ESOshHIAxnA=="), 400, "bad_trace_id"),
    Case("B-47", "a span id in base64", _fields(spanId="t61rcWkgMzE="), 400, "bad_span_id"),
    Case("B-47", "a trace id that begins with 0x", _fields(traceId="0x" + "ab" * 15), 400, "bad_trace_id"),
    Case("B-48", "fields that nobody knows", _fields(new={"a": [1]}, status={"code": 2, "new": 1}, links=[{"new": 1}]),
         200, then=span_kept(name="work", status="error")),
    Case("B-49", "names of enums are ignored", _fields(kind="SPAN_KIND_CLIENT", status={"code": "STATUS_CODE_ERROR"}),
         200, then=span_kept(status="ok", attributes={"span.kind": None})),
    Case("B-49", "keys in snake case are ignored", _fields(parent_span_id="ab" * 8, startTimeUnixNano=None), 400,
         "bad_time"),
    *(Case("B-50", f"64 bits as {wrap.__name__}", export_json(lambda event_id, wrap=wrap: _request(
        event_id, attributes=[{"key": "n", "value": {"intValue": wrap(2**62)}}],
        startTimeUnixNano=wrap(1_760_000_000_000_000_000), endTimeUnixNano=wrap(1_760_000_000_001_000_000))), 200,
        then=span_kept(duration_ms=1, attributes={"n": str(2**62)})) for wrap in (int, str)),
    *(Case("B-51", f"{what} as {media}", export(bad, media_type=media), 400, "bad_time", in_request_encoding(media))
      for what, bad in _BAD_TIMES.items() for media in _MEDIA),
    Case("B-51", "an end before the start", export({"end_ns": 10**18}), 200,
         then=span_kept(duration_ms=None, notes=["clock_problem"])),
    *(Case("B-52", f"{what} beside good spans as {media}", _good_beside(bad, media), 200,
           then=all_of(in_request_encoding(media), partial(2, code), span_kept(name="good")))
      for what, (bad, code) in (_BAD_IDS | {what: (bad, "bad_time") for what, bad in _BAD_TIMES.items()}).items()
      for media in _MEDIA),
    # 400 where all are bad: nothing of the request can ever be stored, and a 200 would hide that.
    Case("B-53", "two bad spans alone", export({"start_ns": 0}, {"trace_id": ""}), 400, "bad_time"),
    *(Case("B-82", f"a span of 5 MiB beside good ones as {media}", _large_beside_good(media), 200,
           then=all_of(partial(2, "event_too_large"), span_kept(name="good"))) for media in _MEDIA),
    *(Case("B-82", f"a span of 5 MiB alone as {media}",
           export({"attributes": {"a": "x" * (5 * MIB)}}, media_type=media), 400, "event_too_large")
      for media in _MEDIA),
    Case("B-54", "a key twice, an empty key, and values of every kind", _fields(attributes=[
        {"key": "", "value": {"stringValue": "dropped"}},
        {"key": "twice", "value": {"stringValue": "first"}}, {"key": "twice", "value": {"stringValue": "last"}},
        {"key": "unset", "value": {}}, {"key": "bytes", "value": {"bytesValue": "AP8="}},
        {"key": "mixed", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "a"}, {}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}}]), 200,
        then=span_kept(attributes={"": None, "twice": "last", "unset": "null", "bytes": "AP8=",
                                   "mixed": '[1,"a",null]', "map": '{"k":true}'})),
    Case("B-55", "10,000 attributes", export({"attributes": {f"k{n}": n for n in range(10_000)}}), 200,
         then=_dropped("attributes", 10_000)),
    Case("B-55", "10,000 events", export({"events": [("e", {"a": 1})] * 10_000}), 200, then=_dropped("events", 10_000)),
    Case("B-55", "10,000 links", export({"links": [("ab" * 16, "cd" * 8)] * 10_000}), 200,
         then=_dropped("links", 10_000)),
    Case("B-56", "old and new names that contradict each other",
         export({"attributes": {**_CHAT, "gen_ai.usage.input_tokens": 5, "gen_ai.usage.prompt_tokens": 9,
                                "gen_ai.system": "old", "gen_ai.provider.name": "new"}}), 200,
         then=span_kept(type="model_response", provider="new", usage={"input_tokens": 5},
                        attributes={"gen_ai.usage.prompt_tokens": "9", "gen_ai.system": "old"})),
    *(Case("B-57", f"{count!r} tokens", export({"attributes": {**_CHAT, "gen_ai.usage.input_tokens": count}}), 200,
           then=span_kept(usage=usage))
      for count, usage in (("7", {"input_tokens": 7}), (7.0, {"input_tokens": 7}), (7.5, {}), (-7, {}), ("many", {}),
                           (2**62, {}), (True, {}))),
    *(Case("B-58", f"the key {key}", export({"attributes": {key: "v"}}), 200, then=span_kept(attributes={key: "v"}))
      for key in ("__proto__.x", "constructor.prototype.x", "__proto__", "toString", "a\0b")),
    Case("B-59", "names of ours", export({"attributes": {"watchllm.project_id": "other", "kept": "v"}}), 200,
         then=span_kept(attributes={"watchllm.project_id": None, "kept": "v"})),
    Case("B-60", "no resource and no scope", _fields(), 200, then=span_kept(name="work", release="")),
    Case("B-61", "metrics", traces(_metrics()), 400, then=in_request_encoding(PROTOBUF)),
    Case("B-61", "logs", traces(_logs()), 400, then=in_request_encoding(PROTOBUF)),
    _refused("B-61", "metrics as JSON", b'{"resourceMetrics": [{}]}', JSON, "bad_request"),
    _refused("B-61", "logs as JSON", b'{"resourceLogs": [{}]}', JSON, "bad_request"),
    *(Case("B-61", f"spans to {path}", to("POST", path, _SPAN, content_type=PROTOBUF), 400)
      for path in ("/v1/metrics", "/v1/logs")),
    Case("B-63", "a span again and again", _sent_again, 200),
    Case("B-64", "a child before its parent", _child_before_parent, 200),
    Case("B-78", "spans of 101 days at once", _of_days, 200),
    Case("B-84", "NUL and surrogates by number in a name",
         _fields(name="a\0b\u202e"), 200, then=span_kept(name="a\0b\u202e")),
    Case("B-85", "a lone surrogate in a span", export_json(
        lambda event_id: orjson.dumps(_request(event_id, name="PLACE")).replace(b"PLACE", b"\\ud800")), 400,
        "bad_json"),
]  # fmt: skip
