"""The summary of a trace: a pure function of its unique events."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchllm_server.model.trace import TraceEvent, summarise


def event(event_id: str, parent: str = "", **changes: Any) -> TraceEvent:
    fields: dict[str, Any] = {
        "type": "span", "name": event_id, "status": "", "start_us": 1_000, "end_us": None, **changes,
    }  # fmt: skip
    return TraceEvent(event_id, parent, **fields)


def call(event_id: str, parent: str = "r", **changes: Any) -> TraceEvent:
    usual: dict[str, Any] = {
        "type": "model_response", "model": "gpt-4o", "input_tokens": 10, "output_tokens": 5, "has_usage": True,
        "cost_usd": Decimal("0.25"),
    }  # fmt: skip
    return event(event_id, parent, **(usual | changes))


EVENTS = st.lists(
    st.builds(
        event,
        event_id=st.sampled_from("abcdefgh"),
        parent=st.sampled_from(["", "a", "b", "missing"]),
        type=st.sampled_from(["span", "model_response", "token_usage", "error", "agent_action"]),
        status=st.sampled_from(["", "ok", "error", "running"]),
        start_us=st.integers(0, 50),
        end_us=st.none() | st.integers(0, 100),
        model=st.sampled_from(["", "m1", "m2"]),
        user_id=st.sampled_from(["", "u1", "u2"]),
        tags=st.lists(st.sampled_from("xyz"), max_size=2),
        input_tokens=st.integers(0, 100),
        has_usage=st.booleans(),
        cost_usd=st.none() | st.decimals(0, 1, places=6),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda e: e.event_id,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(events: list[TraceEvent], shuffler: random.Random) -> None:
    shuffled = list(events)
    shuffler.shuffle(shuffled)
    assert summarise("p", "t", shuffled) == summarise("p", "t", events)


@given(EVENTS)
def test_a_trace_spans_its_events_and_counts_each_once(events: list[TraceEvent]) -> None:
    summary = summarise("p", "t", events)
    assert summary.start_us == min(e.start_us for e in events)
    assert summary.end_us == max(max(e.end_us or 0, e.start_us) for e in events)
    assert summary.event_count == len(events)
    assert summary.error_count == sum(e.type == "error" or e.status == "error" for e in events)


def test_tokens_and_cost_are_those_of_model_calls() -> None:
    agent = event("r", type="agent_action", input_tokens=20, output_tokens=10, has_usage=True)
    summary = summarise("p", "t", [agent, call("c1"), call("c2")])
    assert (summary.input_tokens, summary.output_tokens, summary.cost_usd) == (20, 10, Decimal("0.50"))
    assert summary.model_call_count == 2


def test_a_token_usage_below_a_call_that_has_usage_counts_nothing_and_says_why() -> None:
    repeat = call("u", "c", type="token_usage")
    summary = summarise("p", "t", [event("r"), call("c"), repeat])
    assert (summary.input_tokens, summary.uncounted) == (10, {"u": "parent_has_usage"})


def test_a_token_usage_below_a_call_without_usage_counts_as_that_calls() -> None:
    silent = call("c", input_tokens=0, output_tokens=0, has_usage=False, cost_usd=None)
    summary = summarise("p", "t", [event("r"), silent, call("u", "c", type="token_usage")])
    assert (summary.input_tokens, summary.cost_usd, summary.uncounted) == (10, Decimal("0.25"), {})


def test_a_call_without_a_price_is_not_free() -> None:
    summary = summarise("p", "t", [call("c", cost_usd=None)])
    assert (summary.cost_usd, summary.unpriced_count) == (None, 1)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([event("r", status="ok"), event("c", "r", status="error")], "ok"),
        ([event("r", status="error"), event("c", "r", status="ok")], "error"),
        ([event("r"), event("c", "r", status="error")], "error"),
        ([event("r"), event("c", "r", type="error")], "error"),
        ([event("c", "late", status="error")], "error"),
        ([event("r", status="running"), event("c", "r", status="error")], "running"),
        ([event("r"), event("c", "r")], "ok"),
        ([event("r", status="ok"), event("q", status="error")], "error"),
    ],
)
def test_the_status_is_what_the_roots_say_and_else_what_any_event_says(events: list[TraceEvent], status: str) -> None:
    assert summarise("p", "t", events).status == status


def test_a_trace_is_named_by_its_earliest_root_and_without_one_by_its_earliest_event() -> None:
    late_root = event("root", start_us=5_000)
    child = event("child", "root", start_us=1_000, user_id="ada")
    assert summarise("p", "t", [child]).name == "child"
    assert summarise("p", "t", [child, late_root]).name == "root"
    assert summarise("p", "t", [child, late_root]).user_id == "ada"
