"""The trace: the events that share a trace id, summed up by a pure function of those events.

A duplicate cannot inflate a summary: it is computed from the unique events and never added to.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from watchllm_server.model.event import EventStatus

HOUR_US: Final = 3_600 * 1_000_000

# A trace may have any number of them; a list row shows the first few and the trace page the rest.
MAX_SUMMARY_TAGS: Final = 50
MAX_SUMMARY_MODELS: Final = 20


class TraceEvent(msgspec.Struct, kw_only=True):
    """What a summary needs of one event; no text but the previews of roots."""

    event_id: str
    parent_event_id: str
    type: str
    name: str
    status: EventStatus
    start_us: int
    end_us: int | None
    session_id: str = ""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    tags: Sequence[str] = ()
    model: str = ""
    response_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    has_usage: bool = False
    cost_usd: Decimal | None = None
    input_preview: str = ""
    output_preview: str = ""


class TraceSummary(msgspec.Struct, kw_only=True):
    """One row of the list of traces. `uncounted` maps an event id to why its usage counts nothing."""

    project_id: str
    trace_id: str
    name: str
    status: EventStatus
    start_us: int
    end_us: int
    event_count: int
    error_count: int
    model_call_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    unpriced_count: int
    session_id: str
    user_id: str
    environment: str
    release: str
    tags: list[str]
    models: list[str]
    input_preview: str
    output_preview: str
    uncounted: dict[str, str]

    @property
    def bucket_us(self) -> int:
        """The hour in which the trace starts: the store sorts summaries by it."""
        return self.start_us - self.start_us % HOUR_US


def uncounted_events(events: Sequence[TraceEvent]) -> dict[str, str]:
    """Return the events whose usage and cost must not be added, each with the reason.

    Usage counts on model calls and on `token_usage`. A `token_usage` below a model call that has usage of
    its own repeats it.
    """
    if not any(event.type == "token_usage" for event in events):
        return {}
    calls_with_usage = {e.event_id for e in events if e.type == "model_response" and e.has_usage}
    return {
        event.event_id: "parent_has_usage"
        for event in events
        if event.type == "token_usage" and event.parent_event_id in calls_with_usage
    }


def is_root(event: TraceEvent) -> bool:
    """Tell whether the sender meant this event to have no parent."""
    return not event.parent_event_id or event.parent_event_id == event.event_id


def trace_status(roots: Sequence[TraceEvent], events: Sequence[TraceEvent]) -> EventStatus:
    """Return running while a root is open; error when a root says so, or when no root says anything and
    any event is an error; else ok."""
    said = {root.status for root in roots}
    if "running" in said:
        return "running"
    if "error" in said:
        return "error"
    if not (said - {""}) and any(is_error(event) for event in events):
        return "error"
    return "ok"


def is_error(event: TraceEvent) -> bool:
    """Tell whether the event counts in `error_count`, handled or not."""
    return event.status == "error" or event.type == "error"


def _first(values: Sequence[str]) -> str:
    return next((value for value in values if value), "")


def _distinct(values: Sequence[str], limit: int) -> list[str]:
    return sorted({value for value in values if value})[:limit]


def summarise(project_id: str, trace_id: str, events: Sequence[TraceEvent]) -> TraceSummary:
    """Sum up the unique events of one trace, in any order; at least one event."""
    ordered = sorted(events, key=lambda e: (e.start_us, e.event_id))
    roots = [event for event in ordered if is_root(event)]
    lead = roots[0] if roots else ordered[0]
    uncounted = uncounted_events(ordered)
    counted = [e for e in ordered if e.type in ("model_response", "token_usage") and e.event_id not in uncounted]
    costs = [event.cost_usd for event in counted if event.cost_usd is not None]
    return TraceSummary(
        project_id=project_id,
        trace_id=trace_id,
        name=lead.name,
        status=trace_status(roots, ordered),
        start_us=ordered[0].start_us,
        end_us=max(max(e.end_us or e.start_us, e.start_us) for e in ordered),
        event_count=len(ordered),
        error_count=sum(1 for e in ordered if is_error(e)),
        model_call_count=sum(1 for e in ordered if e.type == "model_response"),
        input_tokens=sum(e.input_tokens for e in counted),
        output_tokens=sum(e.output_tokens for e in counted),
        cost_usd=sum(costs, Decimal(0)) if costs else None,
        unpriced_count=sum(1 for e in counted if e.has_usage and e.cost_usd is None),
        session_id=_first([lead.session_id, *(e.session_id for e in ordered)]),
        user_id=_first([lead.user_id, *(e.user_id for e in ordered)]),
        environment=_first([lead.environment, *(e.environment for e in ordered)]),
        release=_first([lead.release, *(e.release for e in ordered)]),
        tags=_distinct([tag for e in ordered for tag in e.tags], MAX_SUMMARY_TAGS),
        models=_distinct([e.model for e in ordered], MAX_SUMMARY_MODELS),
        input_preview=_first([lead.input_preview, *(e.input_preview for e in ordered)]),
        output_preview=_first([lead.output_preview, *(e.output_preview for e in reversed(ordered))]),
        uncounted=uncounted,
    )
