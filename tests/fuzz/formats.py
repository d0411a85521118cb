"""The wire formats as targets: names at acceptance, events, priced rows, summaries and answers of any bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import orjson
from google.protobuf.json_format import Error as JsonFormatError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.dialects.reading import JSON, LIMITS, NATIVE, NOW_US, PROJECT, PROTOBUF, names_of, results_of
from tests.dialects.requests import encode
from tests.fuzz.refusals import check_refusal, check_rejection
from watchllm_server.dialects.contract import Accepted, Format, Named
from watchllm_server.dialects.langfuse_scores import LangfuseScores
from watchllm_server.dialects.otlp import OtlpLogsJson, OtlpLogsProtobuf
from watchllm_server.errors import BadRequest, WatchLLMError
from watchllm_server.ingest import otlp_answers
from watchllm_server.model.event import EVENT_TYPES, USAGE_KINDS, Event
from watchllm_server.model.times import to_rfc3339
from watchllm_server.model.trace import TraceEvent, summarise
from watchllm_server.processor.pricing import add_cost
from watchllm_server.stores.events import rows
from watchllm_server.ui_backend.event_answers import event_answer

_LOGS_JSON: Final = OtlpLogsJson()
_LOGS_PROTOBUF: Final = OtlpLogsProtobuf()
_SCORES: Final = LangfuseScores()
# Beyond it, integers of JSON lose their last digits in a browser.
_EXACT: Final = 2**53


def run_native(data: bytes) -> None:
    """Read a body of the native routes."""
    named = _named(NATIVE, data)
    # A native request is accepted whole or not at all.
    if named is not None and not named.rejected:
        events = _events(NATIVE, data, named)
        assert len(events) == len(named.event_ids)
        _check_rows(events)


def run_otlp_json(data: bytes) -> None:
    """Read an OTLP request in JSON."""
    _run_otlp(JSON, data, otlp_answers.JSON)


def run_otlp_protobuf(data: bytes) -> None:
    """Read an OTLP request in protobuf; the same request in JSON must give the same events."""
    events = _run_otlp(PROTOBUF, data, otlp_answers.PROTOBUF)
    if events is None or (body := _as_json(data, ExportTraceServiceRequest())) is None:
        return
    same = _run_otlp(JSON, body, otlp_answers.JSON)
    assert same == events, "the two encodings of one request gave different events"


def run_logs_json(data: bytes) -> None:
    """Read an OTLP request of logs in JSON."""
    _run(_LOGS_JSON, data)


def run_logs_protobuf(data: bytes) -> None:
    """Read an OTLP request of logs in protobuf; the same request in JSON must give the same events under other ids.

    A record has no id of its own: it is known by the bytes that its exporter sends again.
    """
    events = _run(_LOGS_PROTOBUF, data)
    if events is None or (body := _as_json(data, ExportLogsServiceRequest())) is None:
        return
    same = _run(_LOGS_JSON, body)
    assert same is not None
    assert [msgspec.structs.replace(event, event_id="") for event in same] == [
        msgspec.structs.replace(event, event_id="") for event in events
    ], "the two encodings of one request gave different events"


def run_scores(data: bytes) -> None:
    """Read the scores of a Langfuse SDK; good ones are accepted beside bad ones."""
    _run(_SCORES, data)


def _run(form: Format, data: bytes) -> list[Event] | None:
    """Return the events of a request of which bad ones may be refused alone, None for one that is refused whole."""
    named = _named(form, data)
    if named is None:
        return None
    events = _events(form, data, named)
    _check_rows(events)
    return events


def _as_json(data: bytes, request: Any) -> bytes | None:
    """Return the request as OTLP JSON, None where that cannot say the same."""
    try:
        request.ParseFromString(data)
        return encode(request)
    except (DecodeError, JsonFormatError, RecursionError, orjson.JSONEncodeError):
        return None


def _run_otlp(form: Format, data: bytes, media_type: str) -> list[Event] | None:
    """Return the events of an accepted request, None for a refused one."""
    named = _named(form, data)
    if named is None:
        return None
    try:
        answer = otlp_answers.success(named, media_type)
    except WatchLLMError as error:
        assert named.rejected
        assert not named.event_ids
        answer = otlp_answers.failure(error, media_type)
    assert answer.status_code in (200, 400)
    events = _events(form, data, named)
    _check_rows(events)
    return events


def _named(form: Format, data: bytes) -> Named | None:
    """Return the names that a body is accepted with, None when it is refused whole."""
    try:
        named = names_of(form, data)
    except WatchLLMError as error:
        _check_refused(error)
        return None
    for event_id in named.event_ids:
        assert 1 <= len(event_id.encode()) <= 256
        # The queue keeps the ids of an entry as lines.
        assert "\n" not in event_id
    for rejection in named.rejected:
        check_rejection(rejection)
    assert named.duplicates == len(named.event_ids) - len(set(named.event_ids))
    return named


def _check_refused(error: WatchLLMError) -> None:
    """Make the answers of a refusal, too."""
    check_refusal(error)
    for media_type in otlp_answers.TYPES:
        assert otlp_answers.failure(error, media_type).body


def _events(form: Format, data: bytes, named: Named) -> list[Event]:
    """Return the events of what was accepted: as many, in the same order, and the same ones every time."""
    results = results_of(form, data, named)
    assert [result.event_id for result in results] == named.event_ids
    assert results_of(form, data, named) == results
    events = [result for result in results if isinstance(result, Event)]
    assert len(events) == len(results), "an accepted event could not be mapped"
    _check_parts(form, data, named, events)
    return events


def _check_parts(form: Format, data: bytes, named: Named, events: Sequence[Event]) -> None:
    """Take the first and the last event out of the body: each part alone gives the same event."""
    for index in sorted({0, len(events) - 1} if events else ()):
        try:
            (part,) = form.extract(data, accepted=_accepted(named.event_ids), indexes=[index])
        except (LookupError, BadRequest):
            # Allowed: the whole body is kept then.
            continue
        alone = form.read_events(part.body, accepted=_accepted([named.event_ids[index]]), limits=LIMITS)
        assert alone == [events[index]], "an event that was taken out of its body is another one"


def _accepted(event_ids: Sequence[str]) -> Accepted:
    return Accepted(project_id=PROJECT, event_ids=event_ids, accepted_at_us=NOW_US, sequence=7)


def _check_rows(events: Sequence[Event]) -> None:
    """Price the events and make their rows, their summary and their answers, as a processor and a reader do."""
    if not events:
        return
    for event in events:
        add_cost(event)
        _check_fields(event)
    for event, row in zip(events, rows.events_table(events).to_pylist(), strict=True):
        assert (row["name"], row["input"], row["output"], row["raw"]) == (
            event.name, event.input, event.output, event.raw,
        )  # fmt: skip
        assert dict(row["attributes"]) == event.attributes
        assert (dict(row["usage"]), row["cost_usd"]) == (event.usage, event.cost_usd)
        _check_answer(event)
    summary = summarise(PROJECT, "trace", [_trace_event(event) for event in events])
    assert summary.event_count == len(events)
    assert summary.start_us <= summary.end_us
    rows.summaries_table([summary], 1)


def _check_fields(event: Event) -> None:
    assert event.type in EVENT_TYPES
    assert event.end_us is None or event.end_us >= event.start_us
    assert len(event.attributes) <= LIMITS.max_attributes + len(event.notes) * 2
    for kind, count in event.usage.items():
        assert kind in USAGE_KINDS
        assert 0 <= count <= 2 * _EXACT
    assert event.cost_usd is None or event.cost_usd.is_finite()
    if not any(note.startswith("truncated") for note in event.notes):
        for text in filter(None, (event.input, event.output, event.raw)):
            orjson.loads(text)


def _check_answer(event: Event) -> None:
    """Make the answer of the whole event and read it again as a browser does."""
    stored = msgspec.structs.asdict(event)
    start, accepted = to_rfc3339(event.start_us), to_rfc3339(event.accepted_at_us)
    end = None if event.end_us is None else to_rfc3339(event.end_us)
    money = {
        "cost_usd": _shown(event.cost_usd), "reported_cost_usd": _shown(event.reported_cost_usd),
        "cost_breakdown": {kind: _shown(cost) for kind, cost in event.cost_breakdown.items()},
    }  # fmt: skip
    times = {
        "start_time": start, "end_time": end, "duration_ms": None, "accepted_at": accepted, "stored_at": accepted,
    }  # fmt: skip
    shown = orjson.loads(orjson.dumps(event_answer({**stored, **money, **times}, {})))
    assert shown["event_id"] == event.event_id


def _shown(amount: object) -> str | None:
    return None if amount is None else str(amount)


def _trace_event(event: Event) -> TraceEvent:
    return TraceEvent(
        event.event_id, event.parent_event_id, event.type, event.name, event.status, event.start_us, event.end_us,
        tags=event.tags, model=event.model, input_tokens=event.usage.get("input_tokens", 0),
        output_tokens=event.usage.get("output_tokens", 0), has_usage=bool(event.usage), cost_usd=event.cost_usd,
        input_preview=event.input_preview, output_preview=event.output_preview,
    )  # fmt: skip
