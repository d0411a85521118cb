"""OTLP traces as body formats: names spans at acceptance, maps them to events later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from watchllm_server.dialects.contract import Accepted, Limits, Named
from watchllm_server.dialects.otlp import json, protobuf
from watchllm_server.dialects.otlp.events import event_of
from watchllm_server.dialects.otlp.span import Span, problem_of
from watchllm_server.model.event import MAX_AHEAD_US, MIN_TIME_US, Event, Rejection, UnreadableEvent

_EARLIEST_NS: Final = MIN_TIME_US * 1_000


class OtlpTracesProtobuf:
    """Implements `contract.Format`."""

    name = "otlp.traces.protobuf"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        # The raw spans are enough here: decoding attributes costs ten times as much as reading ids.
        spans = protobuf.raw_spans(protobuf.parse(body))
        return _names(
            ((s.trace_id, s.span_id, s.start_time_unix_nano, s.trace_id.hex() + s.span_id.hex()) for s in spans),
            now_us,
        )

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(protobuf.spans(protobuf.parse(body)), accepted, limits)


class OtlpTracesJson:
    """Implements `contract.Format`."""

    name = "otlp.traces.json"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        spans = json.spans(json.parse(body))
        return _names(((s.trace_id, s.span_id, s.start_ns, s.event_id) for s in spans), now_us)

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(json.spans(json.parse(body)), accepted, limits)


def _names(spans: Iterable[tuple[bytes | str, bytes | str, int, str]], now_us: int) -> Named:
    event_ids: list[str] = []
    rejected: list[Rejection] = []
    latest_ns = (now_us + MAX_AHEAD_US) * 1_000
    for index, (trace_id, span_id, start_ns, event_id) in enumerate(spans):
        problem = problem_of(trace_id, span_id)
        if problem is None and not _EARLIEST_NS <= start_ns <= latest_ns:
            problem = ("bad_time", "a span must start between 2000 and tomorrow")
        if problem is None:
            event_ids.append(event_id)
        else:
            rejected.append(Rejection(index, event_id, *problem))
    return Named(event_ids=event_ids, rejected=rejected, duplicates=len(event_ids) - len(set(event_ids)))


def _events(spans: Iterable[Span], accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
    """Map the accepted spans; those that were refused at acceptance stand between them and are passed over."""
    wanted = iter(accepted.event_ids)
    events: list[Event | UnreadableEvent] = []
    next_id = next(wanted, None)
    for span in spans:
        if span.event_id != next_id or not _was_accepted(span, accepted):
            continue
        events.append(event_of(span, accepted, limits))
        next_id = next(wanted, None)
    return events


def _was_accepted(span: Span, accepted: Accepted) -> bool:
    latest_ns = (accepted.accepted_at_us + MAX_AHEAD_US) * 1_000
    return problem_of(span.trace_id, span.span_id) is None and _EARLIEST_NS <= span.start_ns <= latest_ns
