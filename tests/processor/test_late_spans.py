"""Spans in any order: children before their root, a root that never comes, what only one span says of the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any, Final

import pytest
from tests.dialects.reading import NOW_NS, NOW_US, PROTOBUF, names_of
from tests.dialects.requests import request_of
from tests.processor.pipe import Pipe

from watchllm_server.dialects.contract import Limits
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.queue.contract import NewEntry

_MS: Final = 1_000_000
_USAGE: Final = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 100}


def span(number: int, parent: int, name: str, start_ms: int, **attributes: Any) -> dict[str, Any]:
    """Return a span by small numbers for its ids; dots in the names of attributes are written as two underscores."""
    return {
        "span_id": f"{number:016x}", "parent_id": f"{parent:016x}" if parent else "", "name": name,
        "start_ns": NOW_NS + start_ms * _MS, "end_ns": NOW_NS + (start_ms + 10) * _MS,
        "attributes": {key.replace("__", "."): value for key, value in attributes.items()},
    }  # fmt: skip


ROOT: Final = span(1, 0, "trip", 0)
AGENT: Final = span(2, 1, "planner", 1, gen_ai__operation__name="invoke_agent", session__id="s1", **_USAGE)
# One call, told by a framework and by the client that it calls.
OUTER: Final = span(
    3, 2, "ChatOpenAI", 2, openinference__span__kind="LLM", llm__model_name="gpt-4o-mini",
    llm__token_count__prompt=1_000, llm__token_count__completion=100, tag__tags=["a"],
)  # fmt: skip
INNER: Final = span(
    4, 3, "chat", 3, gen_ai__operation__name="chat", gen_ai__request__model="gpt-4o-mini", user__id="u1", **_USAGE
)
SPANS: Final = (ROOT, AGENT, OUTER, INNER)


async def arrive(pipe: Pipe, *spans: Mapping[str, Any]) -> dict[str, Any]:
    """Let spans come in one request, and return the trace's summary."""
    body = request_of(*spans).SerializeToString()
    await pipe.queue.enqueue(
        NewEntry(
            project_id=pipe.project_id, format=PROTOBUF.name, body=body, event_ids=names_of(PROTOBUF, body).event_ids,
            accepted_at_us=NOW_US,
        )
    )  # fmt: skip
    handlers = Handlers({PROTOBUF.name: PROTOBUF}, Limits())
    await pipe.work(pipe.worker_with(handlers))
    await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
    # Its version is the time: the next one must be newer.
    pipe.clock.advance(1)
    (row,) = await pipe.client.read_rows(
        "SELECT name, start_time, event_count, model_call_count, input_tokens, output_tokens,"
        " toString(cost_usd) AS cost_usd, session_id, user_id, tags, uncounted"
        " FROM traces FINAL WHERE project_id = {p:String}",
        {"p": pipe.project_id},
    )
    return row


async def test_children_come_before_their_root(pipe: Pipe) -> None:
    early = await arrive(pipe, INNER)
    assert (early["name"], early["input_tokens"], early["session_id"]) == ("chat", 1_000, "")
    whole = await arrive(pipe, ROOT, AGENT, OUTER)
    assert (whole["name"], whole["event_count"], whole["input_tokens"]) == ("trip", 4, 1_000)
    assert whole["start_time"] < early["start_time"]


async def test_a_root_that_never_comes_hides_nothing(pipe: Pipe) -> None:
    trace = await arrive(pipe, OUTER, INNER)
    assert (trace["name"], trace["event_count"], trace["model_call_count"]) == ("ChatOpenAI", 2, 1)
    assert (trace["input_tokens"], trace["user_id"]) == (1_000, "u1")


@pytest.mark.parametrize("late", range(4), ids=[one["name"] for one in SPANS])
async def test_what_one_span_says_of_session_user_and_tags_holds_for_the_trace(pipe: Pipe, late: int) -> None:
    await arrive(pipe, *(one for at, one in enumerate(SPANS) if at != late))
    trace = await arrive(pipe, SPANS[late])
    assert (trace["session_id"], trace["user_id"], trace["tags"]) == ("s1", "u1", ["a"])


ORDERS: Final = [order for at, order in enumerate(permutations(range(4))) if at % 4 == 0]


@pytest.mark.parametrize("order", ORDERS, ids=["".join(map(str, order)) for order in ORDERS])
async def test_one_call_counts_once_in_any_order_of_its_spans(pipe: Pipe, order: Sequence[int]) -> None:
    trace: dict[str, Any] = {}
    for at in order:
        trace = await arrive(pipe, SPANS[at])
    assert (trace["event_count"], trace["model_call_count"]) == (4, 1)
    assert (trace["input_tokens"], trace["output_tokens"], trace["cost_usd"]) == (1_000, 100, "0.00021")
    reasons = {event_id[-1]: reason for event_id, reason in trace["uncounted"].items()}
    assert reasons == {"2": "type_without_usage", "3": "same_as_nested_call"}
