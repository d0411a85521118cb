"""A filter is read into checked data or refused with a reason; nothing in between."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchllm_server.errors import BadRequest
from watchllm_server.model.filter import And, Condition, Not, Or, Subject
from watchllm_server.model.filter_reading import MAX_FILTER_BYTES, read_filter, read_time_us


def condition(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def refusal(source: object, subject: Subject = "events") -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read_filter(source, subject)
    return caught.value


def test_a_bare_condition_is_a_filter() -> None:
    assert read_filter('{"field": "status", "op": "=", "value": "error"}', "traces") == Condition(
        "status", "=", "error"
    )


def test_groups_nest_in_any_mix() -> None:
    source = {
        "and": [
            condition("name", "=", "a"),
            {"or": [condition("name", "contains", "b"), {"not": condition("status", "=", "ok")}]},
        ]
    }
    assert read_filter(json.dumps(source), "events") == And(
        (
            Condition("name", "=", "a"),
            Or((Condition("name", "contains", "b"), Not(Condition("status", "=", "ok")))),
        )
    )


def test_an_empty_and_matches_everything_and_an_empty_or_is_refused() -> None:
    assert read_filter({"and": []}, "traces") == And(())
    assert refusal({"or": []}).details == {"path": "or"}


@pytest.mark.parametrize(
    ("subject", "field", "op", "value", "read"),
    [
        ("traces", "total_cost_usd", ">", "0.05", Decimal("0.05")),
        ("traces", "total_cost_usd", ">", 0.1, Decimal("0.1")),
        ("traces", "total_cost_usd", ">", 0.30000000000000004, Decimal("0.3")),
        ("events", "cost_usd", "=", 3, Decimal(3)),
        ("events", "start_time", "<", "1970-01-01T00:00:00.000001Z", 1),
        ("events", "start_time", "<", "1970-01-01T01:00:00+01:00", 0),
        ("events", "duration_ms", ">=", 1.5, 1.5),
        ("events", "step_index", "in", [1, 2], (1, 2)),
        ("events", "tags", "in", ["a"], ("a",)),
        ("events", "attributes.http.status", "=", "200", "200"),
        ("events", "text", "contains", "", ""),
        ("events", "model", "exists", False, False),
    ],
)
def test_a_value_is_read_in_the_type_of_its_field(subject: Subject, field: str, op: str, value: Any, read: Any) -> None:
    node = read_filter(condition(field, op, value), subject)
    assert isinstance(node, Condition)
    assert node.value == read


def test_exists_needs_no_value() -> None:
    assert read_filter({"field": "model", "op": "exists"}, "events") == Condition("model", "exists", True)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("[]", None),
        ("not json", None),
        ("", None),
        ('{"and": {}}', "and"),
        ('{"xor": []}', None),
        ('{"and": [], "or": []}', None),
        ({"and": [condition("id; drop table events", "=", "x")]}, "and[0].field"),
        ({"and": [{"or": [condition("name", "like", "x")]}]}, "and[0].or[0].op"),
        (condition("start_time", "=", "2026-01-01T00:00:00Z"), "op"),
        (condition("start_time", "<", "2026-01-01T00:00:00"), "value"),
        (condition("start_time", "<", "yesterday"), "value"),
        (condition("name", "=", 3), "value"),
        (condition("name", "=", None), "value"),
        (condition("duration_ms", ">", "3"), "value"),
        (condition("duration_ms", ">", True), "value"),
        (condition("duration_ms", ">", 2**53 + 1), "value"),
        (condition("duration_ms", ">", float("nan")), "value"),
        (condition("duration_ms", ">", float("inf")), "value"),
        (condition("cost_usd", ">", "NaN"), "value"),
        (condition("cost_usd", ">", "1e3"), "value"),
        (condition("cost_usd", ">", "0.0000000000001"), "value"),
        (condition("cost_usd", ">", "1" * 17), "value"),
        (condition("cost_usd", ">", 10**400), "value"),
        (condition("step_index", "in", []), "value"),
        (condition("step_index", "in", 3), "value"),
        (condition("step_index", "in", [1, "2"]), "value[1]"),
        (condition("text", "=", "x"), "op"),
        (condition("text", "contains", "x" * 1_025), "value"),
        (condition("model", "exists", "yes"), "value"),
        (condition("attributes.", "=", "x"), "field"),
        (condition("attributes." + "k" * 257, "=", "x"), "field"),
        ({"field": "name", "op": "="}, None),
        ({"field": "name", "op": "=", "value": "x", "sql": "1"}, None),
        ({"field": ["name"], "op": "=", "value": "x"}, "field"),
        ({"field": "name", "op": {"=": 1}, "value": "x"}, "op"),
        (condition("name", "=", "\ud800"), "value"),
    ],
)
def test_what_is_not_a_filter_is_refused_with_its_place(source: object, path: str | None) -> None:
    error = refusal(source)
    assert error.code == "bad_filter"
    assert error.details.get("path") == path


def test_attributes_belong_to_events_alone() -> None:
    assert refusal(condition("attributes.k", "=", "v"), "traces").code == "bad_filter"


def test_fifty_conditions_are_read_and_one_more_is_too_complex() -> None:
    some = [condition("name", "=", "x")] * 25
    read_filter({"and": [{"or": some}, {"or": some}]}, "events")
    assert refusal({"and": [{"or": some}, {"or": some}, condition("name", "=", "x")]}).code == "too_complex"
    assert refusal({"and": [condition("name", "=", "x")] * 1_000}).code == "too_complex"
    empty: dict[str, list[Any]] = {"and": []}
    assert refusal({"and": [empty] * 1_000}).code == "too_complex"


@pytest.mark.parametrize("word", ["and", "not"])
def test_five_levels_are_read_and_a_sixth_is_too_complex(word: str) -> None:
    source: Any = condition("name", "=", "x")
    for _ in range(5):
        source = {word: [source] if word == "and" else source}
    read_filter(source, "events")
    assert refusal({"not": source}).code == "too_complex"


def test_a_text_of_endless_nesting_is_refused_without_a_fault() -> None:
    for source in ('{"not":' * 8_000, "[" * 60_000, '{"and":[' * 5_000 + "]}" * 5_000):
        assert refusal(source).code in {"bad_filter", "too_complex"}


def test_too_many_values_or_too_long_a_filter_is_too_complex() -> None:
    read_filter(condition("event_id", "in", ["x"] * 1_000), "events")
    assert refusal(condition("event_id", "in", ["x"] * 1_001)).code == "too_complex"
    assert refusal(json.dumps(condition("event_id", "in", ["x" * 100] * 100_000))).code == "too_complex"
    assert refusal(" " * (MAX_FILTER_BYTES + 1)).code == "too_complex"


def test_a_refusal_never_repeats_a_long_value() -> None:
    secret = "sk-" + "a" * 500
    for source in (condition(secret, "=", "x"), condition("name", secret, "x"), {"field": "name", secret: 1}):
        assert secret[:65] not in str(refusal(source).body())


def test_times_are_read_exactly_or_not_at_all() -> None:
    assert read_time_us("2026-01-31T12:00:00.123456789Z") == 1_769_860_800_123_456
    assert read_time_us("2026-01-31t12:00:00.5z") == 1_769_860_800_500_000
    for text in ("2026-01-31", "2026-01-31T12:00Z", "2026-02-30T12:00:00Z", "20260131T120000Z", "٢٠٢٦-01-31T12:00:00Z"):
        with pytest.raises(ValueError, match=r"RFC 3339|out of range"):
            read_time_us(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["and", "or", "not", "field", "op", "value"]) | st.text(), inner, max_size=4)
        | st.fixed_dictionaries(
            {
                "field": st.sampled_from(
                    ["name", "cost_usd", "start_time", "tags", "text", "attributes.k", "step_index"]
                ),
                "op": st.sampled_from(["=", "!=", "in", "<", "contains", "exists"]),
                "value": inner,
            }
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["traces", "events"]))
def test_whatever_is_given_is_read_or_refused(source: Any, subject: Subject) -> None:
    # A fault of ours would be any other exception.
    with contextlib.suppress(BadRequest):
        assert isinstance(read_filter(source, subject), And | Or | Not | Condition)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_text_is_given_is_read_or_refused(source: str | bytes) -> None:
    with pytest.raises(BadRequest):
        read_filter(source, "events")
