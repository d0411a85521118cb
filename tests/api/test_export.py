"""Exports: the rows of the lists as files, whole or cut and said so, and nothing in them is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from tests.api.reading import EVENTS, TRACES, Project, event, model_call, new_project
from tests.ingest.calls import Answer
from tests.running import Server

EXPORT: Final = "/api/v1/export"
FORMULAS: Final = ("=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", 'a,"b"\nc', "plain ü 付款")
MOST_ROWS: Final = 7


@pytest.fixture(scope="module")
def filled(server: Server) -> Project:
    """One trace for each odd name, and a model call."""
    project = new_project(server)
    project.store(
        *(
            event(f"e{at}", f"t{at}", at, "custom", body={"name": name, "payload": name})
            for at, name in enumerate(FORMULAS)
        ),
        model_call("call", "call", 60, "gpt-4o", userId="u1"),
    )
    return project


def lines(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    return [orjson.loads(line) for line in answer.body.splitlines()]


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("what", "path"), [("traces", TRACES), ("events", EVENTS)])
def test_a_file_has_the_rows_of_the_list(filled: Project, what: str, path: str) -> None:
    answer = filled.get(EXPORT, what=what)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{what}-')
    assert lines(answer) == filled.read(path)["data"]
    as_csv = filled.get(EXPORT, what=what, format="csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert len(table(as_csv)) == len(FORMULAS) + 1


def test_no_cell_is_a_formula(filled: Project) -> None:
    rows = table(filled.get(EXPORT, what="events", format="csv", columns="name,output"))
    for row, name in zip(reversed(rows[1:]), FORMULAS, strict=True):
        is_formula = name[0] in "=+-@\t\r"
        assert row["name"] == ("'" if is_formula else "") + name
        assert row["output"] == row["name"]


def test_columns_are_those_wanted_in_their_order(filled: Project) -> None:
    rows = lines(filled.get(EXPORT, what="events", columns="output,event_id,usage,cost_usd"))
    assert list(rows[0]) == ["output", "event_id", "usage", "cost_usd"]
    assert rows[0]["output"] == filled.read(f"{EVENTS}/call")["output"]
    assert (rows[0]["usage"], rows[0]["cost_usd"]) == ({"input_tokens": 100, "output_tokens": 10}, "0.00035")
    (first, *_) = table(filled.get(EXPORT, what="traces", format="csv", columns="trace_id,models,total_cost_usd"))
    assert first == {"trace_id": "call", "models": '["gpt-4o"]', "total_cost_usd": "0.00035"}


def test_a_filter_and_a_range_choose_the_rows(filled: Project) -> None:
    given = {"field": "user_id", "op": "=", "value": "u1"}
    assert [row["trace_id"] for row in lines(filled.get(EXPORT, filter=given))] == ["call"]
    nothing = filled.get(EXPORT, format="csv", to="2020-01-01T00:00:00Z")
    assert table(nothing) == []
    assert nothing.body.startswith("\ufefftrace_id,name".encode())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"what": "spans"}, "bad_parameter"), ({"format": "parquet"}, "bad_parameter"),
        ({"columns": "trace_id,nothing"}, "bad_parameter"), ({"columns": ""}, "bad_parameter"),
        ({"columns": "input"}, "bad_parameter"), ({"filter": "{"}, "bad_filter"),
        ({"filter": {"field": "event_id", "op": "=", "value": "x"}}, "bad_filter"),
        ({"from_": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "bad_time_range"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    filled: Project, query: dict[str, Any], code: str
) -> None:
    assert filled.refusal(EXPORT, **query) == (400, code)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A server whose exports are short, with three rows more than that."""
    folder: Path = tmp_path_factory.mktemp("small") / "data"
    running = Server(folder, environment={"WATCHLLM_EXPORT_MAX_ROWS": str(MOST_ROWS)}).start()
    project = new_project(running)
    project.store(*(event(f"e{at}", f"t{at}", at) for at in range(MOST_ROWS + 3)))
    yield project
    running.stop()


def test_a_file_that_was_cut_says_so_in_its_last_line(small: Project) -> None:
    rows = lines(small.get(EXPORT))
    assert rows[-1] == {"truncated": True, "rows": MOST_ROWS}
    assert [row["trace_id"] for row in rows[:-1]] == [f"t{at}" for at in range(MOST_ROWS + 2, 2, -1)]
    text = small.get(EXPORT, format="csv", columns="trace_id").body.decode("utf-8-sig")
    assert text.splitlines()[-1] == f"# truncated: true,# rows: {MOST_ROWS}"
    assert len(text.splitlines()) == MOST_ROWS + 2


def test_a_file_that_is_just_full_was_not_cut(small: Project) -> None:
    given = {"field": "trace_id", "op": "in", "value": [f"t{at}" for at in range(MOST_ROWS)]}
    rows = lines(small.get(EXPORT, filter=given))
    assert len(rows) == MOST_ROWS
    assert "truncated" not in rows[-1]
