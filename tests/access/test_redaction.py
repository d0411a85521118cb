"""Rules of redaction through the API: obeyed within a second, checked, tried, and in the audit log."""

from __future__ import annotations

from typing import Any

import pytest
from tests.access.people import Person
from tests.access.tenants import Tenants
from tests.ingest.calls import EVENT, new_id, send_json
from tests.running import Server, wait_until

RULES = {"detectors": ["email"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}


@pytest.fixture
def owner(open_server: Server, tenants: Tenants) -> Person:
    return Person(open_server, tenants)


def test_rules_are_obeyed_within_a_second_by_one_project_alone(
    open_server: Server, tenants: Tenants, owner: Person
) -> None:
    mine, other = owner.make_project(), owner.make_project("other")
    assert owner.call("GET", f"/{mine}/redaction").json == {"detectors": [], "patterns": []}
    keys = {project_id: tenants.add_key(project_id, "ingest", "read") for project_id in (mine, other)}

    def stored(project_id: str) -> dict[str, Any]:
        """Send an event and return it as it is read."""
        event_id = new_id()
        said = "ada@example.com about CASE-7"
        event = {
            "eventId": event_id,
            "type": "log",
            "userId": "ada@example.com",
            "body": {"level": "info", "message": said},
        }
        key = f"Bearer {keys[project_id]}"
        assert send_json(open_server, EVENT, event, authorization=key).status == 202
        path = f"/api/v1/events/{event_id}?project_id={project_id}"
        return wait_until(lambda: (a := owner.browser.get(path)).status == 200 and a.json)

    assert "ada@example.com about CASE-7" in str(stored(mine))
    assert owner.call("PUT", f"/{mine}/redaction", RULES).json == RULES

    def is_obeyed() -> bool:
        said = str(stored(mine))
        return "ada@example.com" not in said and "[redacted:email] about [redacted:case]" in said

    wait_until(is_obeyed, timeout_s=5)
    assert stored(mine)["user_id"].startswith("[redacted:email]:")
    assert stored(mine)["user_id"] == stored(mine)["user_id"]
    assert "ada@example.com about CASE-7" in str(stored(other))
    (row,) = [row for row in owner.audit(mine) if row["object_kind"] == "redaction"]
    assert (row["action"], row["before"]["detectors"], row["after"]["patterns"]) == (
        "project:change", [], ["case: CASE-[0-9]+"],
    )  # fmt: skip


def test_rules_are_tried_without_being_kept(owner: Person) -> None:
    project_id = owner.make_project()
    tried = owner.call("POST", f"/{project_id}/redaction/try", {**RULES, "text": "ada@example.com has CASE-1, 12"})
    assert tried.json == {"text": "[redacted:email] has [redacted:case], 12"}
    assert owner.call("GET", f"/{project_id}/redaction").json["detectors"] == []
    assert [row["object_kind"] for row in owner.audit(project_id)] == ["project"]


@pytest.mark.parametrize(("rules", "code"), [
    ({"detectors": ["iban"]}, "bad_parameter"), ({"detectors": [], "project_id": "p"}, "bad_parameter"),
    ({"patterns": [{"name": "a b", "pattern": "x"}]}, "bad_parameter"),
    ({"patterns": [{"name": "a", "pattern": "x" * 501}]}, "bad_parameter"),
    ({"patterns": [{"name": "a", "pattern": "("}]}, "bad_pattern"),
    ({"patterns": [{"name": "a", "pattern": "x*"}]}, "bad_pattern"),
    ({"patterns": [{"name": "a", "pattern": "x"}] * 21}, "conflict"),
])  # fmt: skip
def test_rules_that_cannot_be_are_refused(owner: Person, rules: dict[str, Any], code: str) -> None:
    project_id = owner.make_project()
    for method, path, body in (("PUT", "", rules), ("POST", "/try", {**rules, "text": "x"})):
        answer = owner.call(method, f"/{project_id}/redaction{path}", body)
        assert (answer.status, answer.json["error"]["code"]) == (409 if code == "conflict" else 400, code)
