"""Sessions, end users and scores: sums of traces, page by page, and what was judged."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.api.reading import Project, at, event, model_call, new_project
from tests.running import Server

from watchllm_server.ui_backend.group_answers import EndUserList, Scores, SessionList

SESSIONS: Final = "/api/v1/sessions"
END_USERS: Final = "/api/v1/end-users"
SLASHED: Final = "tenant/7 ü"


@pytest.fixture(scope="module")
def talks(server: Server) -> Project:
    """Five traces in three sessions of two end users; one with scores, one a day ago."""
    project = new_project(server)
    score = {"metric": "helpful", "value": 0.5, "comment": "so so"}
    project.store(
        model_call("a1", "a", 0, "gpt-4o", sessionId="s1", userId="u1"),
        model_call("b1", "b", 10, "gpt-4o-mini", sessionId="s1", userId="u2"),
        event("boom", "b", 11, "error", body={"message": "boom"}),
        model_call("c1", "c", 20, "no-such-model-xyz", sessionId=SLASHED, userId="u1"),
        model_call("d1", "d", -86_400, "gpt-4o", sessionId="s1", userId="u1"),
        event("lone", "e", 30),
        event("first", "a", 1, "eval_metric", body=score),
        event("second", "a", 2, "eval_metric", body={**score, "value": 0.9}, parentEventId="a1"),
        event("label", "a", 3, "eval_metric", body={"name": "tone", "label": "rude"}),
    )
    return project


def test_rows_are_exactly_what_the_reference_describes(talks: Project) -> None:
    for model, path in ((SessionList, SESSIONS), (EndUserList, END_USERS), (Scores, "/api/v1/traces/a/scores")):
        answer = talks.read(path)
        assert model.model_validate(answer).model_dump(by_alias=True) == answer


def test_a_session_sums_the_traces_of_the_range(talks: Project) -> None:
    row = talks.read(SESSIONS, sort="start_time")["data"][0]
    assert row == {
        "session_id": "s1", "start_time": at(0), "end_time": at(11), "trace_count": 2, "event_count": 6,
        "error_count": 1, "total_tokens": 220, "total_cost_usd": "0.000371", "models": ["gpt-4o", "gpt-4o-mini"],
        "user_ids": ["u1", "u2"], "first_input_preview": "hi", "last_output_preview": "hello",
    }  # fmt: skip
    assert talks.read(SESSIONS, from_=at(-90_000), sort="start_time")["data"][0]["trace_count"] == 3


def test_an_end_user_sums_their_traces(talks: Project) -> None:
    rows = {row["user_id"]: row for row in talks.read(END_USERS)["data"]}
    assert rows["u1"] == {
        "user_id": "u1", "first_seen": at(0), "last_seen": at(20.5), "trace_count": 2, "session_count": 2,
        "event_count": 5, "error_count": 0, "total_tokens": 220, "total_cost_usd": "0.00035",
        "models": ["gpt-4o", "no-such-model-xyz"],
    }  # fmt: skip
    assert set(rows) == {"u1", "u2"}


def test_what_has_no_price_has_no_cost(talks: Project) -> None:
    costs = {row["session_id"]: row["total_cost_usd"] for row in talks.read(SESSIONS)["data"]}
    assert costs[SLASHED] is None


@pytest.mark.parametrize(("path", "sort"), [(SESSIONS, "-total_cost_usd"), (SESSIONS, "start_time"),
                                            (SESSIONS, "-trace_count"), (END_USERS, "last_seen"),
                                            (END_USERS, "-session_count"), (END_USERS, "total_cost_usd")])  # fmt: skip
def test_pages_give_every_row_once(talks: Project, path: str, sort: str) -> None:
    whole = talks.read(path, sort=sort)["data"]
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = talks.read(path, sort=sort, limit=1, **cursor)
        found += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole


def test_a_filter_chooses_the_traces(talks: Project) -> None:
    given = {"field": "user_id", "op": "=", "value": "u2"}
    (row,) = talks.read(SESSIONS, filter=given)["data"]
    assert (row["session_id"], row["trace_count"]) == ("s1", 1)
    given = {"field": "text", "op": "contains", "value": "hello"}
    assert {row["user_id"] for row in talks.read(END_USERS, filter=given)["data"]} == {"u1", "u2"}


def test_one_is_read_by_its_id_whatever_is_in_it(talks: Project) -> None:
    assert talks.read(f"{SESSIONS}/s1")["trace_count"] == 3
    assert talks.read(f"{SESSIONS}/s1", from_=at(-1), to=at(5))["trace_count"] == 1
    assert talks.read(f"{SESSIONS}/tenant/7%20%C3%BC")["session_id"] == SLASHED
    assert talks.read(f"{END_USERS}/u1")["trace_count"] == 3
    for missing in ("none", "S1", "x" * 257, "%00", "s1%20"):
        assert talks.refusal(f"{SESSIONS}/{missing}") == (404, "not_found")
        assert talks.refusal(f"{END_USERS}/{missing}") == (404, "not_found")


def test_scores_say_what_they_judge(talks: Project) -> None:
    first, second, label = talks.read("/api/v1/traces/a/scores")["data"]
    assert first == {
        "event_id": "first", "target_event_id": None, "name": "helpful", "value": 0.5, "label": None,
        "comment": "so so", "source": "native", "start_time": at(1),
    }  # fmt: skip
    assert (second["target_event_id"], second["value"]) == ("a1", 0.9)
    assert (label["name"], label["value"], label["label"]) == ("tone", None, "rude")
    assert talks.read("/api/v1/traces/b/scores")["data"] == []
    assert talks.refusal("/api/v1/traces/none/scores") == (404, "not_found")


def test_a_trace_in_the_list_has_its_latest_scores(talks: Project) -> None:
    scores = {row["trace_id"]: row["scores"] for row in talks.read("/api/v1/traces")["data"]}
    assert scores["a"] == {"helpful": 0.9, "tone": "rude"}
    assert scores["b"] == {}


@pytest.mark.parametrize("path", [SESSIONS, END_USERS])
@pytest.mark.parametrize("query", [{"sort": "key"}, {"sort": "-1,2"}, {"limit": 0}, {"limit": 1_001}])
def test_what_cannot_be_asked_is_refused(talks: Project, path: str, query: dict[str, Any]) -> None:
    assert talks.refusal(path, **query) == (400, "bad_parameter")


def test_a_cursor_belongs_to_its_list(talks: Project) -> None:
    cursor = talks.read(SESSIONS, limit=1)["next_cursor"]
    assert talks.refusal(END_USERS, limit=1, cursor=cursor) == (400, "bad_cursor")
    assert talks.refusal(SESSIONS, limit=1, cursor=cursor, sort="start_time") == (400, "bad_cursor")
