"""From a span to an event: what every span has, then what the dialects that it speaks say."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.contract import Accepted, Limits
from watchllm_server.dialects.duration import set_end
from watchllm_server.dialects.otlp.mapping import map_span
from watchllm_server.dialects.otlp.span import Span, as_text
from watchllm_server.dialects.truncation import cut_texts
from watchllm_server.model.event import Event, EventStatus, UnreadableEvent

_STATUS: Final[dict[int, EventStatus]] = {1: "ok", 2: "error"}
# Names of ours that a client must not set.
_RESERVED: Final = "watchllm."


def event_of(span: Span, accepted: Accepted, limits: Limits) -> Event | UnreadableEvent:
    """Map one accepted span; what the mapper does not understand is kept as attributes."""
    event = Event(
        project_id=accepted.project_id,
        event_id=span.event_id,
        trace_id=span.trace_id,
        parent_event_id=span.trace_id + span.parent_span_id if span.parent_span_id else "",
        type="span",
        name=span.name,
        version=accepted.sequence,
        accepted_at_us=accepted.accepted_at_us,
        start_us=span.start_ns // 1_000,
        status=_STATUS.get(span.status_code, ""),
        status_message=span.status_message,
        sdk_name=span.resource.scope_name,
        sdk_version=span.resource.scope_version,
    )
    _set_end(span, event)
    used = map_span(span, event)
    _keep_attributes(span, event, used)
    _keep_inner(span, event, limits.max_attributes)
    return cut_texts(event, limits)


def _set_end(span: Span, event: Event) -> None:
    if not span.end_ns:
        # Exported before its end, as live views do.
        event.status = event.status or "running"
    else:
        set_end(event, span.end_ns // 1_000)


def _keep_attributes(span: Span, event: Event, used: set[str]) -> None:
    kept = event.attributes
    kept |= {
        key: value if isinstance(value, str) else as_text(value)
        for key, value in span.attributes.items()
        if key not in used and not key.startswith(_RESERVED)
    }
    kept |= span.resource.kept
    if span.kind > 1:
        kept["span.kind"] = str(span.kind)
    if span.dropped_attributes:
        kept["span.dropped_attributes"] = str(span.dropped_attributes)


def _keep_inner(span: Span, event: Event, most: int) -> None:
    """Keep the span's events and links, as many of each as it may have attributes; the rest is counted."""
    kept = event.attributes
    if span.events:
        kept["span.events"] = as_text([[e.name, e.time_ns, e.attributes] for e in span.events[:most]])
        _note_dropped(event, "events", len(span.events) - most)
    if span.links:
        kept["span.links"] = as_text(span.links[:most])
        _note_dropped(event, "links", len(span.links) - most)


def _note_dropped(event: Event, what: str, count: int) -> None:
    if count > 0:
        event.notes.append(f"dropped_{what}:{count}")
