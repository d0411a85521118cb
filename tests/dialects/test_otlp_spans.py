"""Any OTLP span as an event: identity, time, status, what is kept; the same from protobuf and JSON."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.dialects.reading import JSON, LIMITS, NOW_NS, NOW_US, PROJECT, PROTOBUF, names_of, results_of
from tests.dialects.requests import PARENT_ID, SPAN_ID, TRACE_ID, encode, request_of, span_event, span_events

from watchllm_server.dialects.contract import Format, Limits
from watchllm_server.errors import BadRequest
from watchllm_server.model.event import Event

FORMATS = [pytest.param(form, id=form.name) for form in (PROTOBUF, JSON)]


def test_a_span_becomes_an_event_named_by_its_ids() -> None:
    event = span_event(name="GET /", parent_id=PARENT_ID, status=(1, ""))
    assert event == Event(
        project_id=PROJECT, event_id=TRACE_ID + SPAN_ID, trace_id=TRACE_ID, parent_event_id=TRACE_ID + PARENT_ID,
        type="span", name="GET /", version=7, accepted_at_us=NOW_US, start_us=NOW_US, end_us=NOW_US + 1_500_000,
        status="ok", dialect="otel",
    )  # fmt: skip
    assert len(event.event_id) == 48


def test_a_root_has_no_parent() -> None:
    assert span_event().parent_event_id == ""


def test_the_scope_is_the_sdk_and_the_resource_is_kept() -> None:
    """B-60: neither is needed."""
    resource = {"service.name": "api", "service.version": "1.2", "deployment.environment.name": "prod"}
    (event,) = span_events({}, resource=resource, scope=("lib", "0.1"))
    assert (event.sdk_name, event.sdk_version, event.release, event.environment) == ("lib", "0.1", "1.2", "prod")
    assert event.attributes == {f"resource.{key}": value for key, value in resource.items()}


TIMES = [
    pytest.param({"end_ns": 0}, None, "running", [], id="not-ended"),
    pytest.param({"end_ns": NOW_NS - 1_000_000}, None, "", ["clock_problem"], id="B-77-end-before-start"),
    pytest.param({"end_ns": NOW_NS + 100 * 86_400 * 10**9}, None, "", ["clock_problem"], id="B-77-100-days"),
    pytest.param({"end_ns": 2**63}, None, "", ["clock_problem"], id="B-51-beyond-int64"),
    pytest.param({"end_ns": NOW_NS}, NOW_US, "", [], id="instant"),
    pytest.param({"end_ns": NOW_NS + 1_999}, NOW_US + 1, "", [], id="nanoseconds"),
    pytest.param({"end_ns": 0, "status": (2, "")}, None, "error", [], id="failed-before-its-end"),
]


@pytest.mark.parametrize(("span", "end_us", "status", "notes"), TIMES)
def test_the_end_of_a_span(span: dict[str, Any], end_us: int | None, status: str, notes: list[str]) -> None:
    event = span_event(**span)
    assert (event.end_us, event.status, event.notes) == (end_us, status, notes)


EXCEPTION = ("exception", {"exception.type": "ValueError", "exception.message": "boom", "exception.stacktrace": "at 1"})
STATUSES = [
    pytest.param({"status": (0, "")}, "", "", id="unset"),
    pytest.param({"status": (1, "")}, "ok", "", id="ok"),
    pytest.param({"status": (2, "bad")}, "error", "bad", id="error"),
    pytest.param({"status": (9, "")}, "", "", id="unknown-code"),
    pytest.param({"status": (2, ""), "events": [EXCEPTION]}, "error", "boom", id="exception"),
    pytest.param({"status": (2, "bad"), "events": [EXCEPTION]}, "error", "bad", id="its-own-words-first"),
    pytest.param({"status": (2, ""), "attributes": {"error.type": "timeout"}}, "error", "timeout", id="error-type"),
]


@pytest.mark.parametrize(("span", "status", "message"), STATUSES)
def test_the_status_of_a_span(span: dict[str, Any], status: str, message: str) -> None:
    event = span_event(**span)
    assert (event.status, event.status_message) == (status, message)


def test_events_and_links_stay_inside_their_span() -> None:
    (event,) = span_events({"events": [("first", {"a": 1}), EXCEPTION], "links": [(TRACE_ID, PARENT_ID)]})
    assert orjson.loads(event.attributes["span.events"]) == [
        ["first", NOW_NS + 1, {"a": 1}],
        ["exception", NOW_NS + 1, EXCEPTION[1]],
    ]
    assert orjson.loads(event.attributes["span.links"]) == [
        {"trace_id": TRACE_ID, "span_id": PARENT_ID, "attributes": {}}
    ]


VALUES = [
    pytest.param("text", "text", id="text"),
    pytest.param("", "", id="empty"),
    pytest.param("nul\0 and \U0001f600", "nul\0 and \U0001f600", id="odd-text"),
    pytest.param(7, "7", id="integer"),
    pytest.param(2**63 - 1, "9223372036854775807", id="int64"),
    pytest.param(-(2**63), "-9223372036854775808", id="negative"),
    pytest.param(1.5, "1.5", id="double"),
    pytest.param(2.0, "2.0", id="whole-double"),
    pytest.param(float("nan"), "NaN", id="nan"),
    pytest.param(float("inf"), "Infinity", id="infinity"),
    pytest.param(float("-inf"), "-Infinity", id="minus-infinity"),
    pytest.param(True, "true", id="boolean"),
    pytest.param(b"\0\xff", "AP8=", id="B-54-bytes"),
    pytest.param([1, "a", 1.5, True, None], '[1,"a",1.5,true,null]', id="B-54-mixed"),
    pytest.param({"a": {"b": [1]}, "c": None}, '{"a":{"b":[1]},"c":null}', id="B-54-kvlist"),
    pytest.param([], "[]", id="empty-list"),
    pytest.param({}, "{}", id="empty-kvlist"),
    pytest.param(None, "null", id="B-54-unset"),
]


@pytest.mark.parametrize(("value", "kept"), VALUES)
def test_attributes_of_every_kind_are_kept(value: object, kept: str) -> None:
    assert span_event({"key": value}).attributes == {"key": kept}


@pytest.mark.parametrize("key", ["__proto__.x", "constructor.prototype.x", "$where", "a\0b", "k" * 300])
def test_odd_keys_are_kept_as_plain_keys(key: str) -> None:
    """B-58."""
    assert span_event({key: "v"}).attributes == {key: "v"}


def test_of_a_repeated_key_the_last_counts_and_an_empty_one_is_dropped() -> None:
    """B-54."""
    request = request_of({"attributes": {"": "dropped", "key": "first"}})
    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="key").value.string_value = "last"
    for form, body in ((PROTOBUF, request.SerializeToString()), (JSON, encode(request))):
        (event,) = results_of(form, body, names_of(form, body))
        assert isinstance(event, Event)
        assert event.attributes == {"key": "last"}


def test_names_of_ours_are_ignored_from_clients() -> None:
    """B-59."""
    event = span_event({"watchllm.project_id": "other", "kept": "v"})
    assert (event.project_id, event.attributes) == (PROJECT, {"kept": "v"})


def test_what_the_exporter_dropped_is_told() -> None:
    event = span_event(dropped_attributes=3, kind=3)
    assert event.attributes == {"span.dropped_attributes": "3", "span.kind": "3"}


def test_sessions_users_and_tags_of_the_general_conventions() -> None:
    event = span_event({"session.id": "s", "enduser.id": 7, "tag.tags": ["a", 1], "deployment.environment": "dev"})
    assert (event.session_id, event.user_id, event.tags, event.environment) == ("s", "7", ["a", "1"], "dev")


def test_a_span_of_ten_thousand_attributes_is_cut() -> None:
    """B-55."""
    event = span_event({f"k{number}": number for number in range(10_000)})
    assert len(event.attributes) == LIMITS.max_attributes
    assert event.notes == [f"dropped_attributes:{10_000 - LIMITS.max_attributes}"]


def test_a_span_of_ten_thousand_events_and_links_keeps_the_first_of_each() -> None:
    """B-55."""
    happened = [(f"e{number}", {"a": "x" * 100}) for number in range(10_000)]
    event = span_event(events=happened, links=[(TRACE_ID, PARENT_ID)] * 600)
    most = LIMITS.max_attributes
    assert event.notes == [f"dropped_events:{10_000 - most}", f"dropped_links:{600 - most}"]
    kept = orjson.loads(event.attributes["span.events"])
    assert [name for name, _, _ in kept] == [name for name, _ in happened[:most]]
    assert len(orjson.loads(event.attributes["span.links"])) == most


def test_events_that_are_too_long_together_are_cut() -> None:
    event = span_event(events=[("e", {"a": "x" * 10_000})] * 200)
    assert event.notes == ["truncated:attribute"]
    assert len(event.attributes["span.events"]) == LIMITS.max_text_bytes


@pytest.mark.parametrize("form", FORMATS)
def test_a_span_that_is_too_large_is_refused_with_every_other_of_its_id(form: Format) -> None:
    """B-82: read again later, a small one of the same id could not be told from it."""
    request = request_of(
        {"name": "good", "span_id": PARENT_ID}, {"name": "small"}, {"attributes": {"a": "x" * 2_000}}, {"name": "small"}
    )
    body = request.SerializeToString() if form is PROTOBUF else encode(request)
    limits = Limits(max_event_bytes=2_000)
    named = names_of(form, body, limits)
    assert [(r.index, r.code) for r in named.rejected] == [(index, "event_too_large") for index in (1, 2, 3)]
    events = results_of(form, body, named, limits)
    assert [event.name for event in events if isinstance(event, Event)] == ["good"]


@pytest.mark.parametrize("form", FORMATS)
def test_refused_spans_are_passed_over_and_the_rest_keeps_its_order(form: Format) -> None:
    """B-52: also where a refused span has the id of an accepted one."""
    spans = [
        {"name": "a"}, {"trace_id": "00" * 16}, {"name": "stale a", "start_ns": 1}, {"span_id": PARENT_ID, "name": "b"},
        {"name": "a again"},
    ]  # fmt: skip
    request = request_of(*spans)
    body = request.SerializeToString() if form is PROTOBUF else encode(request)
    named = names_of(form, body)
    assert named.event_ids == [TRACE_ID + SPAN_ID, TRACE_ID + PARENT_ID, TRACE_ID + SPAN_ID]
    assert named.duplicates == 1
    assert [(r.index, r.code) for r in named.rejected] == [(1, "bad_trace_id"), (2, "bad_time")]
    events = results_of(form, body, named)
    assert [event.name for event in events if isinstance(event, Event)] == ["a", "b", "a again"]


def test_several_resources_and_scopes_keep_apart() -> None:
    request = request_of({"name": "a"}, resource={"r": 1}, scope=("one", ""))
    request.MergeFrom(request_of({"name": "b", "span_id": PARENT_ID}, resource={"r": 2}, scope=("two", "")))
    body = request.SerializeToString()
    events = results_of(PROTOBUF, body, names_of(PROTOBUF, body))
    assert results_of(JSON, encode(request), names_of(JSON, encode(request))) == events
    assert [(e.name, e.sdk_name, e.attributes) for e in events if isinstance(e, Event)] == [
        ("a", "one", {"resource.r": "1"}), ("b", "two", {"resource.r": "2"}),
    ]  # fmt: skip


def test_a_smaller_limit_cuts_earlier() -> None:
    (event,) = span_events({"attributes": {"a": "x" * 11, "b": "y" * 10}}, limits=Limits(max_text_bytes=10))
    assert (event.attributes["a"], event.attributes["b"]) == ("x" * 10, "y" * 10)


@pytest.mark.parametrize("body", [b"\x0a\xff", bytes(range(256)), b"{}", b"\x0a\x03\x12\x01\xff"])
def test_bytes_that_are_no_request_are_refused(body: bytes) -> None:
    """B-42."""
    with pytest.raises(BadRequest) as caught:
        names_of(PROTOBUF, body)
    assert caught.value.code == "bad_protobuf"
