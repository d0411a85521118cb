"""The compact columns say the same as the tree, whatever the links of a trace are."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from watchllm_server.model.tree import NO_PARENT, make_tree
from watchllm_server.ui_backend.answers import CompactColumns
from watchllm_server.ui_backend.trace_columns import compact_columns

Link = tuple[str, str, int]
_TEXTS = ("type", "name", "model", "agent_name", "tool_name", "status")


def table_of(*links: Link, **columns: list[Any]) -> pa.Table:
    """Return the table of events as (id, parent, start), which come in order of start, then id."""
    ids, parents, starts = (list(column) for column in zip(*links, strict=True)) if links else ([], [], [])
    given_columns = {name: columns.get(name, [""] * len(ids)) for name in _TEXTS}
    return pa.table(
        {
            "event_id": pa.array(ids, pa.string()),
            "parent_event_id": pa.array(parents, pa.string()),
            "start_us": pa.array(starts, pa.int64()),
            "end_us": pa.array(columns.get("end_us", [None] * len(ids)), pa.int64()),
            "input_tokens": pa.array([7] * len(ids), pa.uint64()),
            "output_tokens": pa.array([0] * len(ids), pa.uint64()),
            "cost_usd": pa.array(columns.get("cost_usd", [None] * len(ids)), pa.string()),
            "step_index": pa.array(columns.get("step_index", [None] * len(ids)), pa.int64()),
            **{name: pa.array(values, pa.string()) for name, values in given_columns.items()},
        }
    )


def read(table: pa.Table, *uncounted: str) -> Any:
    answer = orjson.loads(orjson.dumps(compact_columns(table, uncounted), option=orjson.OPT_SERIALIZE_NUMPY))
    CompactColumns.model_validate(answer)
    return answer


def test_ids_share_their_beginning_once() -> None:
    assert read(table_of(("t-é1", "", 0), ("t-é2", "t-é1", 1)))["event_id"] == {"prefix": "t-é", "rest": "1\n2"}
    assert read(table_of(("one", "", 0)))["event_id"] == {"prefix": "one", "rest": ""}


def test_texts_and_costs_stand_once_with_a_code_for_each_event() -> None:
    table = table_of(("a", "", 5), ("b", "", 6), ("c", "", 8), name=["x", "y", "x"], cost_usd=[None, "0.5", "0.5"])
    answer = read(table)
    assert answer["name"] == {"values": ["x", "y"], "codes": [0, 1, 0]}
    assert answer["cost_usd"] == {"values": ["0.5"], "codes": [-1, 0, 0]}
    assert answer["status"] == {"values": ["ok"], "codes": [0, 0, 0]}
    assert (answer["origin"], answer["start_us"]) == ("1970-01-01T00:00:00.000005Z", [0, 1, 3])


def test_what_has_no_end_lasts_minus_one_and_steps_are_left_out_when_there_are_none() -> None:
    table = table_of(("a", "", 5), ("b", "", 6), end_us=[None, 16], step_index=[None, 3])
    assert read(table)["duration_us"] == [-1, 10]
    assert read(table)["step_index"] == [None, 3]
    assert read(table_of(("a", "", 5)))["step_index"] == []


def test_what_the_totals_leave_out_is_named_by_row() -> None:
    assert read(table_of(("a", "", 0), ("b", "a", 1), ("c", "a", 2)), "c", "gone", "a")["uncounted"] == [2, 0]


def test_no_events_make_empty_columns() -> None:
    answer = read(table_of())
    assert (answer["parent"], answer["event_id"]) == ([], {"prefix": "", "rest": ""})


# The first example loads Arrow's functions, which takes longer than a deadline for each allows.
@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(-1, 40), st.integers(0, 5)), max_size=40))
def test_parents_are_those_of_the_tree_whatever_the_links(given_links: list[tuple[int, int, int]]) -> None:
    named = {f"e{number}": ("" if parent < 0 else f"e{parent}", start) for number, parent, start in given_links}
    links = sorted(((i, parent, start) for i, (parent, start) in named.items()), key=lambda link: (link[2], link[0]))
    answer = read(table_of(*links))
    ids = [link[0] for link in links]
    tree = make_tree(ids, [link[1] for link in links], [link[2] for link in links])
    expected = dict.fromkeys(tree.tops, NO_PARENT) | {
        child: parent for parent, children in tree.children.items() for child in children
    }
    assert answer["parent"] == [expected[at] for at in range(len(ids))]
    assert answer["missing_parents"]["rows"] == sorted(tree.missing)
    assert answer["missing_parents"]["ids"] == [links[at][1] for at in sorted(tree.missing)]
