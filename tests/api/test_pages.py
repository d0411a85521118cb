"""Every list alike: pages, order, ranges and filters; what cannot be meant is refused by its code."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.reading import EVENTS, TRACES, Project, at, event, model_call, new_project
from tests.running import Server

LISTS = [TRACES, EVENTS]


@pytest.fixture(scope="module")
def many(server: Server) -> Project:
    """Nine traces of one to three events, some of the same start, so that only the id orders them."""
    project = new_project(server)
    made: list[dict[str, Any]] = []
    for n in range(9):
        start = (n // 3) * 10
        made += [event(f"e{n}-{k}", f"t{n}", start + k * (n + 1), userId=f"u{n % 2}") for k in range(n % 3 + 1)]
    made += [model_call("m0", "t0", 1, "gpt-4o", parentEventId="e0-0")]
    project.store(*made)
    return project


def ids(rows: list[dict[str, Any]], path: str) -> list[str]:
    return [row["trace_id" if path == TRACES else "event_id"] for row in rows]


def all_pages(project: Project, path: str, **query: Any) -> list[str]:
    """Follow the cursors to the end; returns the ids of all pages."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = project.read(path, **query, **cursor)
        found += ids(page["data"], path)
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the cursors never end")


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("path", LISTS)
def test_pages_of_any_size_are_the_whole_list_in_its_order(many: Project, path: str, limit: int) -> None:
    whole = ids(many.read(path, limit=1_000)["data"], path)
    assert len(whole) == len(set(whole)) == (9 if path == TRACES else 19)
    assert all_pages(many, path, limit=limit) == whole


SORTS = {
    TRACES: ("start_time", "duration_ms", "total_cost_usd", "total_tokens", "event_count"),
    EVENTS: ("start_time",),
}


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in SORTS.items() for field in fields])
def test_a_list_is_sorted_both_ways_and_pages_keep_to_it(many: Project, path: str, field: str) -> None:
    for sort, is_descending in ((field, False), (f"-{field}", True)):
        rows = many.read(path, sort=sort, limit=1_000)["data"]
        values = [row[field] for row in rows if row[field] is not None]
        assert values == sorted(values, reverse=is_descending)
        assert all_pages(many, path, sort=sort, limit=2) == ids(rows, path)


