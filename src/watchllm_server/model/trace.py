"""The trace: the events that share a trace id, summed up by a pure function of those events.

A duplicate cannot inflate a summary: it is computed from the unique events and never added to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Final

import msgspec

from watchllm_server.model.counting import USAGE_TYPES, uncounted_events
from watchllm_server.model.event import EventStatus

HOUR_US: Final = 3_600 * 1_000_000

# A trace may have any number of them; a list row shows the first few and the trace page the rest.
MAX_SUMMARY_TAGS: Final = 50
MAX_SUMMARY_MODELS: Final = 20
MAX_SUMMARY_SCORES: Final = 10


class TraceEvent(msgspec.Struct, gc=False):
    """What a summary needs of one event; no text but previews. The order of fields is the store's columns."""

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
    # Name → value or label, of each name the latest.
    scores: dict[str, str] = msgspec.field(default_factory=dict[str, str])

    @property
    def bucket_us(self) -> int:
        """The hour in which the trace starts: the store sorts summaries by it."""
        return self.start_us - self.start_us % HOUR_US


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


def _first(events: Sequence[TraceEvent], field: Callable[[TraceEvent], str], lead: TraceEvent) -> str:
    return field(lead) or next((value for event in events if (value := field(event))), "")


def summarise(project_id: str, trace_id: str, events: Sequence[TraceEvent]) -> TraceSummary:
    """Sum up the unique events of one trace, in any order; at least one event."""
    ordered = sorted(events, key=_order)
    roots = [event for event in ordered if is_root(event)]
    lead = roots[0] if roots else ordered[0]
    uncounted = uncounted_events(ordered)
    sums = _Sums()
    for event in ordered:
        sums.add(event, is_counted=event.type in USAGE_TYPES and event.event_id not in uncounted)
    return TraceSummary(
        project_id=project_id,
        trace_id=trace_id,
        name=lead.name,
        status=trace_status(roots, ordered),
        start_us=ordered[0].start_us,
        end_us=sums.end_us,
        event_count=len(ordered),
        error_count=sums.errors,
        model_call_count=sums.model_calls,
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        cost_usd=sums.cost_usd,
        unpriced_count=sums.unpriced,
        session_id=_first(ordered, attrgetter("session_id"), lead),
        user_id=_first(ordered, attrgetter("user_id"), lead),
        environment=_first(ordered, attrgetter("environment"), lead),
        release=_first(ordered, attrgetter("release"), lead),
        tags=sorted(sums.tags)[:MAX_SUMMARY_TAGS],
        models=sorted(sums.models - {""})[:MAX_SUMMARY_MODELS],
        input_preview=_first(ordered, attrgetter("input_preview"), lead),
        # What is said twice is read where it counts: the other span may know the words of its wrapping only.
        output_preview=_first(
            [e for e in reversed(ordered) if e.type != "model_response" or e.event_id not in uncounted],
            attrgetter("output_preview"),
            lead,
        ),
        uncounted=uncounted,
        scores=_scores(ordered),
    )


def _scores(ordered: Sequence[TraceEvent]) -> dict[str, str]:
    # Later ones replace earlier ones of their name. The preview of a score is its label or its value.
    latest = {event.name: event.output_preview for event in ordered if event.type == "eval_metric"}
    return {name: latest[name] for name in sorted(latest)[:MAX_SUMMARY_SCORES]}


_order: Final = attrgetter("start_us", "event_id")


class _Sums:
    """One pass over the events of a trace."""

    def __init__(self) -> None:
        self.end_us = self.errors = self.model_calls = 0
        self.input_tokens = self.output_tokens = self.unpriced = 0
        self.cost_usd: Decimal | None = None
        self.tags: set[str] = set()
        self.models: set[str] = set()

    def add(self, event: TraceEvent, *, is_counted: bool) -> None:
        self.end_us = max(self.end_us, event.start_us, event.end_us or 0)
        self.models.add(event.model)
        self.tags.update(event.tags)
        if event.status == "error" or event.type == "error":
            self.errors += 1
        if is_counted:
            self.model_calls += event.type == "model_response"
            self.input_tokens += event.input_tokens
            self.output_tokens += event.output_tokens
            if event.cost_usd is not None:
                self.cost_usd = (self.cost_usd or Decimal(0)) + event.cost_usd
            elif event.has_usage:
                self.unpriced += 1
