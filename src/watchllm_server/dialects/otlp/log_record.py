"""One log record as both OTLP encodings are decoded to it, and the event id that it gets."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from watchllm_server.dialects.otlp.span import Resource, Span, problem_of


class LogRecord(msgspec.Struct, gc=False):
    """A log record. Ids are lower-case hex, "" for none; `body` and `attributes` are empty when only its name is asked.

    `event_name` is the record's own or, of older emitters, the attribute `event.name`.
    """

    trace_id: str
    span_id: str
    time_ns: int
    event_id: str
    size: int
    severity_number: int
    severity_text: str
    event_name: str
    body: Any
    attributes: dict[str, Any]
    resource: Resource

    def as_span(self) -> Span:
        """Return a span of no duration with the record's attributes, for readers that know spans."""
        return Span(
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_span_id="",
            name=self.event_name,
            kind=0,
            start_ns=self.time_ns,
            end_ns=self.time_ns,
            attributes=self.attributes,
            status_code=0,
            status_message="",
            events=[],
            links=[],
            resource=self.resource,
        )


def joined_ids(trace_id: str, span_id: str) -> tuple[str, str]:
    """Return the ids of the span that a record belongs to; ids of another form are as good as none."""
    if problem_of(trace_id, span_id) is None:
        return trace_id, span_id
    # A trace alone is allowed: the span id is then checked against one that is right.
    return (trace_id, "") if not span_id and problem_of(trace_id, "1" * 16) is None else ("", "")


def record_id(trace_id: str, span_id: str, content: bytes, shared: bytes) -> str:
    """Return the event id of a record: OTLP gives it none, and an exporter that tries again sends the same bytes.

    `shared` is what the records of one resource and scope have in common: two processes may log the same words at
    the same moment.
    """
    digest = hashlib.sha256(shared)
    digest.update(content)
    return f"{trace_id}{span_id}-{digest.hexdigest()[:32]}"
