"""OTLP traces as body formats: names spans at acceptance, maps them to events later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from watchllm_server.dialects.contract import Accepted, Limits, Named, Part, Rewriter
from watchllm_server.dialects.otlp import extract, json, protobuf
from watchllm_server.dialects.otlp.events import event_of
from watchllm_server.dialects.otlp.span import Span, problem_of
from watchllm_server.dialects.rewriting import rewrite_message, rewrite_otlp_json
from watchllm_server.model.event import MAX_AHEAD_US, MIN_TIME_US, Event, Rejection, UnreadableEvent
from watchllm_server.model.ids import MAX_ID_BYTES

_EARLIEST_NS: Final = MIN_TIME_US * 1_000


class OtlpTracesProtobuf:
    """Implements `contract.Format`."""

    name = "otlp.traces.protobuf"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        # The raw spans are enough here: decoding attributes costs ten times as much as reading ids.
        spans = list(protobuf.raw_spans(protobuf.parse(body)))
        large: frozenset[str] = frozenset()
        if len(body) > limits.max_event_bytes:
            large = frozenset(_protobuf_id(span) for span in spans if span.ByteSize() > limits.max_event_bytes)
        return _names(((s.trace_id, s.span_id, s.start_time_unix_nano, _protobuf_id(s)) for s in spans), now_us, large)

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        request = protobuf.parse(body)
        return request.SerializeToString() if rewrite_message(request, rewriter) else body

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(protobuf.spans(protobuf.parse(body)), accepted, limits)

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        request = protobuf.parse(body)
        places = _places(protobuf.spans(request), accepted)
        return extract.parts_of_protobuf(request, [places[index] for index in indexes])


class OtlpTracesJson:
    """Implements `contract.Format`."""

    name = "otlp.traces.json"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        request = json.parse(body)
        is_large = len(body) > limits.max_event_bytes
        large = json.larger_than(request, limits.max_event_bytes) if is_large else frozenset[str]()
        return _names(((s.trace_id, s.span_id, s.start_ns, s.event_id) for s in json.spans(request)), now_us, large)

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        return rewrite_otlp_json(body, json.parse(body), rewriter)

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(json.spans(json.parse(body)), accepted, limits)

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        request = json.parse(body)
        places = _places(json.spans(request), accepted)
        return extract.parts_of_json(request, [places[index] for index in indexes])


def _protobuf_id(span: Any) -> str:
    return span.trace_id.hex() + span.span_id.hex()


def _names(spans: Iterable[tuple[bytes | str, bytes | str, int, str]], now_us: int, large: frozenset[str]) -> Named:
    """Name the spans; `large` are the ids of those that are too large, and refused wherever they stand.

    By id: when it is read again, an accepted span must not be taken for a refused one beside it.
    """
    event_ids: list[str] = []
    rejected: list[Rejection] = []
    latest_ns = (now_us + MAX_AHEAD_US) * 1_000
    for index, (trace_id, span_id, start_ns, event_id) in enumerate(spans):
        problem = problem_of(trace_id, span_id)
        if problem is None and not _EARLIEST_NS <= start_ns <= latest_ns:
            problem = ("bad_time", "a span must start between 2000 and tomorrow")
        if problem is None and event_id in large:
            problem = ("event_too_large", "a span is larger than an event may be")
        if problem is None:
            event_ids.append(event_id)
        else:
            # An id of a wrong length may be as long as the body, and names nothing.
            rejected.append(Rejection(index, event_id if len(event_id) <= MAX_ID_BYTES else "", *problem))
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


def _places(spans: Iterable[Span], accepted: Accepted) -> list[int]:
    """Return where the accepted spans stand among all of the request."""
    wanted = iter(accepted.event_ids)
    places: list[int] = []
    next_id = next(wanted, None)
    for place, span in enumerate(spans):
        if span.event_id == next_id and _was_accepted(span, accepted):
            places.append(place)
            next_id = next(wanted, None)
    return places


def _was_accepted(span: Span, accepted: Accepted) -> bool:
    latest_ns = (accepted.accepted_at_us + MAX_AHEAD_US) * 1_000
    return problem_of(span.trace_id, span.span_id) is None and _EARLIEST_NS <= span.start_ns <= latest_ns
