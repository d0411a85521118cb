"""One call of a model counts once, however many spans describe it, in whatever order they come."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchllm_server.model.counting import uncounted_events
from watchllm_server.model.trace import TraceEvent, summarise


def event(event_id: str, parent: str = "", **changes: Any) -> TraceEvent:
    usual: dict[str, Any] = {"type": "span", "name": event_id, "status": "", "start_us": 1_000, "end_us": 2_000}
    return TraceEvent(event_id, parent, **(usual | changes))


def call(event_id: str, parent: str = "r", tokens: tuple[int, int] = (10, 5), **changes: Any) -> TraceEvent:
    usual: dict[str, Any] = {
        "type": "model_response", "model": "gpt-4o", "input_tokens": tokens[0], "output_tokens": tokens[1],
        "has_usage": True, "cost_usd": Decimal("0.25"),
    }  # fmt: skip
    return event(event_id, parent, **(usual | changes))


def silent(event_id: str, parent: str = "r", **changes: Any) -> TraceEvent:
    return call(event_id, parent, (0, 0), has_usage=False, cost_usd=None, **changes)


def usage(event_id: str, parent: str) -> TraceEvent:
    return call(event_id, parent, type="token_usage")


ROOT = event("r")
CASES: list[tuple[str, list[TraceEvent], dict[str, str]]] = [
    ("two calls below one parent", [call("a"), call("b")], {}),
    ("a span of the same response inside", [call("a", response_id="x", model="alias"),
     call("b", "a", (7, 1), response_id="x")], {"a": "same_as_nested_call"}),
    ("a span of the same model and tokens inside", [call("a"), call("b", "a")], {"a": "same_as_nested_call"}),
    ("with other spans between", [call("a"), event("s", "a"), event("t", "s"), call("b", "t")],
     {"a": "same_as_nested_call"}),
    ("three of one call", [call("a"), call("b", "a"), call("c", "b")],
     {"a": "same_as_nested_call", "b": "same_as_nested_call"}),
    ("a dated name of the same model", [call("a", model="gpt-4o"), call("b", "a", model="gpt-4o-2024-11-20")],
     {"a": "same_as_nested_call"}),
    ("a gateway's name of the same model", [call("a", model="openai/gpt-4o"), call("b", "a", model="GPT-4o")],
     {"a": "same_as_nested_call"}),
    ("another model with the same tokens", [call("a"), call("b", "a", model="claude-x")], {}),
    ("a model whose name begins so", [call("a", model="gpt-4"), call("b", "a", model="gpt-4o")], {}),
    ("the same model with other tokens", [call("a"), call("b", "a", (10, 6))], {}),
    ("no tokens at all", [call("a", tokens=(0, 0)), call("b", "a", (0, 0))], {}),
    ("a span inside that nobody can price", [call("a"), call("b", "a", model="", cost_usd=None)],
     {"b": "same_as_enclosing_call"}),
    ("the innermost that has a price", [call("a"), call("b", "a"), call("c", "b", cost_usd=None)],
     {"a": "same_as_nested_call", "c": "same_as_enclosing_call"}),
    ("a span inside without usage", [call("a"), silent("b", "a")], {"b": "same_as_enclosing_call"}),
    ("a span around without usage", [silent("a"), call("b", "a")], {"a": "same_as_nested_call"}),
    ("two without usage", [silent("a"), silent("b", "a")], {}),
    ("a sum of the calls inside", [call("a", tokens=(30, 7)), call("b", "a"), call("c", "a", (20, 2))],
     {"a": "sum_of_nested_calls"}),
    ("a sum of calls of which one counts on the call around", [call("a", tokens=(30, 7), response_id="x"),
     call("b", "a", response_id="x", cost_usd=None), call("c", "a", (20, 2))], {"b": "same_as_enclosing_call"}),
    ("token usage of a silent call with the answer of another",
     [silent("a", response_id="x"), usage("u", "a"), call("b", "a", (7, 1), response_id="x")],
     {"a": "same_as_nested_call", "u": "same_as_nested_call"}),
    ("nearly a sum of the calls inside", [call("a", tokens=(31, 7)), call("b", "a"), call("c", "a", (20, 2))], {}),
    ("one answer told twice, beside each other", [call("a", response_id="x"),
     call("b", response_id="x", start_us=1_500)], {"a": "same_response_id"}),
    ("one answer again later, out of a cache", [call("a", response_id="x"),
     call("b", response_id="x", start_us=9_000, end_us=9_100)], {}),
    ("usage of an agent", [event("g", "r", type="agent_action", has_usage=True, input_tokens=9), call("a", "g")],
     {"g": "type_without_usage"}),
    ("token usage below a call that has its own", [call("a"), usage("u", "a")], {"u": "parent_has_usage"}),
    ("token usage below a call without", [silent("a"), usage("u", "a")], {}),
    ("token usage of a call around the same call", [silent("a"), usage("u", "a"), call("b", "a")],
     {"a": "same_as_nested_call", "u": "same_as_nested_call"}),
    ("token usage on its own", [usage("u", "r")], {}),
    ("a call that is its own parent", [call("a", "a"), call("b", "b")], {}),
    ("two that are each other's parent", [call("a", "b"), call("b", "a", start_us=1_001)],
     {"a": "same_as_nested_call"}),
    ("spans that go round below", [call("a", "s"), event("s", "t"), event("t", "s")], {}),
    ("a call below a parent that never came", [call("a", "gone"), call("b", "a")], {"a": "same_as_nested_call"}),
]  # fmt: skip


@pytest.mark.parametrize(("events", "uncounted"), [pytest.param(e, u, id=name) for name, e, u in CASES])
def test_what_counts_nothing_and_why(events: list[TraceEvent], uncounted: dict[str, str]) -> None:
    assert uncounted_events([ROOT, *events]) == uncounted
    assert uncounted_events([*reversed(events), ROOT]) == uncounted


def test_the_sum_is_that_of_the_innermost_and_both_can_be_seen() -> None:
    outer = call("a", cost_usd=Decimal("0.30"), response_id="x")
    summary = summarise("p", "t", [ROOT, outer, call("b", "a", response_id="x")])
    assert (summary.input_tokens, summary.output_tokens, summary.cost_usd) == (10, 5, Decimal("0.25"))
    assert (summary.event_count, summary.model_call_count) == (3, 1)


def test_what_the_trace_said_is_read_where_it_counts() -> None:
    events = [ROOT, call("a", output_preview="12 degrees"), silent("b", "a", start_us=1_500, output_preview="<object>")]
    assert summarise("p", "t", events).output_preview == "12 degrees"


EVENTS = st.lists(
    st.builds(
        call,
        event_id=st.sampled_from("abcdefgh"),
        parent=st.sampled_from(["", "a", "b", "c", "d", "gone"]),
        tokens=st.sampled_from([(0, 0), (10, 5), (20, 10)]),
        type=st.sampled_from(["model_response", "model_response", "span", "token_usage"]),
        has_usage=st.booleans(),
        response_id=st.sampled_from(["", "", "x", "y"]),
        start_us=st.integers(0, 5),
        cost_usd=st.sampled_from([None, Decimal("0.25")]),
        model=st.sampled_from(["", "m", "m-1", "n"]),
    ),
    max_size=8,
    unique_by=lambda one: one.event_id,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_something_always_counts_and_the_order_changes_nothing(events: list[TraceEvent], shuffler: Any) -> None:
    uncounted = uncounted_events(events)
    shuffled = list(events)
    shuffler.shuffle(shuffled)
    assert uncounted_events(shuffled) == uncounted
    carriers = [e for e in events if e.type in ("model_response", "token_usage") and e.has_usage]
    assert not carriers or any(e.event_id not in uncounted for e in carriers)


@pytest.mark.parametrize("shape", ["a chain of calls", "calls below a chain", "a ring of calls"])
def test_thirty_thousand_spans_are_counted_in_a_moment(shape: str) -> None:
    """Not a speed: half a second on a quiet machine, and minutes for anything quadratic."""
    count = 30_000
    if shape == "calls below a chain":
        half = count // 2
        events = [event(f"{at}", f"{at - 1}") for at in range(half)]
        events += [call(f"c{at}", f"{half - 1}", (at, 1)) for at in range(half)]
    else:
        first = str(count - 1) if shape == "a ring of calls" else ""
        events = [call(f"{at}", f"{at - 1}" if at else first, (at, 1)) for at in range(count)]
    random.Random(1).shuffle(events)
    started = time.thread_time()
    uncounted_events(events)
    assert time.thread_time() - started < 5
