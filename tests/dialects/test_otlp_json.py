"""OTLP JSON as clients write it, which is not quite protobuf's own JSON."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.dialects.reading import JSON, NOW_NS, events_of, names_of
from tests.dialects.requests import PARENT_ID, SPAN_ID, TRACE_ID

from watchllm_server.errors import BadRequest
from watchllm_server.model.event import Event

SPAN: dict[str, Any] = {
    "traceId": TRACE_ID,
    "spanId": SPAN_ID,
    "name": "work",
    "startTimeUnixNano": str(NOW_NS),
    "endTimeUnixNano": str(NOW_NS + 1_000_000),
}


def body_of(span: object) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


def event_of(**more: Any) -> Event:
    (event,) = events_of(JSON, body_of({**SPAN, **more}))
    return event


def attribute_of(value: Any) -> str | None:
    return event_of(attributes=[{"key": "k", "value": value}]).attributes.get("k")


def test_hex_ids_of_either_case_are_the_same() -> None:
    """B-46."""
    upper = {"traceId": TRACE_ID.upper(), "spanId": SPAN_ID.upper(), "parentSpanId": PARENT_ID.upper()}
    assert event_of(**upper) == event_of(parentSpanId=PARENT_ID)


@pytest.mark.parametrize(
    "trace_id", ["Cvdlkxlhzd2ESOshHIAxnA==", "0x" + TRACE_ID[2:], "g" * 32, TRACE_ID[:-1], 7, None]
)
def test_ids_that_are_not_hex_are_refused(trace_id: object) -> None:
    """B-45, B-47."""
    named = names_of(JSON, body_of({**SPAN, "traceId": trace_id}))
    assert [rejection.code for rejection in named.rejected] == ["bad_trace_id"]


def test_a_span_without_ids_is_refused_by_the_first() -> None:
    assert [r.code for r in names_of(JSON, body_of({})).rejected] == ["bad_trace_id"]


@pytest.mark.parametrize("wrap", [int, str, float])
def test_times_are_read_as_numbers_and_texts(wrap: Any) -> None:
    """B-50."""
    start_ns = 1_795_176_000_000_000_000
    event = event_of(startTimeUnixNano=wrap(start_ns), endTimeUnixNano=wrap(start_ns))
    assert event.start_us == event.end_us == start_ns // 1_000


@pytest.mark.parametrize(
    "start", ["--5", "-", "", "1e18", "x", "9" * 5_000, str(2**64), -1, 0, 2**63 - 1, True, [], None]
)
def test_a_start_that_is_no_time_is_refused(start: object) -> None:
    """B-51."""
    named = names_of(JSON, body_of({**SPAN, "startTimeUnixNano": start}))
    assert [rejection.code for rejection in named.rejected] == ["bad_time"]


INTEGERS: list[tuple[object, str]] = [
    (7, "7"), ("7", "7"), ("-7", "-7"), (7.0, "7"), (str(2**63 - 1), str(2**63 - 1)),
    # Never a wrong number: what is none stays a text, or is nothing.
    ("--7", "--7"), ("7.5", "7.5"), (str(2**63), str(2**63)), ("seven", "seven"), ("", ""),
    (7.5, "null"), (2**63, "null"), (True, "null"), (None, "null"), ([], "null"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "kept"), INTEGERS)
def test_integers_are_read_as_numbers_and_texts(sent: object, kept: str) -> None:
    """B-50."""
    assert attribute_of({"intValue": sent}) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"doubleValue": 1}, "1.0"),
        ({"doubleValue": "1.5"}, "1.5"),
        ({"doubleValue": "NaN"}, "NaN"),
        ({"doubleValue": "-Infinity"}, "-Infinity"),
        ({"doubleValue": []}, "null"),
        ({"boolValue": False}, "false"),
        ({"boolValue": "true"}, "null"),
        ({"bytesValue": "AP8="}, "AP8="),
        ({"bytesValue": {"deep": 1}}, "null"),
        ({"stringValue": 5}, ""),
        ({"arrayValue": {}}, "[]"),
        ({"arrayValue": {"values": [{"intValue": 1}, "odd", {}]}}, "[1,null]"),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}, '{"a":1}'),
        ({}, "null"),
        ("odd", "null"),
        ({"newValue": 1}, "null"),
    ],
)
def test_values_of_every_kind_are_read(value: object, kept: str) -> None:
    assert attribute_of(value) == kept


def test_unknown_fields_are_ignored_at_every_level() -> None:
    """B-48."""
    new: dict[str, Any] = {"newField": {"a": [1]}}
    span = {**SPAN, **new, "status": {"code": 2, **new}, "events": [{"name": "e", **new}], "links": [new],
            "attributes": [{"key": "k", "value": {"stringValue": "v", **new}, **new}]}  # fmt: skip
    request = {
        "resourceSpans": [{"resource": new, "scopeSpans": [{"scope": new, "spans": [span], **new}], **new}],
        **new,
    }
    (event,) = events_of(JSON, orjson.dumps(request))
    assert (event.status, event.attributes["k"]) == ("error", "v")


def test_names_of_enums_and_snake_case_keys_are_ignored() -> None:
    """B-49: a field that is ignored, never a wrong value."""
    event = event_of(status={"code": "STATUS_CODE_ERROR"}, kind="SPAN_KIND_CLIENT", parent_span_id=PARENT_ID)
    assert (event.status, event.parent_event_id, event.attributes) == ("", "", {})


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null", b"{", b'{"a": NaN}', b'{"a": "\xff"}', b"[" * 100_000])
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        names_of(JSON, body)
    assert caught.value.code == "bad_json"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": null}', b'{"resourceSpans": "x"}',
     b'{"resourceSpans": [1, {"scopeSpans": {}}]}'],
)  # fmt: skip
def test_a_request_without_spans_is_an_empty_one(body: bytes) -> None:
    """B-41."""
    assert names_of(JSON, body).event_ids == []


@pytest.mark.parametrize("signal", ["resourceMetrics", "resourceLogs"])
def test_other_signals_are_refused(signal: str) -> None:
    """B-61."""
    with pytest.raises(BadRequest):
        names_of(JSON, orjson.dumps({signal: [{}]}))


@pytest.mark.parametrize("levels", [65, 330])
def test_values_nested_too_deeply_are_refused(levels: int) -> None:
    """B-44: 330 is as deep as the decoder of JSON goes."""
    value = b'{"arrayValue":{"values":[' * levels + b"{}" + b"]}}" * levels
    body = body_of({**SPAN, "attributes": "PLACE"}).replace(b'"PLACE"', b'[{"key":"k","value":' + value + b"}]")
    with pytest.raises(BadRequest):
        names_of(JSON, body)


def test_bytes_of_any_depth_are_no_value() -> None:
    deep = b"[" * 900 + b"]" * 900
    body = body_of({**SPAN, "attributes": [{"key": "k", "value": {"bytesValue": "PLACE"}}]}).replace(b'"PLACE"', deep)
    (event,) = events_of(JSON, body)
    assert event.attributes == {"k": "null"}
