"""What a project does not want stored is in no store, no log and no answer, whichever way it came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from watchllm_server.dialects.contract import Accepted, Format, Limits
from watchllm_server.dialects.langfuse_scores import LangfuseScores
from watchllm_server.dialects.native import NativeJson
from watchllm_server.dialects.otlp import OtlpLogsJson, OtlpLogsProtobuf, OtlpTracesJson, OtlpTracesProtobuf
from watchllm_server.errors import BadRequest
from watchllm_server.model.event import Event
from watchllm_server.model.redaction import OwnPattern, RedactionRules
from watchllm_server.security.redaction import BadPattern, Redactor, check_rules

VECTORS: Final = json.loads((Path(__file__).parents[2] / "sdk/vectors/redaction.json").read_text())
ALL: Final = RedactionRules(
    detectors=("secrets", "email", "phone", "card"), patterns=(OwnPattern("case", r"CASE-\d+"),)
)  # fmt: skip
REDACTOR: Final = Redactor(ALL, b"pepper" * 8)
CANARIES: Final = (
    "ada@example.com", "4111 1111 1111 1111", "+49 170 1234567", "sk-abc123DEF456ghi789JKL0", "CASE-4711", "hunter2",
)  # fmt: skip
TRACE_ID: Final = "41111111111111110000000000000000"
SPAN_ID: Final = "4111111111111111"
AT_NS: Final = 1_795_000_000_000_000_000


def words() -> str:
    return "ü " + " und ".join(CANARIES[:-1])


@pytest.mark.parametrize(("text", "kept"), [
    ("write to ada.l+x@mail.example.co.uk.", "write to [redacted:email]."),
    ("card 4111-1111-1111-1111 or 378282246310005", "card [redacted:card] or [redacted:card]"),
    ("call +1 (415) 555-0123 or (415) 555-0123 or 415.555.0123", "call " + " or ".join(["[redacted:phone]"] * 3)),
    ("see CASE-1 and CASE-22", "see [redacted:case] and [redacted:case]"),
    # What only looks alike is left alone.
    ("2026-11-27 16:27:43.123456 10.0.0.12 v1.2.3", "2026-11-27 16:27:43.123456 10.0.0.12 v1.2.3"),
    ("order 4111 1111 1111 1112, 1795799373381431000 ns", "order 4111 1111 1111 1112, 1795799373381431000 ns"),
    ("550e8400-e29b-41d4-a716-446655440000 and a@b", "550e8400-e29b-41d4-a716-446655440000 and a@b"),
    ("bearer of the news-of-the-world-today", "bearer of the news-of-the-world-today"),
    ("日本 ada@example.com 語", "日本 [redacted:email] 語"),
])  # fmt: skip
def test_a_text_is_kept_without_what_the_rules_find(text: str, kept: str) -> None:
    assert REDACTOR.text(text) == kept


@pytest.mark.parametrize("case", [c for c in VECTORS["cases"] if not c.get("is_off")], ids=lambda c: c["name"])
def test_secrets_are_those_of_the_sdks(case: dict[str, Any]) -> None:
    own = tuple(OwnPattern("own", pattern) for pattern in case.get("patterns", []))
    redactor = Redactor(RedactionRules(detectors=("secrets",), patterns=own))
    body = NativeJson().rewrite(orjson.dumps({"eventId": "e", "body": case["body"]}), redactor)
    # A pattern of one's own says which one it was.
    assert json.loads(body.replace(b"[redacted:own]", b"[redacted]"))["body"] == case["sent"]


def test_an_id_of_a_person_becomes_another_that_is_the_same_for_the_same_person() -> None:
    first, second = REDACTOR.identity("ada@example.com"), REDACTOR.identity("bob@example.com")
    assert first.startswith("[redacted:email]:")
    assert first != second
    assert first == Redactor(ALL, b"pepper" * 8).identity("ada@example.com")
    assert first != Redactor(ALL, b"other key" * 8).identity("ada@example.com")
    assert REDACTOR.identity("user-1") == "user-1"


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", "a*", "", "^", "(a{1000}){1000}", "[z-a]"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="mine: "):
        check_rules(RedactionRules(patterns=(OwnPattern("mine", pattern),)))


def test_no_pattern_takes_long() -> None:
    redactor = Redactor(RedactionRules(patterns=(OwnPattern("slow", "(a+)+b"),)))
    # With a backtracking engine this would never end.
    assert redactor.text("a" * 100_000) == "a" * 100_000


def native() -> bytes:
    return orjson.dumps([{
        "eventId": SPAN_ID, "traceId": TRACE_ID, "parentEventId": SPAN_ID, "type": "model_response",
        "userId": CANARIES[0], "sessionId": "s-1", "tags": [CANARIES[0], "vip"], "environment": "prod",
        "context": {"release": "1.2", "who": {"mail": CANARIES[0]}},
        "body": {
            "model": "gpt-4o", "spanId": SPAN_ID, "messages": [{"role": "user", "content": words()}],
            "response": words(), "usage": {"inputTokens": 41111},
            "metadata": {"password": CANARIES[-1], "deep": [[words()]]},
        },
    }])  # fmt: skip


def attributes() -> list[KeyValue]:
    messages = json.dumps([{"role": "user", "parts": [{"content": words(), "password": CANARIES[-1]}]}])
    nested = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=words())]))
    members = AnyValue(
        kvlist_value=KeyValueList(values=[KeyValue(key="api_key", value=AnyValue(string_value=CANARIES[-1]))])
    )
    return [
        KeyValue(key="gen_ai.input.messages", value=AnyValue(string_value=messages)),
        KeyValue(key="gen_ai.usage.input_tokens", value=AnyValue(int_value=41111)),
        KeyValue(key="http.request.header.authorization", value=nested),
        KeyValue(key="user.id", value=AnyValue(string_value=CANARIES[0])),
        KeyValue(key="list", value=nested),
        KeyValue(key="members", value=members),
    ]


def traces() -> bytes:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=words())))
    span = resource.scope_spans.add().spans.add(
        trace_id=bytes.fromhex(TRACE_ID), span_id=bytes.fromhex(SPAN_ID), name=words(), start_time_unix_nano=AT_NS,
        end_time_unix_nano=AT_NS + 1, attributes=attributes(),
    )  # fmt: skip
    span.status.message = words()
    span.events.add(name="event", attributes=attributes())
    return request.SerializeToString()


def logs() -> bytes:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(
        time_unix_nano=AT_NS, trace_id=bytes.fromhex(TRACE_ID), span_id=bytes.fromhex(SPAN_ID),
        body=AnyValue(string_value=words()), attributes=attributes(),
    )  # fmt: skip
    return request.SerializeToString()


def otlp_json(kind: str) -> bytes:
    secret = {"stringValue": CANARIES[-1]}
    messages = json.dumps([{"content": words(), "secret": CANARIES[-1]}])
    given = [
        {"key": "gen_ai.input.messages", "value": {"stringValue": messages}},
        {"key": "http.request.header.authorization", "value": {"arrayValue": {"values": [secret]}}},
        {"key": "enduser.id", "value": {"stringValue": CANARIES[0]}},
        {"key": "members", "value": {"kvlistValue": {"values": [{"key": "cookie", "value": secret}]}}},
    ]
    ids = {"traceId": TRACE_ID, "spanId": SPAN_ID}
    if kind == "traces":
        span = {
            **ids, "name": words(), "startTimeUnixNano": str(AT_NS), "endTimeUnixNano": str(AT_NS), "attributes": given,
            "status": {"message": words()},
            "events": [{"name": words(), "timeUnixNano": str(AT_NS), "attributes": given}],
        }  # fmt: skip
        return orjson.dumps({"resourceSpans": [{"resource": {"attributes": given}, "scopeSpans": [{"spans": [span]}]}]})
    record = {**ids, "timeUnixNano": str(AT_NS), "body": {"stringValue": words()}, "attributes": given}
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def scores() -> bytes:
    return orjson.dumps({"id": SPAN_ID, "traceId": TRACE_ID, "name": words(), "value": 1, "comment": words(),
                         "metadata": {"secret": CANARIES[-1]}})  # fmt: skip


CASES: Final[list[tuple[Format, bytes]]] = [
    (NativeJson(), native()), (OtlpTracesProtobuf(), traces()), (OtlpTracesJson(), otlp_json("traces")),
    (OtlpLogsProtobuf(), logs()), (OtlpLogsJson(), otlp_json("logs")), (LangfuseScores(), scores()),
]  # fmt: skip


@pytest.mark.parametrize(("form", "body"), CASES, ids=lambda part: getattr(part, "name", ""))
def test_nothing_of_it_is_left_in_a_body_of_any_format(form: Format, body: bytes) -> None:
    kept = form.rewrite(body, REDACTOR)
    for canary in CANARIES:
        assert canary.encode() in body, canary
        assert canary.encode() not in kept, canary
    # The same events, with their ids, times, numbers and kinds as they were.
    before, after = events_of(form, body), events_of(form, kept)
    assert [untouched(event) for event in after] == [untouched(event) for event in before]
    if "logs" not in form.name:
        # The id of a log record is made of what it says.
        assert [event.event_id for event in after] == [event.event_id for event in before]
    assert after
    # Once more changes nothing more.
    assert form.rewrite(kept, REDACTOR) == kept


@pytest.mark.parametrize(("form", "body"), CASES, ids=lambda part: getattr(part, "name", ""))
def test_a_body_without_anything_of_it_stays_byte_for_byte(form: Format, body: bytes) -> None:
    assert form.rewrite(body, Redactor(RedactionRules(patterns=(OwnPattern("none", "no such words"),)))) == body


def events_of(form: Format, body: bytes) -> list[Event]:
    now_us = AT_NS // 1_000
    named = form.read_names(body, project_id="p", now_us=now_us, limits=Limits(), new_id=lambda: "made")
    assert named.rejected == []
    accepted = Accepted(project_id="p", event_ids=named.event_ids, accepted_at_us=now_us, sequence=1)
    events = form.read_events(body, accepted=accepted, limits=Limits())
    assert all(isinstance(event, Event) for event in events)
    return [event for event in events if isinstance(event, Event)]


def untouched(event: Event) -> tuple[Any, ...]:
    return (
        event.trace_id, event.parent_event_id, event.type, event.start_us, event.end_us, event.model,
        event.usage, event.status, event.environment,
    )  # fmt: skip


@pytest.mark.parametrize("form", [form for form, _ in CASES], ids=lambda form: form.name)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[[", b"\xff\xfe", b"null", b"7", b"[" * 5_000, b'{"a":' * 900 + b"1" + b"}" * 900]
)
def test_a_body_that_cannot_be_read_is_refused_or_left_to_be_refused(form: Format, body: bytes) -> None:
    try:
        kept = form.rewrite(body, REDACTOR)
    except BadRequest:
        return
    assert kept == body


def test_a_text_that_is_json_too_deep_to_follow_is_searched_as_a_text() -> None:
    deep = "[" * 900 + json.dumps(CANARIES[0]) + "]" * 900
    body = orjson.dumps({"eventId": "e", "body": {"input": deep}})
    kept = NativeJson().rewrite(body, REDACTOR)
    assert CANARIES[0].encode() not in kept
