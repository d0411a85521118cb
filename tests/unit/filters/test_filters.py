"""A compiled filter is fixed SQL and bound parameters; what a user wrote is in the parameters alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from watchllm_server.model.filter import (
    EVENT_FIELDS,
    OPERATORS,
    TRACE_FIELDS,
    And,
    Condition,
    FieldKind,
    Node,
    Not,
    Or,
    Subject,
)
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.filters import compile_filter, storable_us

HOSTILE = (
    "'", "\\", "\\'", "`", '"', "--", "/*", "*/", ";", "\0", "%", "_", "{f0:String}", "{", "}", "$1",
    "file('/etc/passwd')", "url('http://127.0.0.1')", "' OR 1=1 --", ") SETTINGS readonly=0", "sleep(3)",
)  # fmt: skip
SAMPLES: dict[FieldKind, Any] = {
    "text": "x", "list": "x", "attribute": "x", "search": "x", "number": 7, "money": "0.5",
    "time": "2026-01-31T12:00:00Z",
}  # fmt: skip
SUBJECTS: dict[Subject, dict[str, FieldKind]] = {"traces": TRACE_FIELDS, "events": EVENT_FIELDS}

EVERY_CONDITION = [
    (subject, field, op)
    for subject, fields in SUBJECTS.items()
    for field, kind in fields.items()
    for op in sorted(OPERATORS[kind])
]


def value_for(kind: FieldKind, op: str) -> Any:
    return True if op == "exists" else [SAMPLES[kind]] if op == "in" else SAMPLES[kind]


@pytest.mark.parametrize(("subject", "field", "op"), EVERY_CONDITION)
def test_every_field_of_the_whitelist_compiles_with_every_operator(subject: Subject, field: str, op: str) -> None:
    value = value_for(SUBJECTS[subject][field], op)
    compiled = compile_filter(read_filter({"field": field, "op": op, "value": value}, subject), subject)
    assert set(re.findall(r"\{(f\d+):", compiled.sql)) == set(compiled.parameters)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_of_a_user_becomes_sql(hostile: str) -> None:
    def compiled_with(text: str) -> str:
        texts = [(field, "=") for field, kind in EVENT_FIELDS.items() if kind == "text"]
        texts += [("tags", "contains"), ("text", "contains"), (f"attributes.{text}", "contains")]
        conditions: list[dict[str, Any]] = [{"field": field, "op": op, "value": text} for field, op in texts]
        conditions.append({"field": "name", "op": "in", "value": [text, text]})
        return compile_filter(read_filter({"or": conditions}, "events"), "events").sql

    assert compiled_with(hostile) == compiled_with("plain")


def test_an_attribute_key_is_a_parameter() -> None:
    compiled = compile_filter(Condition("attributes.a'b", "=", "v"), "events")
    assert list(compiled.parameters.values()) == ["a'b", "v"]


def test_groups_keep_their_meaning() -> None:
    one, two = Condition("name", "=", "a"), Condition("name", "=", "b")
    tree: Node = And((Or((one, two)), Not(one)))
    sql = compile_filter(tree, "traces").sql
    assert sql == "(((name = {f0:String}) OR (name = {f1:String})) AND (NOT (name = {f2:String})))"
    assert compile_filter(And(()), "traces").sql == "1"


def test_unlike_is_exactly_not_equal() -> None:
    for field, value in (("cost_usd", "1"), ("tags", "a"), ("attributes.k", "v"), ("duration_ms", 5)):
        equal = compile_filter(read_filter({"field": field, "op": "=", "value": value}, "events"), "events")
        unlike = compile_filter(read_filter({"field": field, "op": "!=", "value": value}, "events"), "events")
        assert unlike.sql == f"(NOT {equal.sql})"
        assert unlike.parameters == equal.parameters


def test_times_that_the_store_cannot_hold_keep_their_order() -> None:
    assert storable_us(-1) == 0
    assert storable_us(10**18) < 2**63 // 1_000
    assert storable_us(1_795_000_000_000_000) == 1_795_000_000_000_000
