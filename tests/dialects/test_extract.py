"""An event taken out of a body is the same event when its part is read alone: a replay must change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.dialects.reading import JSON, LIMITS, NATIVE, NOW_NS, NOW_US, PROJECT, PROTOBUF, names_of, results_of
from tests.dialects.requests import PARENT_ID, SPAN_ID, TRACE_ID, encode, request_of
from tests.dialects.strategies import ENVELOPES, SPANS

from watchllm_server.dialects.contract import Accepted, Format, Named, Part
from watchllm_server.errors import BadRequest, WatchLLMError
from watchllm_server.model.event import Event

PATIENT = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OTLP = [pytest.param(PROTOBUF, id="protobuf"), pytest.param(JSON, id="json")]


def accepted(event_ids: Sequence[str]) -> Accepted:
    return Accepted(project_id=PROJECT, event_ids=event_ids, accepted_at_us=NOW_US, sequence=7)


def check_parts(form: Format, body: bytes) -> list[Part]:
    """Take every accepted event out, read each part alone, and compare; returns the parts."""
    named = names_of(form, body)
    whole = results_of(form, body, named)
    parts = form.extract(body, accepted=accepted(named.event_ids), indexes=range(len(named.event_ids)))
    alone = [
        form.read_events(part.body, accepted=accepted([event_id]), limits=LIMITS)
        for event_id, part in zip(named.event_ids, parts, strict=True)
    ]
    assert alone == [[event] for event in whole]
    return parts


def story(form: Format) -> bytes:
    """Two resources and two scopes, with spans that are refused between those that are accepted."""
    first = request_of(
        {"name": "ü", "attributes": {"n": 2**62, "f": 1.5, "b": b"\x00\xff", "l": [1, {"k": "v"}], "none": None}},
        {"span_id": "0" * 16, "name": "without an id"},
        {"span_id": PARENT_ID, "name": "second", "events": [("exception", {"e": 1})], "links": [(TRACE_ID, SPAN_ID)]},
        {"span_id": SPAN_ID, "name": "the same span again", "status": (2, "broke")},
        resource={"service.name": "a"},
        scope=("scope", "1"),
    )
    second = request_of(
        {"span_id": "00000000000000aa", "start_ns": 5, "name": "long ago"},
        {"span_id": "00000000000000ab", "name": "other resource", "parent_id": PARENT_ID},
        resource={"service.name": "b"},
    )
    first.MergeFrom(second)
    first.resource_spans[0].schema_url = "https://example.com/schema"
    return first.SerializeToString() if form is PROTOBUF else encode(first)


@pytest.mark.parametrize("form", OTLP)
def test_every_span_of_a_request_can_be_taken_out(form: Format) -> None:
    parts = check_parts(form, story(form))
    assert len(parts) == 4
    for part in parts:
        spans = orjson.loads(part.text)["resourceSpans"]
        assert [len(scope["spans"]) for resource in spans for scope in resource["scopeSpans"]] == [1]
    assert TRACE_ID in parts[0].text
    assert "second" in parts[1].text
    assert "without an id" not in "".join(part.text for part in parts)


def test_the_text_of_a_protobuf_part_is_the_request_as_otlp_json() -> None:
    body = story(PROTOBUF)
    named = names_of(PROTOBUF, body)
    parts = PROTOBUF.extract(body, accepted=accepted(named.event_ids), indexes=range(4))
    for event, part in zip(results_of(PROTOBUF, body, named), parts, strict=True):
        assert JSON.read_events(part.text.encode(), accepted=accepted([event.event_id]), limits=LIMITS) == [event]


def test_unknown_fields_of_a_span_stay_with_it() -> None:
    request = request_of({"name": "known"}, {"span_id": PARENT_ID})
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.MergeFromString(b"\xf2\x3f\x03new")
    body = request.SerializeToString()
    (part,) = PROTOBUF.extract(body, accepted=accepted([TRACE_ID + SPAN_ID, TRACE_ID + PARENT_ID]), indexes=[0])
    assert b"new" in part.body
    single = ExportTraceServiceRequest.FromString(part.body)
    assert single.resource_spans[0].scope_spans[0].spans[0] == span


def test_every_native_event_can_be_taken_out_also_without_an_id_of_its_own() -> None:
    log = {"type": "log", "body": {"level": "info", "message": "é"}}
    events = [log, {**log, "eventId": "e1", "more": 2**64 - 1}, {**log, "eventId": "e1", "timestamp": None}]
    parts = check_parts(NATIVE, orjson.dumps(events))
    assert [orjson.loads(part.body) for part in parts] == events
    (single,) = check_parts(NATIVE, orjson.dumps(log))
    assert single.text == single.body.decode()


@pytest.mark.parametrize(
    ("form", "body", "ids"),
    [
        pytest.param(NATIVE, b'[{"a": 1}]', ["e1", "e2"], id="native-fewer"),
        pytest.param(NATIVE, b"{", ["e1"], id="native-broken"),
        pytest.param(JSON, b'{"resourceSpans": 5}', ["e1"], id="json-none"),
        pytest.param(JSON, b"[]", ["e1"], id="json-broken"),
        pytest.param(PROTOBUF, b"", ["e1"], id="protobuf-none"),
        pytest.param(PROTOBUF, b"\xff", ["e1"], id="protobuf-broken"),
    ],
)
def test_what_is_not_in_a_body_is_not_made_up(form: Format, body: bytes, ids: list[str]) -> None:
    with pytest.raises((LookupError, BadRequest)):
        form.extract(body, accepted=accepted(ids), indexes=[0])


def named_or_none(form: Format, body: bytes) -> Named | None:
    try:
        return names_of(form, body)
    except WatchLLMError:
        return None


@PATIENT
@given(envelopes=st.lists(ENVELOPES, min_size=1, max_size=3))
def test_any_native_event_can_be_taken_out(envelopes: list[Any]) -> None:
    body = orjson.dumps(envelopes)
    named = named_or_none(NATIVE, body)
    # A batch with a refused event is never accepted.
    if named is not None and not named.rejected:
        check_parts(NATIVE, body)


@PATIENT
@given(spans=st.lists(SPANS, min_size=1, max_size=3))
def test_any_json_span_can_be_taken_out(spans: list[Any]) -> None:
    body = orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    if named_or_none(JSON, body) is not None:
        check_parts(JSON, body)


def test_a_thousand_spans_of_a_request_can_be_taken_out_together() -> None:
    spans = [{"span_id": f"{n + 1:016x}", "start_ns": NOW_NS + n} for n in range(1_000)]
    parts = check_parts(PROTOBUF, request_of(*spans).SerializeToString())
    first = PROTOBUF.read_events(parts[999].body, accepted=accepted([f"{TRACE_ID}{1_000:016x}"]), limits=LIMITS)[0]
    assert isinstance(first, Event)