@pytest.mark.parametrize("path", LISTS)
def test_the_newest_comes_first_unless_told_otherwise(many: Project, path: str) -> None:
    assert many.read(path)["data"] == many.read(path, sort="-start_time")["data"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param({"limit": 0}, "bad_parameter", id="limit-0"),
        pytest.param({"limit": -1}, "bad_parameter", id="limit-negative"),
        pytest.param({"limit": 1_001}, "bad_parameter", id="limit-over"),
        pytest.param({"limit": "ten"}, "bad_parameter", id="limit-text"),
        pytest.param({"limit": "1e3"}, "bad_parameter", id="limit-exponent"),
        pytest.param({"limit": "9" * 5_000}, "bad_parameter", id="limit-huge"),
        pytest.param({"limit": ""}, "bad_parameter", id="limit-empty"),
        pytest.param({"sort": "name"}, "bad_parameter", id="sort-unknown"),
        pytest.param({"sort": "start_time; DROP TABLE events"}, "bad_parameter", id="sort-sql"),
        pytest.param({"sort": "--start_time"}, "bad_parameter", id="sort-twice-minus"),
        pytest.param({"cursor": ""}, "bad_cursor", id="cursor-empty"),
        pytest.param({"cursor": "AAAA"}, "bad_cursor", id="cursor-invented"),
        pytest.param({"cursor": "ü" * 10}, "bad_cursor", id="cursor-not-ascii"),
        pytest.param({"cursor": "A" * 20_000}, "bad_cursor", id="cursor-long"),
        pytest.param({"from_": "yesterday"}, "bad_time_range", id="from-word"),
        pytest.param({"from_": "2026-01-01"}, "bad_time_range", id="from-date"),
        pytest.param({"from_": "2026-01-01T00:00:00"}, "bad_time_range", id="from-without-zone"),
        pytest.param({"to": "1790000000"}, "bad_time_range", id="to-unix"),
        pytest.param({"from_": "2026-02-30T00:00:00Z"}, "bad_time_range", id="no-such-day"),
        pytest.param({"from_": "9999-12-31T23:59:59Z"}, "bad_time_range", id="from-far-ahead"),
        pytest.param({"to": "1969-12-31T23:59:59Z"}, "bad_time_range", id="to-before-1970"),
        pytest.param({"from_": at(10), "to": at(10)}, "bad_time_range", id="empty-range"),
        pytest.param({"from_": at(10), "to": at(9)}, "bad_time_range", id="reversed-range"),
        pytest.param({"filter": "not json"}, "bad_filter", id="filter-not-json"),
        pytest.param({"filter": "[]"}, "bad_filter", id="filter-list"),
        pytest.param({"filter": ""}, "bad_filter", id="filter-empty"),
        pytest.param({"filter": {"field": "password", "op": "=", "value": "x"}}, "bad_filter", id="field-unknown"),
        pytest.param({"filter": {"field": "project_id", "op": "=", "value": "x"}}, "bad_filter", id="field-project"),
        pytest.param({"filter": {"field": "name", "op": "~", "value": "x"}}, "bad_filter", id="operator-unknown"),
        pytest.param({"filter": {"field": "name", "op": "<", "value": "x"}}, "bad_filter", id="operator-of-others"),
        pytest.param({"filter": {"field": "name", "op": "="}}, "bad_filter", id="value-missing"),
        pytest.param({"filter": {"field": "name", "op": "=", "value": 5}}, "bad_filter", id="value-of-another-type"),
        pytest.param({"filter": {"xor": []}}, "bad_filter", id="word-unknown"),
        pytest.param(
            {"filter": {"and": [{"field": "name", "op": "=", "value": "x"}] * 51}}, "too_complex", id="too-many"
        ),
        pytest.param({"filter": '{"not":' * 6 + "{}" + "}" * 6}, "too_complex", id="too-deep"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_its_code(
    many: Project, path: str, query: dict[str, Any], code: str
) -> None:
    assert many.refusal(path, **query) == (400, code)


@pytest.mark.parametrize("path", [*LISTS, "/api/v1/ledger", "/api/v1/where-is", f"{TRACES}/t0"])
@pytest.mark.parametrize("name", ["from", "limit", "cursor", "filter", "event_id", "anything"])
def test_a_parameter_given_twice_is_refused(many: Project, path: str, name: str) -> None:
    assert many.refusal(f"{path}?{name}=1&{name}=1") == (400, "bad_parameter")


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_opens_its_own_query_alone(many: Project, path: str) -> None:
    filter_ = {"field": "user_id", "op": "=", "value": "u1"}
    query: dict[str, Any] = {"from_": at(-5), "to": at(500), "limit": 2, "filter": filter_}
    cursor = many.read(path, **query)["next_cursor"]
    assert cursor
    assert many.get(path, **query, cursor=cursor).status == 200
    assert many.get(path, **{**query, "limit": 5}, cursor=cursor).status == 200
    other: list[dict[str, Any]] = [
        {"sort": "start_time"}, {"filter": {**filter_, "value": "u0"}}, {"from_": at(-4)}, {"to": at(501)},
    ]  # fmt: skip
    for change in other:
        assert many.refusal(path, **{**query, **change}, cursor=cursor) == (400, "bad_cursor"), change
    other_path = EVENTS if path == TRACES else TRACES
    assert many.refusal(other_path, **query, cursor=cursor) == (400, "bad_cursor")


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_was_altered_anywhere_is_refused(many: Project, path: str) -> None:
    cursor = many.read(path, limit=1)["next_cursor"]
    for place in (0, 5, len(cursor) // 2, len(cursor) - 1):
        altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert many.refusal(path, limit=1, cursor=altered) == (400, "bad_cursor")
    assert many.refusal(path, limit=1, cursor=f"{cursor}=") == (400, "bad_cursor")


@pytest.mark.parametrize("path", [*LISTS, "/api/v1/ledger"])
def test_the_range_is_echoed_in_utc_and_is_a_day_unless_given(many: Project, path: str) -> None:
    given = many.read(path, from_="2026-11-01T02:00:00.5+02:00", to="2026-11-02T00:00:00Z")
    assert given["to"] == "2026-11-02T00:00:00.000000Z"
    assert given["from"] == ("2026-11-01T00:00:00.500000Z" if path in LISTS else "2026-11-01T00:00:00.000000Z")
    assert given["note"] is None
    default = many.read(path, to="2026-11-02T00:00:00Z")
    assert default["from"] == "2026-11-01T00:00:00.000000Z"


@pytest.mark.parametrize("path", LISTS)
def test_a_range_is_from_inclusive_to_exclusive(many: Project, path: str) -> None:
    name = "t0" if path == TRACES else "e0-0"
    assert name in ids(many.read(path, from_=at(0), to=at(0.000001))["data"], path)
    assert name not in ids(many.read(path, from_=at(-5), to=at(0))["data"], path)


@pytest.mark.parametrize("path", LISTS)
def test_a_range_that_is_too_long_is_cut_and_says_so(many: Project, path: str) -> None:
    answer = many.read(path, from_="2000-01-01T00:00:00Z", to="2026-12-01T00:00:00Z")
    assert answer["from"] == "2025-10-27T00:00:00.000000Z"
    assert "400 days" in answer["note"]
    assert answer["data"]


@pytest.mark.parametrize("path", LISTS)
def test_the_pages_of_a_default_range_stay_those_of_the_first(many: Project, path: str) -> None:
    first = many.read(path, limit=1)
    second = many.read(path, limit=1, cursor=first["next_cursor"])
    assert (second["from"], second["to"]) == (first["from"], first["to"])


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_project_has_an_empty_page(empty: Project, path: str) -> None:
    answer = empty.read(path)
    assert (answer["data"], answer["next_cursor"]) == ([], None)


def ids_from(first: int) -> list[str]:
    return [f"t{n}" for n in range(first, 9)]


FILTERS: list[Any] = [
    pytest.param({"field": "user_id", "op": "=", "value": "u1"}, ["t1", "t3", "t5", "t7"], id="equal"),
    pytest.param({"not": {"field": "user_id", "op": "=", "value": "u1"}}, ["t0", "t2", "t4", "t6", "t8"], id="not"),
    pytest.param({"field": "trace_id", "op": "in", "value": ["t1", "t8", "none"]}, ["t1", "t8"], id="in"),
    pytest.param({"field": "total_cost_usd", "op": ">", "value": "0.0001"}, ["t0"], id="money"),
    pytest.param({"field": "total_cost_usd", "op": "exists", "value": False}, ids_from(1), id="null"),
    pytest.param({"field": "start_time", "op": ">=", "value": at(20)}, ["t6", "t7", "t8"], id="time"),
    pytest.param({"field": "models", "op": "contains", "value": "gpt"}, ["t0"], id="list"),
    pytest.param(
        {"or": [{"field": "trace_id", "op": "=", "value": "t4"}, {"field": "model_call_count", "op": ">", "value": 0}]},
        ["t0", "t4"], id="or",
    ),
    pytest.param({"and": []}, ids_from(0), id="no-condition"),
    pytest.param({"field": "name", "op": "=", "value": "' OR 1=1 --"}, [], id="sql"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), FILTERS)
def test_a_filter_of_traces_finds_what_it_says(many: Project, given: dict[str, Any], expected: list[str]) -> None:
    assert sorted(ids(many.read(TRACES, filter=given)["data"], TRACES)) == expected
    assert sorted(all_pages(many, TRACES, filter=given, limit=2)) == expected
