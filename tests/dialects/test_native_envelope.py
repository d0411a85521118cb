"""The envelope of a native event: identity, time, context, and what is kept of what nobody knows."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.dialects.reading import (
    LIMITS,
    NATIVE,
    NOW_US,
    PROJECT,
    names_of,
    native_event,
    native_refusal,
    results_of,
    typed,
)

from watchllm_server.dialects.contract import Limits
from watchllm_server.errors import BadRequest, TooLarge
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.times import from_rfc3339

FULL: dict[str, Any] = {
    "eventId": "e1", "projectId": PROJECT, "type": "custom", "timestamp": "2026-11-20T11:00:00.123456+01:00",
    "sdk": {"name": "watchllm-python", "version": "1.2"}, "traceId": "t1", "parentEventId": "p1", "sessionId": "s1",
    "userId": "u1", "environment": "prod", "release": "1.0", "tags": ["a", "b"], "body": {"name": "n"},
}  # fmt: skip
SNAKE: dict[str, Any] = {
    "event_id": "e1", "project_id": PROJECT, "type": "custom", "timestamp": "2026-11-20T11:00:00.123456+01:00",
    "sdk": {"name": "watchllm-python", "version": "1.2"}, "trace_id": "t1", "parent_event_id": "p1",
    "session_id": "s1", "user_id": "u1", "environment": "prod", "release": "1.0", "tags": ["a", "b"],
    "body": {"name": "n"},
}  # fmt: skip
IN_CONTEXT: dict[str, Any] = {
    "eventId": "e1", "type": "custom", "timestamp": "2026-11-20T11:00:00.123456+01:00",
    "sdk": {"name": "watchllm-python", "version": "1.2"}, "body": {"name": "n"},
    "context": {"traceId": "t1", "parentEventId": "p1", "sessionId": "s1", "user_id": "u1", "environment": "prod",
                "release": "1.0", "tags": ["a", "b"]},
}  # fmt: skip


@pytest.mark.parametrize("envelope", [FULL, SNAKE, IN_CONTEXT], ids=["camel", "snake", "in-context"])
def test_the_envelope_fills_the_event(envelope: dict[str, Any]) -> None:
    assert native_event(envelope) == Event(
        project_id=PROJECT, event_id="e1", trace_id="t1", type="custom", version=7, accepted_at_us=NOW_US,
        start_us=from_rfc3339("2026-11-20T10:00:00.123456Z"), parent_event_id="p1", name="n", session_id="s1",
        user_id="u1", environment="prod", release="1.0", tags=["a", "b"], sdk_name="watchllm-python",
        sdk_version="1.2", dialect="native", raw=orjson.dumps(envelope).decode(),
    )  # fmt: skip


def test_the_envelope_goes_before_its_context() -> None:
    event = native_event({**FULL, "context": {"traceId": "other", "tags": ["c"], "more": 1}})
    assert (event.trace_id, event.tags) == ("t1", ["a", "b"])
    assert event.attributes["context.more"] == "1"


def test_unknown_keys_of_the_envelope_are_kept() -> None:
    """B-74."""
    event = native_event({**FULL, "extra": {"a": 1}, "word": "w", "none": None})
    assert event.attributes == {"extra": '{"a":1}', "word": "w"}


def test_what_is_missing_is_made_of_the_acceptance() -> None:
    """B-69, B-76, B-79."""
    body = orjson.dumps([{"type": "custom", "body": {"name": "n"}}] * 2)
    named = names_of(NATIVE, body)
    assert named.event_ids == ["made-1", "made-2"]
    first, second = results_of(NATIVE, body, named)
    assert isinstance(first, Event)
    assert (first.event_id, first.start_us, first.trace_id) == ("made-1", NOW_US, "")
    assert second.event_id == "made-2"


@pytest.mark.parametrize(
    "event_id", ["", "e" * 257, "é" * 129, 7, True, ["e"], {}, "a\nb", "a\0b", "a\x7fb"]
)  # fmt: skip
def test_a_bad_event_id_is_refused(event_id: object) -> None:
    """B-69."""
    assert native_refusal({**FULL, "eventId": event_id}).code == "bad_event_id"


@pytest.mark.parametrize("event_id", ["e", "e" * 256, "é" * 128, "../x", "'; DROP TABLE", "\U0001f600"])
def test_any_other_event_id_is_the_senders(event_id: str) -> None:
    assert native_event({**FULL, "eventId": event_id}).event_id == event_id


@pytest.mark.parametrize(
    "timestamp",
    [0, -1, 1_795_176_000, 1.5, True, [], "", "yesterday", "1999-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
     "2026-11-22T12:00:00Z", "2026-11-20T12:00:00", "2026-11-20", "2026-11-20T12:00:60Z", "2026-02-30T00:00:00Z"],
)  # fmt: skip
def test_a_bad_time_is_refused(timestamp: object) -> None:
    """B-76."""
    refusal = native_refusal({**FULL, "timestamp": timestamp})
    assert (refusal.code, refusal.path) == ("bad_time", "timestamp")


@pytest.mark.parametrize(
    ("timestamp", "us"),
    [
        ("2000-01-01T00:00:00Z", 946_684_800_000_000),
        ("2026-11-21T12:00:00Z", NOW_US + 86_400_000_000),
        ("2026-11-20T12:00:00z", NOW_US),
        ("2026-11-20 12:00:00+00:00", NOW_US),
        ("2026-11-20T14:00:00+02:00", NOW_US),
        ("2026-11-20T12:00:00.000001Z", NOW_US + 1),
        ("2026-11-20T12:00:00.123456789Z", NOW_US + 123_456),
    ],
)
def test_a_time_with_a_zone_is_read(timestamp: str, us: int) -> None:
    assert native_event({**FULL, "timestamp": timestamp}).start_us == us


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"),
        ("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        ("My-Trace", "My-Trace"),
        ("t" * 256, "t" * 256),
    ],
)
def test_trace_ids_meet_in_lower_case_hex(sent: str, kept: str) -> None:
    """B-79."""
    assert native_event({**FULL, "traceId": sent}).trace_id == kept


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"k": value}
    return value


REFUSED: list[tuple[str, object, str, str]] = [
    ("number", 7, "not_an_object", ""),
    ("list", [], "not_an_object", ""),
    ("null", None, "not_an_object", ""),
    ("B-72", {**FULL, "projectId": "other"}, "project_mismatch", "projectId"),
    ("project-type", {**FULL, "projectId": 7}, "wrong_type", "projectId"),
    ("B-73", {**FULL, "type": "nonsense"}, "unknown_type", "type"),
    ("no-type", {"eventId": "e", "body": {}}, "missing", "type"),
    ("type-type", {**FULL, "type": 1}, "wrong_type", "type"),
    ("body-type", {**FULL, "body": "x"}, "wrong_type", "body"),
    ("no-body", {"eventId": "e", "type": "custom"}, "missing", "body.name"),
    ("context-type", {**FULL, "context": []}, "wrong_type", "context"),
    ("sdk-type", {**FULL, "sdk": "watchllm"}, "wrong_type", "sdk"),
    ("sdk-version", {**FULL, "sdk": {"version": 1}}, "wrong_type", "sdk.version"),
    ("B-75-tags", {**FULL, "tags": "a"}, "wrong_type", "tags"),
    ("tag-type", {**FULL, "tags": [1]}, "wrong_type", "tags"),
    ("tag-length", {**FULL, "tags": ["t" * 257]}, "too_many", "tags"),
    ("51-tags", {**FULL, "tags": ["t"] * 51}, "too_many", "tags"),
    ("B-79", {**FULL, "traceId": "t" * 257}, "bad_id", "traceId"),
    ("trace-type", {**FULL, "traceId": 1}, "wrong_type", "traceId"),
    ("parent", {**FULL, "parentEventId": "p" * 257}, "bad_id", "parentEventId"),
    ("B-93", {**FULL, "sessionId": "s" * 257}, "bad_id", "sessionId"),
    ("snake-case", {"event_id": "e1", "type": "custom", "trace_id": 1}, "wrong_type", "trace_id"),
    ("user", {**FULL, "userId": "a\0b"}, "bad_id", "userId"),
    ("context-user", {**FULL, "userId": None, "context": {"userId": "u" * 257}}, "bad_id", "context.userId"),
    ("B-94-environment", {**FULL, "environment": "e" * 65}, "bad_id", "environment"),
    ("B-94-release", {**FULL, "release": "r" * 65}, "bad_id", "release"),
    ("B-37", {**FULL, "body": {"name": "n", "deep": nested(63)}}, "too_deep", ""),
    ("B-40-nul", {**FULL, "a\0b": 1}, "bad_key", ""),
    ("B-40-long", {**FULL, "body": {"name": "n", "k" * 257: 1}}, "bad_key", ""),
    ("B-82", {**FULL, "pad": "x" * LIMITS.max_event_bytes}, "event_too_large", ""),
]  # fmt: skip


@pytest.mark.parametrize(("item", "code", "path"), [pytest.param(*case[1:], id=case[0]) for case in REFUSED])
def test_a_bad_envelope_is_refused_by_name(item: object, code: str, path: str) -> None:
    refusal = native_refusal(item)
    assert (refusal.code, refusal.path) == (code, path)
    assert len(refusal.message) < 400


def test_what_is_just_within_the_limits_is_accepted() -> None:
    deep = {**FULL, "body": {"name": "n", "deep": nested(60)}, "k" * 256: 1, "tags": ["t" * 256] * 50}
    assert native_event({**deep, "environment": "e" * 64, "release": "r" * 64, "userId": "u" * 256}).notes == []


@pytest.mark.parametrize("key", ["__proto__", "constructor", "$where", "a.b", "", "metadata.x", "resource"])
def test_odd_keys_are_kept_as_plain_keys(key: str) -> None:
    """B-40, B-58."""
    assert native_event({**FULL, key: {"v": 1}}).attributes[key] == '{"v":1}'


def test_an_event_twice_counts_as_a_duplicate() -> None:
    """B-70."""
    named = names_of(NATIVE, orjson.dumps([FULL, {**FULL, "eventId": "e2"}, FULL]))
    assert (named.event_ids, named.duplicates) == (["e1", "e2", "e1"], 1)


def test_refused_events_keep_their_place() -> None:
    named = names_of(NATIVE, orjson.dumps([FULL, 7, {**FULL, "eventId": "e2", "type": "x"}, {**FULL, "eventId": "e3"}]))
    assert named.event_ids == ["e1", "e3"]
    assert [(r.index, r.event_id, r.code) for r in named.rejected] == [
        (1, "", "not_an_object"),
        (2, "e2", "unknown_type"),
    ]


def test_too_many_events_are_refused_before_they_are_read() -> None:
    """B-38."""
    names_of(NATIVE, b"[" + b",".join([orjson.dumps(FULL)] * 100) + b"]")
    with pytest.raises(TooLarge, match="100 events") as caught:
        names_of(NATIVE, b"[" + b",".join([b"0"] * 101) + b"]")
    assert caught.value.code == "too_many_events"


def test_broken_json_says_where() -> None:
    """B-34."""
    with pytest.raises(BadRequest) as caught:
        names_of(NATIVE, b'[{"a": 1},]')
    assert (caught.value.code, caught.value.details) == ("bad_json", {"offset": 9})


def test_an_accepted_event_that_can_no_longer_be_read_becomes_a_letter() -> None:
    """As after an upgrade with stricter rules: nothing is dropped and nothing raised."""
    body = orjson.dumps([typed("custom", name="n", tags=[]), {**FULL, "eventId": "e2", "tags": ["a"] * 3}])
    named = names_of(NATIVE, body)
    kept, letter = results_of(NATIVE, body, named, Limits(max_tags=2))
    assert isinstance(kept, Event)
    assert letter == UnreadableEvent(
        project_id=PROJECT, event_id="e2", version=7, accepted_at_us=NOW_US, code="too_many",
        message="tags may have at most 2 texts of 256 bytes",
        content=orjson.dumps({**FULL, "eventId": "e2", "tags": ["a"] * 3}).decode(),
    )  # fmt: skip
