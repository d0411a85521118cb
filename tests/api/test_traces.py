"""A trace in a list, nested, flat, and child by child: the shapes that api.md promises, and nothing left out."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.reading import TRACES, Project, at, event

from watchllm_server.ui_backend.answers import ChildrenPage, FlatTrace, NestedTrace, TraceList


@pytest.mark.parametrize(
    ("model", "path", "query"),
    [
        pytest.param(TraceList, TRACES, {}, id="list"),
        pytest.param(NestedTrace, f"{TRACES}/agent", {}, id="nested"),
        pytest.param(NestedTrace, f"{TRACES}/single", {}, id="nested-single"),
        pytest.param(FlatTrace, f"{TRACES}/agent", {"shape": "flat"}, id="flat"),
        pytest.param(ChildrenPage, f"{TRACES}/agent/events/root/children", {}, id="children"),
        pytest.param(ChildrenPage, f"{TRACES}/agent/events/root/children", {"limit": 1}, id="children-cut"),
    ],
)
def test_an_answer_is_exactly_what_the_reference_describes(
    story: Project, model: Any, path: str, query: dict[str, Any]
) -> None:
    answer = story.read(path, **query)
    described = model.model_validate(answer, strict=False)
    assert described.model_dump(by_alias=True, exclude_unset=True) == answer


def test_a_row_says_what_happened_in_its_trace(story: Project) -> None:
    row = next(row for row in story.read(TRACES)["data"] if row["trace_id"] == "agent")
    assert row == {
        "trace_id": "agent", "name": "plan", "start_time": at(0), "end_time": at(3), "duration_ms": 3_000,
        "status": "error", "event_count": 4, "error_count": 1, "model_call_count": 2, "total_tokens": 220,
        "total_cost_usd": "0.00035", "session_id": "s1", "user_id": "u1", "tags": ["blue", "red"],
        "models": ["gpt-4o", "no-such-model-xyz"], "environment": "prod", "release": "r1",
        "input_preview": "refund please", "output_preview": "done", "scores": {},
    }  # fmt: skip


def test_money_is_a_decimal_text_and_null_when_unpriced(story: Project) -> None:
    costs = {row["trace_id"]: row["total_cost_usd"] for row in story.read(TRACES)["data"]}
    assert costs == {"agent": "0.00035", "unpriced": None, "single": None}
    assert story.read(f"{TRACES}/unpriced")["total_cost_usd"] is None
    assert story.read(f"{TRACES}/unpriced")["metadata"]["unpriced_count"] == 1
    assert story.read(f"{TRACES}/agent", shape="flat")["columns"]["cost_usd"] == [None, "0.00035", None, None]


def test_a_trace_nests_children_and_marks_one_whose_parent_has_not_come(story: Project) -> None:
    trace = story.read(f"{TRACES}/agent")
    root, lost = trace["root_events"]
    assert [child["event_id"] for child in root["children"]] == ["call", "unknown"]
    assert (root["parent_missing"], root["parent_event_id"], root["child_count"]) == (False, None, 2)
    assert (lost["parent_missing"], lost["parent_event_id"], lost["status"]) == (True, "never came", "error")
    assert root["children"][0]["usage"] == {"input_tokens": 100, "output_tokens": 10}
    assert (trace["project_id"], trace["metadata"]["session_id"]) == (story.project_id, "s1")


def test_flat_is_the_same_events_in_pre_order_with_their_depth(story: Project) -> None:
    nested, flat = story.read(f"{TRACES}/agent"), story.read(f"{TRACES}/agent", shape="flat")
    columns = flat["columns"]
    assert columns["event_id"] == ["root", "call", "unknown", "lost"]
    assert columns["depth"] == [0, 1, 1, 0]
    assert columns["parent_missing"] == [False, False, False, True]
    assert {len(column) for column in columns.values()} == {4}
    headers = [
        {k: v for k, v in trace.items() if k in flat and k not in ("shape", "columns")} for trace in (nested, flat)
    ]
    assert headers[0] == headers[1]


def test_children_come_by_range_with_a_cursor_until_the_last(story: Project) -> None:
    path = f"{TRACES}/agent/events/root/children"
    first = story.read(path, limit=1)
    second = story.read(path, limit=1, cursor=first["next_cursor"])
    assert [page["data"][0]["event_id"] for page in (first, second)] == ["call", "unknown"]
    assert second["next_cursor"] is None
    assert story.read(f"{TRACES}/agent/events/call/children") == {"data": [], "next_cursor": None}


def test_a_cursor_of_other_children_is_refused(story: Project) -> None:
    cursor = story.read(f"{TRACES}/agent/events/root/children", limit=1)["next_cursor"]
    for path in (f"{TRACES}/agent/events/call/children", TRACES, "/api/v1/events"):
        assert story.refusal(path, cursor=cursor) == (400, "bad_cursor"), path


def test_a_node_with_more_than_a_thousand_children_shows_them_by_range(empty: Project) -> None:
    empty.store(
        event("top", "wide"), *(event(f"c{n:04}", "wide", n / 1_000, parentEventId="top") for n in range(1_050))
    )
    (top,) = empty.read(f"{TRACES}/wide")["root_events"]
    assert (top["child_count"], len(top["children"])) == (1_050, 1_000)
    rest = empty.read(f"{TRACES}/wide/events/top/children", cursor=top["children_cursor"])
    seen = [child["event_id"] for child in (*top["children"], *rest["data"])]
    assert seen == [f"c{n:04}" for n in range(1_050)]
    assert rest["next_cursor"] is None
    assert len(empty.read(f"{TRACES}/wide", shape="flat")["columns"]["event_id"]) == 1_051


def test_a_trace_that_is_nested_too_deeply_is_answered_flat(empty: Project) -> None:
    empty.store(
        *(event(f"d{n}", "deep", n / 1_000, **({"parentEventId": f"d{n - 1}"} if n else {})) for n in range(205)),
        *(event(f"e{n}", "just", n / 1_000, **({"parentEventId": f"e{n - 1}"} if n else {})) for n in range(199)),
    )
    deep = empty.read(f"{TRACES}/deep")
    assert deep["shape"] == "flat"
    assert deep["columns"]["depth"] == list(range(205))
    assert empty.read(f"{TRACES}/just")["shape"] == "nested"


@pytest.mark.parametrize("links", [{"a": "b", "b": "a"}, {"a": "a"}, {"a": "b", "b": "c", "c": "a", "d": "c"}])
def test_a_cycle_never_breaks_reading(empty: Project, links: dict[str, str]) -> None:
    empty.store(*(event(name, "cycle", parentEventId=parent) for name, parent in links.items()))
    assert sorted(empty.read(f"{TRACES}/cycle", shape="flat")["columns"]["event_id"]) == sorted(links)
    assert empty.read(f"{TRACES}/cycle")["shape"] == "nested"


def test_a_repeated_event_changes_no_count_and_no_cost(story: Project) -> None:
    before = story.read(f"{TRACES}/single")
    story.store(event("line", "single", 200, userId="u2"))
    assert story.read(f"{TRACES}/single") == before


@pytest.mark.parametrize(
    "path",
    [f"{TRACES}/none", f"{TRACES}/agent/events/none/children", f"{TRACES}/none/events/root/children",
     f"{TRACES}/single/events/root/children", f"{TRACES}/{'x' * 257}", f"{TRACES}/%00", f"{TRACES}/%0A",
     f"{TRACES}/agent%00", f"{TRACES}/%FF%FE", f"{TRACES}/AGENT", f"{TRACES}/%61gent%20"],
)  # fmt: skip
def test_what_is_not_there_answers_404(story: Project, path: str) -> None:
    assert story.refusal(path) == (404, "not_found")


@pytest.mark.parametrize("shape", ["tree", "", "FLAT", "nested,flat"])
def test_another_shape_is_refused(story: Project, shape: str) -> None:
    assert story.refusal(f"{TRACES}/agent", shape=shape) == (400, "bad_parameter")


def test_an_id_with_signs_that_mean_something_in_an_address_is_found(empty: Project) -> None:
    for number, name in enumerate(["a b", "ü/ö", "50%", "a?b=c", "a#b", "..", "a;b", "{x}", "'--"]):
        event_id = f"{name} event"
        empty.store(event(event_id, name, number))
        row = next(row for row in empty.read(TRACES)["data"] if row["trace_id"] == name)
        assert row["event_count"] == 1
        assert empty.read("/api/v1/where-is", event_id=event_id)["current"] == "visible"
