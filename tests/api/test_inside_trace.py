"""A trace as compact columns, and where a text stands in it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.reading import TRACES, Project, event, model_call
from tests.running import wait_until

from watchllm_server.ui_backend.answers import ColumnsTrace
from watchllm_server.ui_backend.routes.inside_trace import FoundInTrace


def texts(column: dict[str, Any]) -> list[str]:
    return [column["values"][code] for code in column["codes"]]


def ids_of(columns: dict[str, Any]) -> list[str]:
    return [columns["event_id"]["prefix"] + rest for rest in columns["event_id"]["rest"].split("\n")]


def test_the_compact_columns_say_what_the_flat_ones_say(story: Project) -> None:
    compact, flat = (story.read(f"{TRACES}/agent", shape=shape) for shape in ("columns", "flat"))
    ColumnsTrace.model_validate(compact)
    columns = compact["columns"]
    assert ids_of(columns) == ["root", "call", "unknown", "lost"]
    assert columns["parent"] == [-1, 0, 0, -1]
    assert columns["missing_parents"] == {"rows": [3], "ids": ["never came"]}
    assert texts(columns["type"]) == flat["columns"]["type"]
    assert texts(columns["name"]) == flat["columns"]["name"]
    assert texts(columns["status"]) == flat["columns"]["status"]
    assert columns["duration_us"] == [-1 if ms is None else ms * 1_000 for ms in flat["columns"]["duration_ms"]]
    assert columns["step_index"] == flat["columns"]["step_index"]
    assert {k: v for k, v in compact.items() if k not in ("shape", "columns")} == {
        k: v for k, v in flat.items() if k not in ("shape", "columns")
    }


def test_what_the_totals_leave_out_is_named(empty: Project) -> None:
    inner = {"inputTokens": 3, "outputTokens": 1, "model": "gpt-4o"}
    empty.store(
        model_call("call", "counted", 0, "gpt-4o"),
        event("usage", "counted", 1, "token_usage", body=inner, parentEventId="call"),
    )
    assert empty.read(f"{TRACES}/counted", shape="columns")["columns"]["uncounted"] == [1]


@pytest.mark.parametrize(
    ("text", "found"),
    [("REFUND", ["root"]), ("boom", ["lost"]), (" done ", ["root"]), ("%", []), ("nobody said this", [])],
)
def test_a_text_is_found_where_it_was_given_said_or_failed(story: Project, text: str, found: list[str]) -> None:
    answer = story.read(f"{TRACES}/agent/find", text=text)
    FoundInTrace.model_validate(answer)
    assert answer == {"event_ids": found, "is_cut": False}


@pytest.mark.parametrize("text", ["客服", 'says "no"', "a\nline", "50%_\\x"])
def test_signs_and_scripts_stand_for_themselves(empty: Project, text: str) -> None:
    body = {"name": "work", "input": f"before {text} after"}
    empty.store(event("with", "signs", body=body, type="span"), event("without", "signs", 1))
    assert empty.read(f"{TRACES}/signs/find", text=text)["event_ids"] == ["with"]


def test_only_the_last_version_of_an_event_is_found(empty: Project) -> None:
    first, second = ({"name": "work", "input": text} for text in ("the old words", "the new words"))
    empty.store(event("one", "versions", body=first, type="span"))
    empty.store(event("one", "versions", body=second, type="span"))
    wait_until(lambda: empty.read(f"{TRACES}/versions/find", text="new words")["event_ids"] == ["one"])
    assert empty.read(f"{TRACES}/versions/find", text="old words")["event_ids"] == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 1_025])
def test_a_text_that_cannot_be_looked_for_is_refused(story: Project, text: str) -> None:
    assert story.refusal(f"{TRACES}/agent/find", text=text) == (400, "bad_parameter")


def test_a_text_is_not_looked_for_in_a_trace_that_is_not_there(story: Project) -> None:
    assert story.refusal(f"{TRACES}/none/find", text="done") == (404, "not_found")
