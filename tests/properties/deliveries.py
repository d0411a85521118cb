"""Events of a few traces, and any way they may be sent: split into batches, in any order, some of them again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import orjson
from hypothesis import strategies as st

from watchllm_server.model.times import to_rfc3339

BEGAN_US: Final = 1_795_000_000 * 1_000_000
NATIVE: Final = "native.json"
OTLP: Final = "otlp.traces.json"
_HOUR_US: Final = 3_600 * 1_000_000


@dataclass(frozen=True)
class Sent:
    """One event as its application sends it, every time in the same words."""

    format: str
    event_id: str
    item: dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """What happens around one bundle: a failure before or after its insert, a new process, a round of summaries.

    With `is_overtaken`, the next bundle is worked on before a failed one comes back.
    """

    fails: str
    is_overtaken: bool
    is_new_process: bool
    summarises: bool


@dataclass(frozen=True)
class Delivery:
    """Batches in the order in which they are accepted, and how they are worked on."""

    batches: list[list[Sent]]
    bundle_events: int
    attempts: list[Attempt]

    def entries(self) -> list[tuple[str, list[str], bytes]]:
        """Return (format, event ids, body) of each request: one request has one format."""
        found: list[tuple[str, list[str], bytes]] = []
        for batch in self.batches:
            for form, events in groupby(batch, key=lambda sent: sent.format):
                listed = list(events)
                found.append((form, [sent.event_id for sent in listed], body_of(form, listed)))
        return found


def body_of(form: str, events: list[Sent]) -> bytes:
    """Return the body of a request."""
    items = [sent.item for sent in events]
    return orjson.dumps(items if form == NATIVE else {"resourceSpans": [{"scopeSpans": [{"spans": items}]}]})


def _trace_id(number: int) -> str:
    return f"{number + 1:032x}"


def _span_id(number: int) -> str:
    return f"{number + 1:016x}"


@st.composite
def _event(draw: st.DrawFn, number: int) -> Sent:
    trace = draw(st.integers(0, 2))
    # Earlier, itself, later or never sent: links of every kind.
    parent = draw(st.none() | st.integers(0, number + 2))
    start_us = BEGAN_US + draw(st.sampled_from([0, 1, 1_000_000, -_HOUR_US, 2 * _HOUR_US, -40 * 24 * _HOUR_US]))
    tokens = draw(st.integers(0, 5_000))
    kind = draw(st.sampled_from(["model_response", "token_usage", "log", "error", "span", "agent_action", "otlp"]))
    if kind == "otlp":
        return _otlp(number, trace, parent, start_us, tokens)
    bodies: dict[str, dict[str, Any]] = {
        "model_response": {"model": "gpt-4o", "prompt": f"p{number}", "response": f"r{number}", "latencyMs": 5,
                           "usage": {"inputTokens": tokens, "outputTokens": 3}},
        "token_usage": {"model": "gpt-4o-mini", "inputTokens": tokens, "outputTokens": 1},
        "log": {"level": "info", "message": f"m{number}"},
        "error": {"message": "boom"},
        "span": {"name": f"s{number}", "durationMs": tokens, "status": "ok"},
        "agent_action": {"action": "plan", "agentName": "a", "stepIndex": number, "output": [number]},
    }  # fmt: skip
    item: dict[str, Any] = {
        "eventId": _event_id(number), "type": kind, "timestamp": to_rfc3339(start_us), "body": bodies[kind],
        "tags": [f"tag{number % 3}"], "sessionId": f"session{number % 2}",
    }  # fmt: skip
    if draw(st.booleans()):
        item["traceId"] = _trace_id(trace)
    if parent is not None:
        item["parentEventId"] = _event_id(parent)
    return Sent(NATIVE, _event_id(number), item)


def _event_id(number: int) -> str:
    return f"e{number}"


def _otlp(number: int, trace: int, parent: int | None, start_us: int, tokens: int) -> Sent:
    attributes = {
        "gen_ai.operation.name": {"stringValue": "chat"},
        "gen_ai.request.model": {"stringValue": "gpt-4o"},
        "gen_ai.usage.input_tokens": {"intValue": str(tokens)},
    }
    item = {
        "traceId": _trace_id(trace), "spanId": _span_id(number), "name": f"chat {number}",
        "parentSpanId": "" if parent is None else _span_id(parent),
        "startTimeUnixNano": str(start_us * 1_000), "endTimeUnixNano": str(start_us * 1_000 + tokens * 1_000),
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
    }  # fmt: skip
    return Sent(OTLP, _trace_id(trace) + _span_id(number), item)


@st.composite
def stories(draw: st.DrawFn) -> list[Sent]:
    """Draw some events with distinct ids."""
    count = draw(st.integers(1, 10))
    return [draw(_event(number)) for number in range(count)]


ATTEMPTS: Final = st.builds(
    Attempt,
    fails=st.sampled_from(["", "before", "after"]),
    is_overtaken=st.booleans(),
    is_new_process=st.booleans(),
    summarises=st.booleans(),
)


@st.composite
def deliveries(draw: st.DrawFn, story: list[Sent]) -> Delivery:
    """Draw a way to send every event of a story at least once."""
    again = draw(st.lists(st.sampled_from(story), max_size=8))
    order = draw(st.permutations([*story, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=6)))
    bounds = [0, *cuts, len(order)]
    batches = [order[low:high] for low, high in pairwise(bounds) if low < high]
    return Delivery(batches, draw(st.sampled_from([1, 4, 1_000])), draw(st.lists(ATTEMPTS, max_size=6)))


def whole(story: list[Sent]) -> Delivery:
    """Return the plainest delivery: all at once, in order, without trouble."""
    return Delivery([sorted(story, key=lambda sent: sent.format)], 1_000, [])
