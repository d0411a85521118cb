"""What the dashboard counts: unique events, each call once, so that sums equal those of the traces."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from tests.api.reading import TRACES, Project, at, event, model_call, new_project
from tests.running import Server

from watchllm_server.ui_backend.stats_answers import Breakdown, Overview, Timeline, Timeseries

STATS: Final = "/api/v1/stats"
COST: Final = "0.00035"
DIMENSIONS: Final = (
    "type", "model", "name", "user_id", "tag", "environment", "provider", "status", "agent_name", "tool_name",
    "session_id",
)  # fmt: skip
METRICS: Final = (
    "events", "traces", "errors", "error_rate", "model_calls", "total_cost_usd", "input_tokens", "output_tokens",
    "total_tokens", "latency_p50", "latency_p95", "latency_p99", "first_token_p50", "first_token_p95",
)  # fmt: skip


@pytest.fixture(scope="module")
def busy(server: Server) -> Project:
    """Two traces now and one a day before: repeats, usage said twice, an unknown model, a tool that failed."""
    project = new_project(server)
    who = {"userId": "u1", "sessionId": "s1", "environment": "prod", "tags": ["red", "blue"]}
    usage = {"model": "gpt-4o", "inputTokens": 100, "outputTokens": 10}
    tool: dict[str, Any] = {"toolName": "search", "arguments": {}, "durationMs": 2_000, "status": "error"}
    call = model_call("call", "a", 1, "gpt-4o", parentEventId="root")
    call["body"]["firstTokenMs"] = 120
    sent = (
        event("root", "a", 0, "agent_action", body={"action": "plan", "agentName": "Planner", "status": "ok"}, **who),
        call,
        event("usage", "a", 1.5, "token_usage", parentEventId="call", body=usage),
        event("tool", "a", 2, "tool_call", parentEventId="root", body=tool),
        model_call("unknown", "b", 60, "no-such-model-xyz", userId="u2", tags=["red"]),
        model_call("before", "c", -86_400, "gpt-4o", userId="u1"),
    )
    project.store(*sent)
    project.store(*sent, event("boom", "b", 61, "error", body={"message": "boom"}))
    return project


def test_answers_are_exactly_what_the_reference_describes(busy: Project) -> None:
    for model, path, query in (
        (Overview, "overview", {}),
        (Breakdown, "breakdown", {"by": "model"}),
        (Timeseries, "timeseries", {"metric": "total_cost_usd", "by": "model"}),
        (Timeseries, "timeseries", {"metric": "latency_p95"}),
    ):
        answer = busy.read(f"{STATS}/{path}", **query)
        assert model.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer
    answer = busy.read(f"{TRACES}/timeline")
    assert Timeline.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer


def test_totals_are_of_unique_events_and_a_call_counts_once(busy: Project) -> None:
    totals = busy.read(f"{STATS}/overview")
    assert {name: totals[name] for name in ("events", "traces", "errors", "model_calls", "unpriced_count")} == {
        "events": 6, "traces": 2, "errors": 2, "model_calls": 2, "unpriced_count": 1,
    }  # fmt: skip
    assert (totals["input_tokens"], totals["output_tokens"], totals["total_cost_usd"]) == (200, 20, COST)
    assert totals["error_rate"] == pytest.approx(1 / 3)
    assert totals["latency_ms"] == {"p50": 500, "p95": 500, "p99": 500}
    assert totals["first_token_ms"] == {"p50": 120, "p95": 120, "p99": 120}


def test_the_period_before_is_counted_apart(busy: Project) -> None:
    previous = busy.read(f"{STATS}/overview", from_=at(-3_600), to=at(86_400 - 3_600 - 1))["previous"]
    assert (previous["events"], previous["total_cost_usd"], previous["traces"]) == (1, COST, 1)
    none = busy.read(f"{STATS}/overview", from_=at(-3_600), to=at(3_600))["previous"]
    assert (none["events"], none["error_rate"], none["total_cost_usd"]) == (0, None, "0")
    assert none["latency_ms"] == {"p50": None, "p95": None, "p99": None}


def test_totals_equal_the_sums_of_the_traces(busy: Project) -> None:
    span = {"from_": at(-90_000), "to": at(3_600)}
    rows = busy.read(TRACES, **span)["data"]
    totals = busy.read(f"{STATS}/overview", **span)
    assert totals["events"] == sum(row["event_count"] for row in rows)
    assert totals["errors"] == sum(row["error_count"] for row in rows)
    assert totals["model_calls"] == sum(row["model_call_count"] for row in rows)
    assert totals["input_tokens"] + totals["output_tokens"] == sum(row["total_tokens"] for row in rows)
    costs = [Decimal(row["total_cost_usd"]) for row in rows if row["total_cost_usd"] is not None]
    assert Decimal(totals["total_cost_usd"]) == sum(costs)


def test_a_range_is_half_open(busy: Project) -> None:
    assert busy.read(f"{STATS}/overview", from_=at(1), to=at(2))["events"] == 2
    assert busy.read(f"{STATS}/overview", from_=at(0), to=at(1))["events"] == 1
    assert busy.read(f"{STATS}/overview", from_=at(2), to=at(2.1))["events"] == 1


@pytest.mark.parametrize("by", DIMENSIONS)
def test_a_breakdown_holds_every_event(busy: Project, by: str) -> None:
    groups = busy.read(f"{STATS}/breakdown", by=by)["data"]
    counted = sum(group["events"] for group in groups)
    # Four events of trace `a` have two tags each.
    assert counted == (10 if by == "tag" else 6)
    assert len({group["key"] for group in groups}) == len(groups)


def test_a_breakdown_by_end_user_counts_what_the_trace_says(busy: Project) -> None:
    span = {"from_": at(-3_600), "to": at(86_400 - 3_600 - 1)}
    groups = {group["key"]: group for group in busy.read(f"{STATS}/breakdown", by="user_id", **span)["data"]}
    assert set(groups) == {"u1", "u2"}
    assert (groups["u1"]["total_cost_usd"], groups["u1"]["events"], groups["u1"]["errors"]) == (COST, 4, 1)
    assert groups["u1"]["previous"] == {"events": 1, "errors": 0, "total_cost_usd": COST}
    # Usage without a price has no cost, which is not a cost of nothing.
    assert (groups["u2"]["total_cost_usd"], groups["u2"]["unpriced_count"]) == (None, 1)
    assert groups["u2"]["previous"] == {"events": 0, "errors": 0, "total_cost_usd": "0"}


def test_tools_are_timed_by_themselves(busy: Project) -> None:
    groups = {group["key"]: group for group in busy.read(f"{STATS}/breakdown", by="tool_name")["data"]}
    assert groups["search"]["latency_ms"]["p50"] == 2_000
    by_user = {group["key"]: group for group in busy.read(f"{STATS}/breakdown", by="user_id")["data"]}
    assert by_user["u1"]["latency_ms"]["p50"] == 500


@pytest.mark.parametrize(("sort", "first"), [("-errors", "tool_call"), ("-total_cost_usd", "model_response")])
def test_a_breakdown_comes_in_the_wanted_order(busy: Project, sort: str, first: str) -> None:
    groups = busy.read(f"{STATS}/breakdown", by="type", sort=sort)["data"]
    assert groups[0]["key"] in (first, "error")
    assert len(busy.read(f"{STATS}/breakdown", by="type", sort=sort, limit=1)["data"]) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_value_for_every_interval(busy: Project, metric: str) -> None:
    for query in ({}, {"by": "model"}, {"by": "tag", "limit": 1}):
        answer = busy.read(f"{STATS}/timeseries", metric=metric, interval="1h", **query)
        assert answer["interval_s"] == 3_600
        assert all(len(series["values"]) == len(answer["times"]) for series in answer["data"])
        assert answer["times"][0] <= answer["from"]


def test_a_series_sums_up_to_the_totals(busy: Project) -> None:
    totals = busy.read(f"{STATS}/overview")
    for metric in ("events", "errors", "model_calls", "input_tokens"):
        for by in (None, "model", "user_id"):
            query = {} if by is None else {"by": by}
            series = busy.read(f"{STATS}/timeseries", metric=metric, interval="5m", limit=1, **query)["data"]
            assert sum(sum(one["values"]) for one in series) == totals[metric], (metric, by)


def test_the_largest_keys_come_first_and_the_rest_last(busy: Project) -> None:
    series = busy.read(f"{STATS}/timeseries", metric="total_cost_usd", by="model", limit=1)["data"]
    assert [one["key"] for one in series] == ["gpt-4o", "…other"]
    assert [value for value in series[0]["values"] if value not in ("0", None)] == [COST]
    # The interval of the unknown model has usage and no price.
    assert None in series[1]["values"]


def test_an_event_of_many_tags_is_once_among_the_rest(busy: Project) -> None:
    series = busy.read(f"{STATS}/timeseries", metric="events", by="tag", limit=1)["data"]
    assert {one["key"]: sum(one["values"]) for one in series} == {"red": 6, "…other": 4}


def test_bars_count_the_traces_of_the_list(busy: Project) -> None:
    answer = busy.read(f"{TRACES}/timeline", interval="1h")
    assert (sum(answer["traces"]), sum(answer["errors"])) == (2, 1)
    found = busy.read(f"{TRACES}/timeline", filter={"field": "user_id", "op": "=", "value": "u2"})
    assert sum(found["traces"]) == 1
    assert len(found["times"]) == len(found["traces"]) == len(found["errors"])


CASES: Final[list[tuple[dict[str, Any], int]]] = [
    ({"field": "type", "op": "=", "value": "model_response"}, 2),
    ({"field": "user_id", "op": "=", "value": "u1"}, 4),
    ({"field": "user_id", "op": "!=", "value": "u1"}, 2),
    ({"field": "tags", "op": "=", "value": "blue"}, 4),
    ({"field": "duration_ms", "op": ">", "value": 1_000}, 1),
    ({"field": "cost_usd", "op": "exists", "value": False}, 4),
    ({"field": "text", "op": "contains", "value": "HELLO"}, 2),
    ({"not": {"field": "text", "op": "contains", "value": "hello"}}, 4),
    ({"field": "status_message", "op": "=", "value": "boom"}, 1),
    ({"field": "parent_event_id", "op": "=", "value": "root"}, 2),
    ({"field": "attributes.level", "op": "exists", "value": False}, 6),
    (
        {"or": [{"field": "text", "op": "contains", "value": "hello"}, {"field": "type", "op": "=", "value": "error"}]},
        3,
    ),
]


@pytest.mark.parametrize(("given", "count"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_filter_says_what_is_counted(busy: Project, given: dict[str, Any], count: int) -> None:
    assert busy.read(f"{STATS}/overview", filter=given)["events"] == count


TRACE_CASES: Final[list[tuple[dict[str, Any], set[str]]]] = [
    ({"field": "type", "op": "=", "value": "tool_call"}, {"a"}),
    ({"field": "type", "op": "!=", "value": "tool_call"}, {"b"}),
    ({"field": "type", "op": "in", "value": ["tool_call", "error"]}, {"a", "b"}),
    ({"field": "tool_name", "op": "=", "value": "search"}, {"a"}),
    ({"field": "tool_name", "op": "exists", "value": False}, {"b"}),
    ({"field": "agent_name", "op": "contains", "value": "plan"}, {"a"}),
    ({"field": "text", "op": "contains", "value": "Hello"}, {"a", "b"}),
    ({"field": "text", "op": "contains", "value": "no such words"}, set()),
]


@pytest.mark.parametrize(("given", "found"), TRACE_CASES, ids=[str(case[0]) for case in TRACE_CASES])
def test_a_trace_is_found_by_any_of_its_events(busy: Project, given: dict[str, Any], found: set[str]) -> None:
    assert {row["trace_id"] for row in busy.read(TRACES, filter=given)["data"]} == found
    assert sum(busy.read(f"{TRACES}/timeline", filter=given)["traces"]) == len(found)


REFUSED: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("overview", {"from_": at(10), "to": at(0)}, "bad_time_range"),
    ("overview", {"filter": "{"}, "bad_filter"),
    ("overview", {"filter": {"field": "nothing", "op": "=", "value": "x"}}, "bad_filter"),
    ("timeseries", {}, "bad_parameter"),
    ("timeseries", {"metric": "id; drop table events"}, "bad_parameter"),
    ("timeseries", {"metric": "events", "by": "event_id"}, "bad_parameter"),
    ("timeseries", {"metric": "events", "interval": "1s"}, "bad_parameter"),
    ("timeseries", {"metric": "events", "interval": "1m", "from_": at(-40 * 86_400)}, "bad_parameter"),
    ("timeseries", {"metric": "events", "limit": 51}, "bad_parameter"),
    ("breakdown", {}, "bad_parameter"),
    ("breakdown", {"by": "1,2"}, "bad_parameter"),
    ("breakdown", {"by": "model", "sort": "key"}, "bad_parameter"),
    ("breakdown", {"by": "model", "limit": 0}, "bad_parameter"),
]


@pytest.mark.parametrize(("path", "query", "code"), REFUSED)
def test_what_cannot_be_asked_is_refused(busy: Project, path: str, query: dict[str, Any], code: str) -> None:
    assert busy.refusal(f"{STATS}/{path}", **query) == (400, code)


@pytest.mark.parametrize(
    ("hours", "interval_s"), [(1, 60), (6, 300), (24, 900), (72, 3_600), (24 * 14, 21_600), (24 * 90, 86_400)]
)
def test_an_automatic_interval_cuts_a_range_into_about_sixty(busy: Project, hours: int, interval_s: int) -> None:
    answer = busy.read(f"{STATS}/timeseries", metric="events", from_=at(-hours * 3_600), to=at(0))
    assert answer["interval_s"] == interval_s
    assert 30 <= len(answer["times"]) <= 121
