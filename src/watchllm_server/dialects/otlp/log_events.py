"""From a log record to an event that joins its span: content of a model call, a score, an error, or a line of a log.

Usage that a record repeats stays an attribute: it counts on the span.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.contract import Accepted, Limits
from watchllm_server.dialects.otlp.log_record import LogRecord
from watchllm_server.dialects.otlp.mapping.genai_content import input_messages, output_messages
from watchllm_server.dialects.otlp.mapping.plain import first_text, map_common
from watchllm_server.dialects.otlp.span import Span, SpanEvent, as_text
from watchllm_server.dialects.truncation import cut_texts
from watchllm_server.model.event import Event, preview
from watchllm_server.model.messages import shown_input, shown_output

DIALECT: Final = "otel_logs"
# What an emitter in event mode sends instead of the attributes of the span, today and in earlier versions.
_CONTENT_EVENTS: Final = frozenset(
    {"gen_ai.client.inference.operation.details", "gen_ai.system.message", "gen_ai.user.message",
     "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice"}
)  # fmt: skip
_EVALUATION: Final = "gen_ai.evaluation.result"
_RESERVED: Final = "watchllm."
# OTLP's numbers of severity, four for each name; trace reads as debug, fatal as error.
_LEVELS: Final = ((17, "error"), (13, "warn"), (9, "info"), (1, "debug"))

Mapped = frozenset[str]


def event_of_log(record: LogRecord, accepted: Accepted, limits: Limits) -> Event:
    """Map one accepted record; what is not understood is kept as attributes."""
    event = Event(
        project_id=accepted.project_id,
        event_id=record.event_id,
        trace_id=record.trace_id,
        parent_event_id=record.trace_id + record.span_id if record.span_id else "",
        type="log",
        version=accepted.sequence,
        accepted_at_us=accepted.accepted_at_us,
        start_us=record.time_ns // 1_000,
        sdk_name=record.resource.scope_name,
        sdk_version=record.resource.scope_version,
        dialect=DIALECT,
    )
    try:
        used = _reader_of(record)(record, event)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        # A mapper's mistake must not lose a record: it stays a line of a log with all its attributes.
        event.type, used = "log", _read_line(record, event)
        event.notes.append(f"mapping_failed:{type(error).__name__}")
    kept = {key: as_text(value) for key, value in record.attributes.items()
            if key not in used and not key.startswith(_RESERVED)}  # fmt: skip
    event.attributes = kept | event.attributes | record.resource.kept
    return cut_texts(event, limits)


def _reader_of(record: LogRecord) -> Callable[[LogRecord, Event], Mapped]:
    if record.event_name in _CONTENT_EVENTS:
        return _read_content
    if record.event_name == _EVALUATION:
        return _read_evaluation
    if "exception.type" in record.attributes or "exception.message" in record.attributes:
        return _read_exception
    return _read_line


def _read_content(record: LogRecord, event: Event) -> Mapped:
    span = _span_of(record, event)
    # Of the older events each is one message, in the body or in the attributes.
    span.events = [SpanEvent(record.event_name, record.time_ns, _fields_of(record))]
    sent, used_in = input_messages(span, span.attributes)
    said, used_out = output_messages(span, span.attributes)
    event.type, event.name = "message", record.event_name
    event.model = first_text(span.attributes, "gen_ai.response.model", "gen_ai.request.model")[:256]
    event.response_id = first_text(span.attributes, "gen_ai.response.id")[:256]
    if sent:
        event.input, event.input_preview = _dumps(sent), preview(shown_input(sent))
    if said:
        event.output, event.output_preview = _dumps(said), preview(shown_output(said))
    if not sent and not said:
        _keep_body(record, event)
    return frozenset(used_in | used_out)


def _fields_of(record: LogRecord) -> dict[str, Any]:
    body: Any = record.body
    return record.attributes | cast(dict[str, Any], body) if isinstance(body, dict) else record.attributes


def _read_evaluation(record: LogRecord, event: Event) -> Mapped:
    span = _span_of(record, event)
    attributes = span.attributes
    event.type = "eval_metric"
    event.name = first_text(attributes, "gen_ai.evaluation.name") or "evaluation"
    event.response_id = first_text(attributes, "gen_ai.response.id")[:256]
    value, label = attributes.get("gen_ai.evaluation.score.value"), first_text(
        attributes, "gen_ai.evaluation.score.label"
    )  # fmt: skip
    if isinstance(value, int | float) and not isinstance(value, bool):
        event.attributes["score.value"] = repr(float(value))
    else:
        value = None
    if label:
        event.attributes["score.label"] = label
    comment = first_text(attributes, "gen_ai.evaluation.explanation")
    if comment:
        event.attributes["comment"] = comment
    shown = label or value
    if shown is not None:
        event.output, event.output_preview = _dumps(shown), preview(str(shown))
    _keep_body(record, event)
    return frozenset()


def _read_exception(record: LogRecord, event: Event) -> Mapped:
    attributes = _span_of(record, event).attributes
    event.type, event.status = "error", "error"
    event.name = first_text(attributes, "exception.type") or "error"
    event.status_message = first_text(attributes, "exception.message") or as_text(record.body or "")
    event.output_preview = preview(event.status_message)
    _keep_body(record, event)
    return frozenset()


def _read_line(record: LogRecord, event: Event) -> Mapped:
    _span_of(record, event)
    level = _level_of(record)
    event.name = record.event_name or level
    event.attributes["level"] = level
    _keep_body(record, event)
    return frozenset()


def _keep_body(record: LogRecord, event: Event) -> None:
    """Keep the record's words as the event's output, unless that holds something already."""
    if record.body is None or record.body == "":
        return
    if event.output:
        event.attributes["body"] = as_text(record.body)
    else:
        event.output = _dumps(record.body)
        event.output_preview = event.output_preview or preview(as_text(record.body))


def _level_of(record: LogRecord) -> str:
    for lowest, level in _LEVELS:
        if record.severity_number >= lowest:
            return level
    return record.severity_text.lower()[:64] or "info"


def _span_of(record: LogRecord, event: Event) -> Span:
    span = record.as_span()
    map_common(span, event)
    return span


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
