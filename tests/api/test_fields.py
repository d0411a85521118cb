"""What the filter bar suggests: every field with its operators, and the values that there are."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.api.reading import Project, at

from watchllm_server.model.filter import VALUED_FIELDS, Subject
from watchllm_server.ui_backend.stats_answers import Fields, Values

FIELDS: Final = "/api/v1/fields"
VALUES: Final = "/api/v1/values"


@pytest.mark.parametrize("subject", ["traces", "events"])
def test_every_field_and_operator_that_is_listed_can_be_used(story: Project, subject: str) -> None:
    answer = story.read(FIELDS, subject=subject)
    assert Fields.model_validate(answer).model_dump(by_alias=True) == answer
    values: dict[str, Any] = {"number": 1, "money": "0.1", "time": at(0)}
    for one in answer["data"]:
        field = f"{one['field']}key" if one["field"] == "attributes." else one["field"]
        for operator in one["operators"]:
            value = values.get(one["kind"], "x")
            given = {"in": [value], "exists": True}.get(operator, value)
            story.read(f"/api/v1/{subject}", filter={"field": field, "op": operator, "value": given})


@pytest.mark.parametrize("subject", ["traces", "events"])
def test_fields_with_values_list_what_was_sent(story: Project, subject: Subject) -> None:
    assert {one["field"] for one in story.read(FIELDS, subject=subject)["data"] if one["has_values"]} == (
        VALUED_FIELDS[subject] | ({"attributes."} if subject == "events" else set())
    )
    for field in VALUED_FIELDS[subject]:
        answer = story.read(VALUES, subject=subject, field=field)
        assert Values.model_validate(answer).model_dump(by_alias=True) == answer


CASES: Final[list[tuple[str, str, str, list[tuple[str, int]]]]] = [
    ("traces", "user_id", "", [("u1", 1), ("u2", 1)]),
    ("traces", "models", "GPT", [("gpt-4o", 1)]),
    ("traces", "type", "", [("model_response", 2), ("agent_action", 1), ("error", 1), ("log", 1)]),
    ("traces", "agent_name", "pl", [("Planner", 1)]),
    ("traces", "tags", "", [("blue", 1), ("red", 1)]),
    ("events", "type", "mod", [("model_response", 3)]),
    ("events", "user_id", "", [("u1", 4), ("u2", 1)]),
    ("events", "provider", "", [("openai", 3)]),
    ("events", "attributes", "lev", [("level", 1)]),
    ("events", "attributes.level", "", [("info", 1)]),
    ("events", "model", "%", []),
    ("events", "model", "'; DROP TABLE events", []),
]


@pytest.mark.parametrize(("subject", "field", "prefix", "found"), CASES)
def test_values_come_with_how_often_they_were_seen(
    story: Project, subject: str, field: str, prefix: str, found: list[tuple[str, int]]
) -> None:
    data = story.read(VALUES, subject=subject, field=field, prefix=prefix)["data"]
    assert [(one["value"], one["count"]) for one in data] == found
    assert story.read(VALUES, subject=subject, field=field, to=at(-7_200))["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"field": "trace_id"}, {"field": "text"}, {"field": "attributes.x"}, {"field": "id, 1"}, {},
        {"field": "model", "subject": "events", "limit": 0}, {"field": "attributes.", "subject": "events"},
        {"field": "attributes." + "x" * 257, "subject": "events"}, {"field": "name", "prefix": "x" * 1_025},
        {"field": "name", "subject": "sessions"},
    ],
)  # fmt: skip
def test_what_has_no_list_of_values_is_refused(story: Project, query: dict[str, Any]) -> None:
    assert story.refusal(VALUES, **query) == (400, "bad_parameter")
