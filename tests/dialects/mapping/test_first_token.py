"""Time to the first token, as each family of emitters says it."""

from __future__ import annotations

from typing import Any

import pytest

from watchllm_server.dialects.otlp.mapping.first_token import first_token_us
from watchllm_server.dialects.otlp.span import Resource, Span, SpanEvent

BEGAN_NS = 1_795_003_200_000_000_000


def span(attributes: dict[str, Any] | None = None, *events: tuple[str, int]) -> Span:
    return Span(
        trace_id="", span_id="", parent_span_id="", name="", kind=0, start_ns=BEGAN_NS, end_ns=0,
        attributes=attributes or {}, status_code=0, status_message="", links=[], resource=Resource({}),
        events=[SpanEvent(name, BEGAN_NS + after_ns, {}) for name, after_ns in events],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "us"),
    [
        ({"gen_ai.response.time_to_first_chunk": 0.25}, 250_000),
        ({"gen_ai.server.time_to_first_token": 1}, 1_000_000),
        ({"ai.response.msToFirstChunk": 12.5}, 12_500),
        ({"ai.stream.msToFirstChunk": "7"}, 7_000),
        ({"langfuse.observation.completion_start_time": '"2026-11-18T12:00:00.5Z"'}, 500_000),
        ({"langfuse.observation.completion_start_time": "2026-11-18T12:00:01+00:00"}, 1_000_000),
        # Before the call, or later than a call can take, it is another clock.
        ({"langfuse.observation.completion_start_time": "2026-11-18T11:59:59Z"}, None),
        ({"langfuse.observation.completion_start_time": "yesterday"}, None),
        ({"langfuse.observation.completion_start_time": 5}, None),
        ({"ai.response.msToFirstChunk": -1}, None),
        ({"ai.response.msToFirstChunk": float("nan")}, None),
        ({"ai.response.msToFirstChunk": float("inf")}, None),
        ({"ai.response.msToFirstChunk": 1e300}, None),
        ({"ai.response.msToFirstChunk": True}, None),
        ({"ai.response.msToFirstChunk": ["1"]}, None),
        ({}, None),
    ],
)
def test_attributes_say_it_in_their_units(attributes: dict[str, Any], us: int | None) -> None:
    assert first_token_us(span(attributes)) == us


def test_an_event_says_it_by_its_time() -> None:
    assert first_token_us(span(None, ("new_token", 9_000_000), ("First Token Stream Event", 3_000_000))) == 3_000
    assert first_token_us(span(None, ("new_token", -1))) is None
    assert first_token_us(span(None, ("choice", 1_000))) is None
    assert first_token_us(span({"ai.response.msToFirstChunk": 1}, ("new_token", 9_000))) == 1_000
